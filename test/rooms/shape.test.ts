import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectDir } from '../../tasks/system/project.ts';

const { formatter } = JSON.parse(readFileSync(join(projectDir, 'biome.json'), 'utf8')) as {
  formatter: { lineWidth: number };
};

/** Types of JavaScript files cannot be broken. */
const TYPE = /@type|@typedef/;

const sources = ['bin', 'natmod-rules', 'tasks', 'test'].flatMap((folder) =>
  readdirSync(join(projectDir, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|[cm]js)$/.test(name) && !/\bfixtures\b/.test(name))
    .map((name) => join(folder, name)),
);

test('comments keep to the width that the formatter keeps code to', (t) => {
  t.true(sources.length > 400);
  const wide = sources.flatMap((name) =>
    readFileSync(join(projectDir, name), 'utf8')
      .split('\n')
      .flatMap((line, i) => {
        const isComment = /^\s*(\*|\/\/|\/\*)/.test(line);
        return isComment && line.length > formatter.lineWidth && !TYPE.test(line) ? [`${name}:${i + 1}`] : [];
      }),
  );
  t.deepEqual(wide, []);
});

/** Tables that are read by looking up one entry. */
const TABLES = ['natmod-rules/problems.ts', 'tasks/options/table.ts'];

test('files are about one thing: none is much over 300 lines, but for tables', (t) => {
  const long = sources.filter((name) => readFileSync(join(projectDir, name), 'utf8').split('\n').length > 350);
  t.deepEqual(long.map((name) => name.replaceAll('\\', '/')).sort(), TABLES);
});
