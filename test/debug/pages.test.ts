/**
 * The sessions that docs/debugging.md and docs/stack.md show are what natmod prints, but for numbers that another
 * compiler may change.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { projectDir } from '../../tasks/system/project.ts';
import { readPage } from '../docs/read-doc.ts';
import { testWith } from '../support/needs.ts';

const MAKEFILE = 'MOD = crash\nSRC = crash.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n';

/** Blocks of a page that show what comes of a command, and what was typed at gdb's prompt. */
function sessionsOf(text: string) {
  const blocks = [...text.matchAll(/^```console\n\$ npx natmod (.*)\n([\s\S]*?)^```$/gm)];
  return blocks.map(([, command = '', body = '']) => {
    const typed = [...body.matchAll(/^\(gdb\) (.*)$/gm)].map(([, line]) => line!);
    return {
      words: command.split(' '),
      lines: body.split('\n').filter((line) => !/^\(gdb\)|^\$ |^$/.test(line)),
      typed,
    };
  });
}

/** Without times, addresses, sizes and colours. */
function stable(text: string): string {
  return text
    .replace(/^\[\d\d:\d\d:\d\d\] /gm, '')
    .replace(/^(\(gdb\) )+/gm, '')
    .replace(/0x[0-9a-f]+|\d+/g, 'N')
    .replace(/ +/g, ' ');
}

function natmod(words: readonly string[], cwd: string, input: string): string {
  const command = [join(projectDir, 'bin/natmod.cjs'), ...words];
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd, input, encoding: 'utf8', timeout: 240_000 });
  return stdout + stderr;
}

function checkSession(
  t: ExecutionContext,
  { words, lines, typed }: ReturnType<typeof sessionsOf>[number],
  cwd: string,
  inOrder = true,
) {
  const output = natmod(words, cwd, [...typed, 'continue', ''].join('\n'));
  const real = stable(output)
    .split('\n')
    .map((line) => line.trim());
  let at = -1;
  for (const line of lines) {
    at = real.indexOf(stable(line).trim(), inOrder ? at + 1 : 0);
    t.true(at >= 0, `'${line}' is not what \`natmod ${words.join(' ')}\` prints, or not in this order:\n${output}`);
  }
}

testWith(
  { compiler: ['x64', 'armv7m'], runtime: ['x64', 'armv7m'], tool: ['make', 'gdb-multiarch', 'qemu-x86_64'] },
  'docs/debugging.md shows what happens',
  (t) => {
    const text = readFileSync(join(projectDir, 'docs/debugging.md'), 'utf8');
    const folder = mkdtempSync(join(tmpdir(), 'natmod-page-'));
    try {
      for (const { path, text: content } of readPage(text).files) writeFileSync(join(folder, path), content);
      writeFileSync(join(folder, 'Makefile'), MAKEFILE);
      const sessions = sessionsOf(text).filter(({ words }) => words[0] === 'run' && !words.includes('--gdb-port'));
      t.is(sessions.length, 2);
      for (const session of sessions) checkSession(t, session, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

testWith({ compiler: 'armv7m', tool: 'make' }, 'docs/stack.md shows what happens', (t) => {
  const base = mkdtempSync(join(tmpdir(), 'natmod-page-'));
  const folder = join(base, 'tree');
  mkdirSync(folder);
  try {
    const text = readFileSync(join(projectDir, 'docs/stack.md'), 'utf8');
    for (const { path, text: content } of readPage(text).files) writeFileSync(join(folder, path), content);
    writeFileSync(join(folder, 'Makefile'), MAKEFILE.replaceAll('crash', 'tree'));
    const sessions = sessionsOf(text);
    t.is(sessions.length, 1);
    // Most bytes come first, and which those are is the compiler's choice.
    for (const session of sessions) checkSession(t, session, folder, false);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
