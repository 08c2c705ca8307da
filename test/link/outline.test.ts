import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { readObject } from '../../natmod-rules/elf/object.ts';
import { outlineRules as riscvRules } from '../../natmod-rules/link/families/riscv/outline.ts';
import { outlineRules as xtensaRules } from '../../natmod-rules/link/families/xtensa/outline.ts';
import { makeChunk } from '../../natmod-rules/link/model/model.ts';
import type { OutlineRules } from '../../natmod-rules/link/shrink/outline-types.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/shrink/passes.ts';
import { compile, run } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import { type Call, EMULATOR, runInModule, runInProgram } from '../support/riscv-run.ts';

/** Code of many kinds: bytes, halfwords, shifts, multiplication, switches, calls, loops, wide numbers. */
const MIXED = `
  extern int f(int), g(const void *, int); extern unsigned char bytes[]; extern short halves[];
  int a(unsigned char *p, int n) { int s = 0; while (n--) s += *p++ * n; return f(s) + p[3]; }
  long long b(long long x, int n) { return (x << n) ^ (x >> 3) ^ (x * n) ^ -x; }
  int c(int x) { switch (x) { case 0: return f(1); case 1: return bytes[2]; case 2: return halves[x]; case 3: return -x;
    case 4: return f(x) > 3 ? 5 : x; case 5: return g("x", x); case 6: return x * 77; } return x < 0 ? -x : f(f(x)); }
  unsigned d(unsigned x, short *p) { for (int i = 0; i < 9; i++) { p[i] += x >> i; if (p[i] & 8) bytes[i] = x; } return x / 7 % 5; }
  int e(int (*const *t)(int), int x) { return t[x & 3](x) + t[1](2) + (x == 5) + (x > 1000000) + bytes[x]; }`;

interface Listed {
  readonly at: number;
  readonly mnemonic: string;
  readonly operands: string;
}

