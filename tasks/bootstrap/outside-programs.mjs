// `npm run outside-programs -- --folder DIR`: brings what the tests need, and runs C programs of others as modules.
import { requireCompiled } from './compiled.cjs';
import { provideDependencies } from './dependencies.mjs';
import { provideForTests } from './provide.mjs';
import { runMain, say } from './report.mjs';

await runMain(async () => {
  await provideDependencies();
  const args = process.argv.slice(2);
  const { main } = requireCompiled('tasks/outside-programs.ts');
  if (args.length === 0 || args.some((word) => /^(-h|--help)$/.test(word))) return main(args);
  for (const { what, reason } of await provideForTests()) say(`could not be had: ${what}: ${reason}`);
  return main(args);
});
