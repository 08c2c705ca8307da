import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { splitWords } from '../../natmod-rules/compile/index.ts';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { testWith } from '../support/needs.ts';
import { readPage } from './read-doc.ts';

const natmod = join(projectDir, 'bin', 'natmod.cjs');
const README = readFileSync(join(projectDir, 'README.md'), 'utf8');

testWith(
  { compiler: ['x64', 'armv7m'], runtime: ['x64', 'armv7m'], tool: 'make' },
  'the first five minutes of the README: every command does what it is there for',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'natmod-readme-'));
    let cwd = folder;
    let count = 0;
    try {
      for (const command of readPage(README).commands) {
        const [program, ...words] = splitWords(command);
        // The package itself is installed by the tests of installing.
        if (program === 'npm' && words[0] === 'install') t.true(existsSync(join(cwd, 'package.json')));
        else if (program === 'cd') cwd = join(cwd, words[0]!);
        else if (program === 'mpremote') t.true(existsSync(join(cwd, words[1]!)), command);
        else {
          t.deepEqual([program, words[0]], ['npx', 'natmod'], command);
          const { exitCode, stdout, stderr } = await run(process.execPath, [natmod, ...words.slice(1)], {
            cwd,
            timeoutMs: 240_000,
          });
          t.is(exitCode, 0, `${command}\n${stdout}\n${stderr}`);
        }
        count++;
      }
      t.true(count >= 6, `${count}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

testWith({}, 'the README is short enough to be read', (t) => {
  t.true(README.split(/\s+/).length <= 700);
});
