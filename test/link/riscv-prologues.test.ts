import { archByName } from '../../natmod-rules/arch/index.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { Random } from '../support/mutate-object.ts';
import { testWith } from '../support/needs.ts';
import { type Call, EMULATOR, type RiscvArch, runInModule, runInProgram } from '../support/riscv-run.ts';

/** A function that keeps some values in saved registers while it calls another one. */
function keeper(name: string, callee: string, count: number, random: Random): string {
  const names = Array.from({ length: count }, (_, i) => `v${i}`);
  const made = names.map((v) => `int ${v} = ${callee}(x + ${random.below(100)});`);
  const early = random.below(2) === 0 ? `if (v0 & 1) return v0 ^ ${random.below(1000)};` : '';
  const sum = names.map((v, i) => `${v} * ${i * 2 + 1}`).join(' + ');
  return `int ${name}(int x) { ${made.join(' ')} ${count > 0 ? early : ''} ${callee}(0); return x + ${sum || '1'}; }`;
}

/** Functions that save as many registers as the list says, one after another. */
function program(seed: number, counts: readonly number[]): string {
  const random = new Random(seed);
  const leaf = 'volatile int sink; __attribute__((noinline)) int leaf(int x) { sink; return x * 3 + 1; }';
  const callees = counts.map((_, i) => (i < 3 || random.below(3) > 0 ? 'leaf' : `f${random.below(3)}`));
  const declared = counts.map((_, i) => `__attribute__((noinline)) int f${i}(int x);`);
  const functions = counts.map((count, i) => keeper(`f${i}`, callees[i]!, count, random));
  const last = counts.map((_, i) => `f${i}`);
  return [
    leaf,
    ...declared,
    ...functions,
    `static void *const table[] = {${last.join(', ')}};`,
    'const void *mpy_init(void) { return table; }',
  ].join('\n');
}

const repeat = (count: number, times: number) => new Array<number>(times).fill(count);

/** How many values functions keep; different lists make routines worth their room for different frames. */
const LISTS: Readonly<Record<string, readonly number[]>> = {
  'few of each': [0, 1, 2, 3, 5, 7, 9, 12],
  'many small': [...repeat(1, 6), ...repeat(2, 6), 6],
  'many middling': [...repeat(4, 5), ...repeat(6, 6), 1, 12],
  'many large': [...repeat(12, 5), ...repeat(10, 5), ...repeat(8, 4), 2, 3],
  'all kinds': Array.from({ length: 39 }, (_, i) => i % 13),
};

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  const data = archByName(arch);

  for (const [index, [title, counts]] of Object.entries(LISTS).entries()) {
    testWith(
      { compiler: arch, tool: EMULATOR[arch] },
      `${arch}: registers are saved and restored by what is shorter: ${title}`,
      (t) => {
        const sources = { 'm.c': program(index + 1, counts) };
        const make = (flags: readonly string[], compact: boolean) => {
          const objects = compile(arch, sources, { flags: [...data.compactFlags, '-msave-restore', ...flags] });
          return { objects, ...link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact }) };
        };
        const calls: Call[] = counts.map((_, i) => ({ function: i, type: 'int', args: [i * 31 + 5] }));
        const small = make([], true);
        const expected = runInProgram(arch, small.objects, calls);
        const others = [make([], false), make(['-mno-save-restore'], true), make(['-mno-relax'], true)];
        for (const { mpy } of [small, ...others]) t.deepEqual(runInModule(arch, mpy, calls, [0, 8])[0], expected);
        for (const { mpy } of others) t.true(small.mpy.length <= mpy.length, `${small.mpy.length} of ${mpy.length}`);
      },
    );
  }
}
