/**
 * `npm run docs`: writes the pages of docs/ that are made from tables, makes one static site of README.md, docs/ and
 * the examples' pages, with search, and looks that every link in it leads somewhere. `--pages` writes the pages alone.
 */
import { join, relative } from 'node:path';
import { requireCompiled } from './compiled.cjs';
import { provideDependencies } from './dependencies.mjs';
import { projectDir } from './paths.cjs';
import { run } from './processes.mjs';
import { runMain, SetupError, say } from './report.mjs';
import { deadLinks } from './site-links.mjs';

await runMain(async () => {
  await provideDependencies();
  const { writePages } = requireCompiled('tasks/docs.ts');
  writePages();
  if (process.argv.includes('--pages')) return 0;
  // The generator has packages of its own, so that those who build modules need not install it.
  const generator = join(projectDir(), 'docs', '.vitepress');
  await provideDependencies(generator);
  const program = join(generator, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  const { exitCode } = await run(process.execPath, [program, 'build', 'docs'], { cwd: projectDir(), show: true });
  if (exitCode !== 0) throw new SetupError('the site was not made');
  const site = join(projectDir(), 'build', 'site');
  const { pages, dead } = deadLinks(site);
  if (dead.length > 0) throw new SetupError('links of the site lead nowhere', dead.join('\n'));
  say(`${pages} pages in ${site}: npx serve ${relative(process.cwd(), site)}, or any other server, shows them`);
  return 0;
});
