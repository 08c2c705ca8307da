// `npm run outside-programs -- --folder DIR`: brings what the tests need, and runs C programs of others as modules.
import { requireCompiled } from './compiled.cjs';
import { provideDependencies } from './dependencies.mjs';
import { provideForTests } from './provide.mjs';
import { runMain, say } from './report.mjs';
import { tellUsage } from './usages.mjs';

await runMain(async () => {
  const args = process.argv.slice(2);
  if (tellUsage('outside-programs', args)) return 0;
  await provideDependencies();
  const { main } = requireCompiled('tasks/outside-programs.ts');
  if (args.length === 0) return main(args);
  for (const { what, reason } of await provideForTests()) say(`could not be had: ${what}: ${reason}`);
  return main(args);
});
