import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectDir } from '../../tasks/system/project.ts';
import { runStep } from '../ci/workflow.ts';
import { plainEnvironment } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { consoleBlocks } from './read-doc.ts';

/** Pages whose output is another one at every run: what runs the same things instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'where.md': 'addresses of a crash: test/debug/where.test.ts',
  'debugging.md': 'sessions: test/debug/pages.test.ts',
  'stack.md': 'a session: test/debug/pages.test.ts',
  'gdb.md': 'a process with its number, and addresses: test/debug/gdb.test.ts',
  'sanitizers.md': 'sizes and what an exception says: test/sanitize/page.test.ts',
  'profile.md': 'counts, which are others with the next compiler: test/run/profile.test.ts',
};

const PAGES = readdirSync(join(projectDir, 'docs')).filter((name) => name.endsWith('.md'));

const blocksOf = (page: string) => consoleBlocks(readFileSync(join(projectDir, 'docs', page), 'utf8'));

test('every page with output of commands is compared with what they print, or it is said where that is tested', (t) => {
  const withOutput = PAGES.filter((page) => blocksOf(page).length > 0);
  t.deepEqual(withOutput.sort(), ['elf.md', ...Object.keys(ELSEWHERE)].sort());
  for (const reason of Object.values(ELSEWHERE)) {
    const [, file] = /: (test\/\S+)$/.exec(reason)!;
    t.notThrows(() => readFileSync(join(projectDir, file!)), file);
  }
});

/** A number may be another one with the next compiler; code itself is. */
function isLike(shown: string): RegExp {
  const escaped = shown.trim().replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(escaped.replace(/\s+/g, '\\s+').replace(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/g, '[0-9a-fx]+'));
}

const IS_CODE = /^\s*[0-9a-f]+:\t/;

testWith(
  { compiler: 'armv7m', tool: ['make', 'bash'] },
  'docs/elf.md shows what its commands print, numbers and machine code aside',
  async (t) => {
    const [block] = blocksOf('elf.md');
    const script = block!.map(({ command }) => `${command}\necho '--- end ---'`).join('\n');
    const { exitCode, stdout, stderr } = await runStep(script, projectDir, plainEnvironment());
    t.is(exitCode, 0, stderr);
    const outputs = stdout.split('--- end ---\n');
    let compared = 0;
    for (const [index, { command, output }] of block!.entries()) {
      const lines = outputs[index]!.split('\n');
      for (const shown of output) {
        if (IS_CODE.test(shown)) continue;
        const at = lines.findIndex((line) => isLike(shown).test(line));
        t.true(at >= 0, `${command}: ${shown}\n${outputs[index]!.slice(0, 2000)}`);
        lines.splice(0, at + 1);
        compared++;
      }
    }
    t.true(compared >= 6, `${compared}`);
  },
);
