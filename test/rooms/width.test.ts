import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectDir } from '../../tasks/system/project.ts';

const { formatter } = JSON.parse(readFileSync(join(projectDir, 'biome.json'), 'utf8')) as {
  formatter: { lineWidth: number };
};

/** Types of JavaScript files cannot be broken. */
const TYPE = /@type|@typedef/;

test('comments keep to the width that the formatter keeps code to', (t) => {
  const listed = execFileSync('git', ['ls-files', '*.ts', '*.mjs'], { cwd: projectDir, encoding: 'utf8' });
  const files = listed.split('\n').filter((name) => name !== '' && !name.startsWith('test/fixtures/'));
  t.true(files.length > 400);
  const wide = files.flatMap((name) =>
    readFileSync(join(projectDir, name), 'utf8')
      .split('\n')
      .flatMap((line, i) => {
        const isComment = /^\s*(\*|\/\/|\/\*)/.test(line);
        return isComment && line.length > formatter.lineWidth && !TYPE.test(line) ? [`${name}:${i + 1}`] : [];
      }),
  );
  t.deepEqual(wide, []);
});
