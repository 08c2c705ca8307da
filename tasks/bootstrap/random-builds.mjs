// `npm run random-builds`: random projects with random edits, built through every door.
import { startNodeWithoutCertificates } from './certificates.mjs';
import { requireCompiled } from './compiled.cjs';
import { provideDependencies } from './dependencies.mjs';
import { runMain } from './report.mjs';

if (process.argv[2] === '--worker') {
  requireCompiled('tasks/random-builds.ts').serveBuilds();
} else {
  await runMain(async () => {
    await provideDependencies();
    startNodeWithoutCertificates();
    const { main } = requireCompiled('tasks/random-builds.ts');
    return main(process.argv.slice(2));
  });
}
