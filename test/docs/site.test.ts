import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { deadLinks } from '../../tasks/bootstrap/site-links.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { inFolder, writeFiles } from '../make/support/doors.ts';

test('links of a site that lead nowhere are found, to pages and to headings', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      'index.html': '<a href="/docs/one.html#here">1</a><a href="docs/gone.html">2</a><a href="https://x.org">3</a>',
      'docs/one.html': '<h2 id="here"></h2><a href="#there">4</a><a href="../">5</a><a href="picture.png">6</a>',
      'docs/picture.png': '',
    });
    const { pages, dead } = deadLinks(dir);
    t.is(pages, 2);
    t.deepEqual(dead.sort(), ['docs/one.html: #there', 'index.html: docs/gone.html']);
  }));

// `npm test` does not bring the site's generator, which is 100 MB for one page of tests.
const generator = join(projectDir, 'docs/.vitepress/node_modules/vitepress');
const title = 'the site has every page, a search, and no link that leads nowhere';
if (!existsSync(generator)) test.skip(`${title} [skipped: npm run docs has not brought its generator]`, () => {});
else {
  test(title, async (t) => {
    const script = join(projectDir, 'tasks/bootstrap/docs.mjs');
    const { exitCode, stdout, stderr } = await run(process.execPath, [script], { cwd: projectDir, timeoutMs: 280_000 });
    t.is(exitCode, 0, stdout + stderr);
    const site = join(projectDir, 'build', 'site');
    for (const page of ['index', 'docs/index', 'docs/cookbook', 'docs/api', 'examples/index', 'CHANGELOG']) {
      t.true(existsSync(join(site, `${page}.html`)), page);
    }
    t.regex(readFileSync(join(site, 'index.html'), 'utf8'), /VPLocalSearch|local-search|DocSearch/i);
    rmSync(join(projectDir, 'build', 'site-cache'), { recursive: true, force: true });
  });
}
