/** `npm run site`: makes one static site of README.md, docs/ and the examples' pages, with search, and looks that every link in it leads somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { requireCompiled } from './compiled.mjs';
import { provideDependencies } from './dependencies.mjs';
import { projectDir } from './paths.mjs';
import { run } from './processes.mjs';
import { runMain, SetupError, say } from './report.mjs';

await runMain(async () => {
  await provideDependencies();
  const { writePages } = requireCompiled('tasks/docs.ts');
  writePages();
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

/**
 * @param {string} site folder of the site, which is at the top of its server
 * @returns {{ pages: number, dead: string[] }} how many pages there are, and links between them that lead nowhere
 */
function deadLinks(site) {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  const texts = new Map(pages.map((name) => [join(site, name), readFileSync(join(site, name), 'utf8')]));
  const dead = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(/<a[^>]*\shref="([^"]*)"/g)].flatMap(([, href = '']) => {
      if (/^\w+:/.test(href)) return [];
      const [path = '', anchor] = decodeURIComponent(href.replaceAll('&amp;', '&')).split('#');
      const target = path === '' ? file : join(path.startsWith('/') ? site : dirname(file), path);
      const found = [target, join(target, 'index.html'), `${target}.html`].find((one) => texts.has(one));
      if (found === undefined)
        return existsSync(target) && path !== '' && !path.endsWith('/') ? [] : [`${relative(site, file)}: ${href}`];
      const has = anchor === undefined || anchor === '' || texts.get(found)?.includes(`id="${anchor}"`);
      return has ? [] : [`${relative(site, file)}: ${href}`];
    }),
  );
  return { pages: pages.length, dead };
}
