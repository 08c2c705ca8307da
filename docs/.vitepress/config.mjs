/**
 * The static site that `npm run docs` makes of README.md, docs/ and the examples' pages. GitHub shows the same files as
 * they are, so links are those that work there, and are changed here where the site wants others.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const USING = [
  'guide',
  'boards',
  'options',
  'cookbook',
  'api',
  'size',
  'measuring',
  'ci',
  'migrating',
  'troubleshooting',
];

const pages = readdirSync(join(project, 'docs'))
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .map((name) => name.slice(0, -'.md'.length));
const inside = pages.filter((name) => !USING.includes(name)).sort();

export default defineConfig({
  title: 'natmod',
  description: 'Native modules for MicroPython',
  // The folder of the server that the site lies in: `/natmod/` on Pages of a repository of that name.
  base: process.env.NATMOD_SITE_BASE ?? '/',
  srcDir: '..',
  outDir: '../build/site',
  cacheDir: '../build/site-cache',
  srcExclude: [
    '**/node_modules/**',
    'build/**',
    'build-*/**',
    'dist/**',
    'test/**',
    'tasks/**',
    'natmod-rules/**',
    '.*/**',
  ],
  rewrites: (id) => id.replace(/(^|\/)README\.md$/, '$1index.md'),
  markdown: {
    config: (md) =>
      md.core.ruler.push('links', (state) => {
        for (const token of state.tokens) mendLinks(token, state.env);
      }),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/docs/guide' },
      { text: 'Cookbook', link: '/docs/cookbook' },
      { text: 'Examples', link: '/examples/' },
    ],
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'natmod', link: '/' },
          { text: 'Changes', link: '/CHANGELOG' },
        ],
      },
      { text: 'Using it', items: USING.map(item) },
      { text: 'Looking inside', items: [...inside.map(item), { text: 'Working on natmod', link: '/CONTRIBUTING' }] },
    ],
  },
});

/** A page under its own heading. */
function item(name) {
  const [, title] = /^# (.*)$/m.exec(readFileSync(join(project, 'docs', `${name}.md`), 'utf8'));
  return { text: title.replaceAll('`', ''), link: `/docs/${name}` };
}

/** Links to a folder lead to its page; what is no page of the site keeps its text alone. */
function mendLinks({ children }, { realPath, path }) {
  let dropped = false;
  for (const token of children ?? []) {
    if (token.type === 'link_close' && dropped) hide(token);
    if (token.type !== 'link_open') continue;
    const href = token.attrGet('href');
    dropped = false;
    if (/^(\w+:|#)/.test(href)) continue;
    const [target, anchor = ''] = href.split(/(?=#)/);
    const file = resolve(dirname(realPath ?? path), decodeURIComponent(target));
    if (target.endsWith('.md')) token.attrSet('href', `${target.replace(/README\.md$/, '')}${anchor}`);
    else if (existsSync(file) && statSync(file).isDirectory())
      token.attrSet('href', `${target.replace(/\/?$/, '/')}${anchor}`);
    else {
      hide(token);
      dropped = true;
    }
  }
}

function hide(token) {
  token.type = 'text';
  token.tag = '';
  token.content = '';
  token.nesting = 0;
}
