import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { sizePage } from '../../natmod-rules/size/index.ts';
import { testWith } from '../support/needs.ts';
import { made } from './made.ts';

const EVIL = `</script><script>document.title='broken'</script><img src=x onerror="document.title='broken'">'"&\u202e\u0007`;
const [first, ...others] = made({}).symbols;
const MEASURES = [
  made({}),
  made({ arch: 'x64', kinds: undefined, symbols: [] }),
  made({
    module: EVIL,
    symbols: [{ ...first!, name: EVIL, source: EVIL, section: EVIL, aliases: [EVIL], because: EVIL }, ...others],
  }),
];
const PAGE = sizePage(MEASURES, EVIL);

test('every name is escaped, wherever it stands', (t) => {
  t.is(PAGE.split('<script>').length, 2);
  t.is(PAGE.split('</script>').length, 2);
  t.notRegex(PAGE, /<img/);
  t.notRegex(PAGE, /[\u202e\u0007]/);
  t.true(PAGE.includes('&lt;/script&gt;&lt;script&gt;document.title=&#39;broken&#39;'));
});

test('the page asks for nothing from elsewhere, and may not', (t) => {
  t.notRegex(sizePage([made({})]), /https?:|\bsrc=|@import|url\(|<link|<base|<iframe|fetch\(/);
  t.regex(PAGE, /http-equiv="Content-Security-Policy" content="default-src 'none';/);
});

test('each module has its numbers, its maps and its tables; tags are closed', (t) => {
  for (const tag of [
    'section',
    'table',
    'div',
    'button',
    'p',
    'tr',
    'td',
    'th',
    'h2',
    'h3',
    'label',
    'select',
    'span',
  ]) {
    t.is(PAGE.split(new RegExp(`<${tag}[ >]`)).length, PAGE.split(`</${tag}>`).length, tag);
  }
  t.is([...PAGE.matchAll(/<section id="s\d"/g)].length, 3);
  const ids = [...PAGE.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
  t.is(new Set(ids).size, ids.length);
  t.regex(
    PAGE,
    /<button type="button" class="cell text" aria-label="big: 300 bytes of text, section \.text\.big of main\.c" tabindex="0"/,
  );
  // One stop for the Tab key in each map; arrow keys do the rest.
  t.is([...PAGE.matchAll(/tabindex="0"/g)].length, [...PAGE.matchAll(/class="map /g)].length);
  t.regex(PAGE, /prefers-color-scheme: dark/);
  const body = (page: string) => page.slice(page.indexOf('<body>'), page.indexOf('<script>'));
  t.notRegex(body(PAGE), /NaN|undefined|null/);
  t.regex(body(sizePage([])), /All modules/);
});

/** Presses keys, then leaves what it saw in the title. */
const PROBE = `<script>addEventListener('load', () => {
  const seen = [];
  const see = (what) => seen.push(what);
  const shown = () => [...document.querySelectorAll('section[data-module]')].filter((s) => !s.hidden);
  see(shown().length + ' ' + shown()[0].dataset.module + ' ' + shown()[0].dataset.arch);
  const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const name = () => document.activeElement.getAttribute('aria-label').split(':')[0];
  shown()[0].querySelector('.cell').focus();
  see(name());
  press('ArrowRight');
  see(name());
  press('ArrowLeft');
  see(name());
  press('End');
  see(name());
  see(document.activeElement.closest('.map').nextElementSibling.textContent.split(':')[0]);
  see(shown()[0].querySelectorAll('.cell[tabindex="0"]').length);
  const arch = document.getElementById('arch');
  arch.value = 'x64';
  arch.dispatchEvent(new Event('change'));
  see(shown().length + ' ' + shown()[0].dataset.arch + ' ' + location.hash);
  see(document.querySelector('tr[aria-current]').dataset.for);
  document.title = JSON.stringify(seen);
});</script></body>`;

testWith(
  { optionalTool: 'chromium' },
  'a browser shows one module at a time; keys go from rectangle to rectangle',
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'natmod-page-'));
    try {
      const file = join(folder, 'size.html');
      writeFileSync(file, sizePage(MEASURES).replace('</body>', PROBE));
      const options = [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${folder}`,
        '--window-size=1300,1000',
      ];
      const run = spawnSync('chromium', [...options, '--dump-dom', pathToFileURL(file).href], {
        encoding: 'utf8',
        timeout: 120_000,
      });
      const title = /<title>(.*?)<\/title>/.exec(run.stdout)?.[1]?.replaceAll('&quot;', '"') ?? '';
      const [shown, ...rest] = JSON.parse(title);
      t.is(shown, '1 made armv7m');
      const [start, right, left, end, told, stops, chosen, current] = rest;
      t.is(start, 'big');
      t.not(right, 'big');
      t.is(left, 'big');
      t.not(end, 'big');
      t.is(told, end);
      // One in the map of the file, one in that of memory.
      t.is(stops, 2);
      t.is(chosen, '1 x64 #s1');
      t.is(current, 's1');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
