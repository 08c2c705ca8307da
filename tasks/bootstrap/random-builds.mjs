// `npm run random-builds`: random projects with random edits, built through every door.
import { startNodeWithoutCertificates } from './certificates.mjs';
import { requireCompiled } from './compiled.cjs';
import { provideDependencies } from './dependencies.mjs';
import { runMain } from './report.mjs';
import { tellUsage } from './usages.mjs';

if (process.argv[2] === '--worker') {
  requireCompiled('tasks/random-builds.ts').serveBuilds();
} else {
  await runMain(async () => {
    const args = process.argv.slice(2);
    if (tellUsage('random-builds', args)) return 0;
    await provideDependencies();
    startNodeWithoutCertificates();
    const { main } = requireCompiled('tasks/random-builds.ts');
    return main(args);
  });
}