/** What objdump reads in a section, without names of targets. */
function listing(objdump: string, file: string, section: string): Listed[] {
  const text = run(objdump, ['-d', '-w', '-j', section, '-M', 'no-aliases', '--no-show-raw-insn', file]);
  return [...text.matchAll(/^ *([\da-f]+):\t([\w.]+)(?:\t([^<(\n]*).*)?$/gm)].map(([, at, mnemonic, operands]) => ({
    at: Number.parseInt(at!, 16),
    mnemonic: mnemonic!,
    operands: operands ?? '',
  }));
}

/** Compares boundaries, and what is said of the link register, for everything that the compiler makes of `MIXED`. */
function compareWithObjdump(
  t: ExecutionContext,
  arch: ArchName,
  rules: OutlineRules,
  objdump: string,
  touches: (one: Listed) => boolean,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-outline-'));
  let count = 0;
  try {
    for (const level of ['-Os', '-O2', '-O0']) {
      const { compactFlags, sizeFlags } = archByName(arch);
      const [object] = compile(arch, { 'm.c': MIXED }, { flags: [...compactFlags, ...sizeFlags, level] });
      const file = join(folder, 'm.o');
      writeFileSync(file, object!.bytes);
      for (const { name, data } of readObject(object!.bytes, 'm.o').sections) {
        if (!name.startsWith('.text.')) continue;
        const chunk = makeChunk({ name, role: 'text', align: 4, size: data.length, data });
        const found = rules.instructions(chunk);
        const listed = listing(objdump, file, name);
        t.deepEqual(
          found?.map(({ at, uses, defines }) => [at, uses || defines]),
          listed.map((one) => [one.at, touches(one)]),
          `${level} ${name}`,
        );
        count += listed.length;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  t.true(count > 500);
}

testWith(
  { compiler: 'xtensa', tool: 'xtensa-lx106-elf-objdump' },
  'xtensa: instructions and their use of a0 are read as binutils reads them',
  (t) =>
    compareWithObjdump(
      t,
      'xtensa',
      xtensaRules,
      'xtensa-lx106-elf-objdump',
      // jx may leave the function, which needs a0 then.
      ({ mnemonic, operands }) => /^(call|ret|jx)/.test(mnemonic) || /\ba0\b/.test(operands),
    ),
);

for (const arch of ['rv32imc', 'rv64imc'] as const) {
  const data = archByName(arch);
  const rules = riscvRules(data.wordSize === 8);
  testWith(
    { compiler: arch, tool: 'riscv64-unknown-elf-objdump' },
    `${arch}: instructions and their use of t0 are read as binutils reads them`,
    (t) => compareWithObjdump(t, arch, rules, 'riscv64-unknown-elf-objdump', ({ operands }) => /\bt0\b/.test(operands)),
  );

  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: repeated code is shared, also in functions that call nothing, and not where t0 is needed`,
    (t) => {
      const repeated = '((x * 31 + 7) ^ (x >> 3)) * 5 + ((x << 2) | 9)';
      const functions = Array.from(
        { length: 6 },
        (_, i) => `int f${i}(int x) { x += ${i * 100}; x = ${repeated}; x ^= ${i}; x = ${repeated}; return x - ${i}; }`,
      );
      const source = `${functions.join('\n')} int slow(int); int busy(int);
        static void *const table[] = {f0, f1, f2, f3, f4, f5, slow, busy};
        const void *mpy_init(void) { return table; }`;
      // The same instructions as above, but with something in t0 that is wanted behind them.
      const sequence = 'slli a5, a0, 3; xor a5, a5, a0; slli a4, a5, 2; add a0, a4, a5; ori a0, a0, 9';
      const assembler = `.option relax
        .globl slow, busy
        .balign 4
        slow: ${sequence}; addi a0, a0, 1; ${sequence}; ret
        busy: li t0, 1234; ${sequence}; add a0, a0, t0; ${sequence}; ret`;
      const flags = [...data.compactFlags, ...data.sizeFlags];
      const objects = compile(arch, { 'm.c': source, 'a.S': assembler }, { flags });
      const calls: Call[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((index) =>
        [0, 5, -9, 123456].map((x) => ({ function: index, type: 'int' as const, args: [x] })),
      );
      const make = (compact: readonly (typeof COMPACT_PASSES)[number][]) =>
        link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact });
      const shared = make(COMPACT_PASSES);
      const whole = make(COMPACT_PASSES.filter((pass) => pass !== 'outline'));
      const expected = runInProgram(arch, objects, calls);
      t.deepEqual(runInModule(arch, shared.mpy, calls, [0])[0], expected);
      t.deepEqual(runInModule(arch, whole.mpy, calls, [0])[0], expected);
      t.true(shared.mpy.length < whole.mpy.length - 20, `${shared.mpy.length} and ${whole.mpy.length}`);
      t.true(shared.image.chunks.some(({ name }) => name.startsWith('.text.outlined')));
    },
  );
}

testWith(
  { compiler: 'xtensa' },
  'xtensa: code whose places a literal or a settled difference names stays as it is',
  (t) => {
    const body = 'addi a2, a2, 1; add a3, a2, a2; sub a4, a3, a2; xor a2, a4, a3; or a3, a3, a2; add a2, a2, a3';
    const assembler = (word: string) => `
    .section .text.one, "ax"; .align 4; .globl one
    one: ${body}; ret.n
    inner: ${body}; ret.n
    .section .text.two, "ax"; .align 4; .globl two; .literal_position
    two: l32r a5, .Lword; ${body}; ret.n
    .section .literal.two, "ax"; .align 4
    .Lword: .word ${word}`;
    const main = 'extern int one(int), two(int); int mpy_init(int x) { return one(x) + two(x); }';
    const make = (word: string) => {
      const { compactFlags, sizeFlags } = archByName('xtensa');
      const objects = compile(
        'xtensa',
        { 'm.c': main, 'a.S': assembler(word) },
        { flags: [...compactFlags, ...sizeFlags] },
      );
      return link({ arch: archByName('xtensa'), objects, qstrs: [], sourceName: 'm.mpy', compact: true });
    };
    const sizeOfOne = (word: string) => make(word).image.chunks.find(({ name }) => name === '.text.one')!.size;
    t.true(sizeOfOne('5') < sizeOfOne('inner'), 'shared where nothing names the middle');
  },
);
