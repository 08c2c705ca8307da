import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DEFINITIONS, FACTS, INTERNAL } from '../../natmod-rules/api/facts.ts';
import { API_HEADERS, readHeader } from '../../natmod-rules/api/page.ts';
import { cachedTrees } from '../../tasks/bootstrap/sources.mjs';
import { pages } from '../../tasks/docs.ts';
import { projectDir, sdkDir } from '../../tasks/system/project.ts';
import { testWith } from '../support/needs.ts';

const docs = join(projectDir, 'docs');

test('pages that are made from tables are as the tables make them', (t) => {
  for (const [name, make] of Object.entries(pages)) {
    t.is(readFileSync(join(docs, name), 'utf8'), make(), `${name}: run \`npm run docs -- --pages\``);
  }
});

test('every page is in the index', (t) => {
  const index = readFileSync(join(docs, 'README.md'), 'utf8');
  for (const name of readdirSync(docs).filter((one) => one.endsWith('.md') && one !== 'README.md')) {
    t.true(index.includes(`](${name})`), name);
  }
});

const header = (name: string) => readFileSync(join(sdkDir, 'py', 'abi', name), 'utf8');

const namesOf = (text: string) =>
  readHeader(`// ---- all ---\n${text}`).flatMap(({ entries }) => entries.map(({ name }) => name));

test('the page of functions has each name that the headers define for modules, and no other', (t) => {
  const [runtime, module, define] = API_HEADERS.map((name) => namesOf(header(name)));
  const names = [...runtime!, ...module!].filter((name) => !INTERNAL.has(name));
  t.deepEqual([...new Set(names)].sort(), Object.keys(FACTS).sort());
  const definitions = define!.filter((name) => name.startsWith('MP_DEFINE_'));
  t.deepEqual([...new Set(definitions)].sort(), Object.keys(DEFINITIONS).sort());
});

testWith({ source: true }, "what the page says of releases is so in MicroPython's own headers", (t) => {
  const trees = cachedTrees();
  t.true(trees.length > 0);
  const isAfter = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true }) > 0;
  for (const { dir, version } of trees) {
    const texts = readdirSync(join(dir, 'py')).filter((name) => name.endsWith('.h'));
    const all = texts.map((name) => readFileSync(join(dir, 'py', name), 'utf8')).join('\n');
    const own = readFileSync(join(dir, 'py', 'dynruntime.h'), 'utf8');
    for (const [name, { since }] of Object.entries(FACTS)) {
      const isThere = new RegExp(`\\b${name}\\b`).test(isAfter(since, version) ? own : all);
      t.is(isThere, !isAfter(since, version), `${name} in ${version}`);
    }
  }
});
