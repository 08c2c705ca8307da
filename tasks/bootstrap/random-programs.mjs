// `npm run random-programs`: brings what the tests need, csmith included, and runs random C programs as modules.
import { requireCompiled } from './compiled.cjs';
import { provideDependencies } from './dependencies.mjs';
import { provideForTests } from './provide.mjs';
import { runMain, say } from './report.mjs';
import { tellUsage } from './usages.mjs';

await runMain(async () => {
  const args = process.argv.slice(2);
  if (tellUsage('random-programs', args)) return 0;
  await provideDependencies();
  const { main } = requireCompiled('tasks/random-programs.ts');
  // What is missing matters only when it is asked for, and says so then.
  for (const { what, reason } of await provideForTests()) say(`could not be had: ${what}: ${reason}`);
  return main(args);
});
