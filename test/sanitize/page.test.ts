import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SANITIZERS } from '../../natmod-rules/compile/index.ts';
import { splitWords } from '../../natmod-rules/compile/words.ts';
import { projectDir } from '../../tasks/system/project.ts';
import { readPage } from '../docs/read-doc.ts';
import { inFolder, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';

const text = readFileSync(join(projectDir, 'docs', 'sanitizers.md'), 'utf8');

/** Sizes and columns are those of one version of a compiler. */
function lines(output: string): string[] {
  const plain = output
    .replace(/^\[[\d:]+\] /gm, '')
    .replace(/^built .* text .*/gm, 'built')
    .replace(/\d+ bytes to \d+/g, 'N bytes to N')
    .replace(/(\.c:\d+):\d+/g, '$1');
  return plain.split(/\r?\n/).filter((line) => line !== '' && !/^failed |^'run' failed/.test(line));
}

testWith({ compiler: 'x64', runtime: 'x64' }, 'the session of the page is what natmod says', (t) =>
  inFolder(async (dir) => {
    for (const { path, text: body } of readPage(text).files) writeFileSync(join(dir, path), body);
    const [, session = ''] = /^```console\n([\s\S]*?)^```$/m.exec(text) ?? [];
    const runs = session.split(/^\$ /m).filter((part) => part !== '');
    t.is(runs.length, 2);
    for (const run of runs) {
      const [command = '', ...shown] = run.split('\n');
      const ran = await runNatmod(dir, splitWords(command).slice(2));
      t.deepEqual(lines(`${ran.stdout}`), lines(shown.join('\n')), ran.stderr);
    }
    for (const name of SANITIZERS) t.true(text.includes(`\`${name}\``), name);
  }),
);
