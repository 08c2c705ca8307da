import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { examplesDir, projectDir } from '../../tasks/system/project.ts';
import { runNatmod } from '../make/support/doors.ts';
import { run } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';

const PAGE = readFileSync(join(projectDir, 'docs/size.md'), 'utf8');
const EXAMPLES = ['heapq', 're', 'deflate', 'framebuf'];

/** Rows of the table under a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = PAGE.split(`\n## ${heading}\n`);
  const lines = section.split('\n## ')[0]!.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|---'));
  const rows = lines.slice(start + 1);
  const length = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Bytes in front, and the per cent in parentheses. */
function readCell(cell: string): { bytes: number; percent: number } {
  const [, bytes, sign, percent] = /^(\d+)(?: \(([−+])([\d.]+) %\))?$/.exec(cell)!;
  return { bytes: Number(bytes), percent: Number(percent ?? 0) * (sign === '−' ? -1 : 1) };
}

/** Aims of `size`, as parts of the plain form. */
const AIMS = { arm: 0.9, rv32imc: 0.83, xtensa: 0.86, all: 0.88 };

test('docs/size.md: sums and per cents are those of the bytes, and what the levels promise holds', (t) => {
  const rows = tableUnder('Bytes').map(([name, ...cells]) => ({ name: name!, cells: cells.map(readCell) }));
  const all = rows.pop()!;
  t.is(all.name, 'all');
  t.true(rows.length >= 9);
  for (const [i, { bytes }] of all.cells.entries())
    t.is(
      bytes,
      rows.reduce((sum, { cells }) => sum + cells[i]!.bytes, 0),
      `column ${i}`,
    );
  for (const { name, cells } of [...rows, all]) {
    const [none, balanced, size] = cells.map(({ bytes }) => bytes) as [number, number, number];
    for (const { bytes, percent } of cells)
      t.true(Math.abs((bytes / none - 1) * 100 - percent) < 0.051, `${name} ${bytes}`);
    t.true(size <= balanced && balanced <= none, name);
    const aim = name.startsWith('arm') ? AIMS.arm : (AIMS[name as 'xtensa'] ?? 1);
    t.true(size <= aim * none, `${name}: ${size / none}`);
  }
  t.true(all.cells[1]!.bytes <= 0.94 * all.cells[0]!.bytes);
});

test('docs/size.md: balanced takes no more than 1.02 of the instructions', (t) => {
  const rows = tableUnder('Instructions');
  const balanced = rows.filter(([, level]) => level === 'balanced');
  t.true(balanced.length >= 7);
  for (const [arch, , ...parts] of balanced)
    for (const part of parts) t.true(Number(part) > 0 && Number(part) <= 1.02, `${arch} ${part}`);
  for (const level of ['none', 'size']) t.is(rows.filter((row) => row[1] === level).length, balanced.length, level);
});

testWith({ compiler: 'armv6m', tool: 'make' }, 'docs/size.md has the bytes that a build makes', async (t) => {
  const out = mkdtempSync(join(tmpdir(), 'natmod-size-'));
  try {
    const [, none, balanced, size] = tableUnder('Bytes').find(([name]) => name === 'armv6m')!;
    const isTheirs = run('arm-none-eabi-gcc', ['-dumpversion']).startsWith('12.2.');
    for (const [level, cell] of Object.entries({ none, balanced, size })) {
      const words = ['--dir', examplesDir, '--module', EXAMPLES.join(), '--arch', 'armv6m', '--optimize', level];
      const { exitCode, stdout, stderr } = await runNatmod(out, ['build', ...words, '--out', join(out, level)]);
      t.is(exitCode, 0, stdout + stderr);
      const sizes = EXAMPLES.map((name) => statSync(join(out, level, 'armv6m', `${name}_armv6m.mpy`)).size);
      const sum = sizes.reduce((a, b) => a + b);
      const said = readCell(cell!).bytes;
      // Other compilers make other code.
      t.true(isTheirs ? sum === said : Math.abs(sum / said - 1) < 0.1, `${level}: ${sum} instead of ${said}`);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
