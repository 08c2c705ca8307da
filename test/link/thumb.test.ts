import type { ExecutionContext } from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { readObject } from '../../natmod-rules/elf/object.ts';
import { decodeThumb } from '../../natmod-rules/link/families/arm/decode.ts';
import type { Chunk } from '../../natmod-rules/link/model/model.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/shrink/passes.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import { disassemble, walkThumb } from '../support/thumb-walk.ts';

const ARCHES = ['armv6m', 'armv7m', 'armv7emsp', 'armv7emdp'] as const;

/**
 * Code of many kinds that repeats: literals, switches, loops, conditional code, tail calls, floats, wide numbers, calls
 * by pointer.
 */
const MIXED = `
  extern int f(int), g(const void *, int), v(int, ...); extern unsigned char bytes[]; extern short halves[]; extern int (*const *table)(int);
  int a(unsigned char *p, int n) { int s = 0; while (n--) s += *p++ * n; return f(s) + p[3] + table[3](s); }
  long long b(long long x, int n) { return (x << n) ^ (x >> 3) ^ (x * n) ^ -x; }
  int c(int x) { switch (x) { case 0: return f(1); case 1: return bytes[2]; case 2: return halves[x]; case 3: return -x;
    case 4: return f(x) > 3 ? 5 : x; case 5: return g("x", x); case 6: return x * 77; } return x < 0 ? -x : f(f(x)); }
  unsigned d(unsigned x, short *p) { for (int i = 0; i < 9; i++) { p[i] += x >> i; if (p[i] & 8) bytes[i] = x; } return x / 7 % 5; }
  int e(int (*const *t)(int), int x) { return t[x & 3](x) + t[1](2) + (x == 5) + (x > 1000000) + bytes[x]; }
  int h(int x) { if (x == 3) { table[1](0x12345678); table[2](4); } return table[2](g("twice", x)); }
  int i(int x) { if (x == 4) { table[1](0x12345678); table[2](4); } return table[2](g("twice", x)); }
  int j(int x, int y) { if (x > y) return f(table[1](0x12345678) + y); table[7](x); table[2](4); return f(table[1](0x12345678) + y); }
  double k(double x, float y) { return x * 3.25 + y / 1.5f - (double)table[2]((int)x); }
  float l(float y) { return y * 1.5f + 0.1f; }
  int m(int a, int b, int c, int d) { return v(a, b, c, d, a, b, c, d, 0x12345678); }
  int big(int x) { int s = x; ${'s += f(s ^ 0x12345678) * 0x7654321; if (s & 64) s -= table[3](s); '.repeat(40)} return s; }
  int mpy_init(int x) { return a(bytes, x) + b(x, 3) + c(x) + d(x, halves) + e(table, x) + h(x) + i(x) + j(x, 2) + (int)k(x, 2) + (int)l(x)
    + m(x, 1, 2, 3) + big(x); }`;

/** What \`MIXED\` calls, and what GCC needs for it. */
const OTHERS = `
  int f(int x) { return x; } int g(const void *p, int x) { return x; } int v(int x, ...) { return x; }
  unsigned char bytes[4]; short halves[4]; int (*const *table)(int);`;

const HELPERS = [
  ...[
    '__aeabi_uidiv',
    '__aeabi_uidivmod',
    '__aeabi_llsl',
    '__aeabi_lasr',
    '__aeabi_lmul',
    '__aeabi_dmul',
    '__aeabi_dadd',
  ],
  ...[
    '__aeabi_dsub',
    '__aeabi_i2d',
    '__aeabi_d2iz',
    '__aeabi_f2d',
    '__aeabi_fdiv',
    '__aeabi_fmul',
    '__aeabi_fadd',
    '__aeabi_f2iz',
  ],
  ...['__gnu_thumb1_case_uqi', '__gnu_thumb1_case_uhi', '__gnu_thumb1_case_sqi', '__aeabi_i2f'],
];

function compileMixed(arch: ArchName, level: string) {
  const { compactFlags, sizeFlags } = archByName(arch);
  const helpers = HELPERS.map((name) => `void ${name}(void) {}`).join('\n');
  const flags = [...compactFlags, ...sizeFlags, '-fno-ipa-icf', level];
  return compile(arch, { 'm.c': MIXED, 'o.c': `${OTHERS}\n${helpers}` }, { flags });
}

for (const arch of ARCHES) {
  testWith({ compiler: arch }, `${arch}: instructions begin, branch and load where objdump says`, (t) => {
    for (const level of ['-Os', '-O2', '-O0']) {
      const [object] = compileMixed(arch, level);
      const file = readObject(object!.bytes, 'm.o');
      const sections = file.sections.filter(({ name, size }) => name.startsWith('.text.') && size > 0);
      const read = disassemble(sections.map(({ data }) => data));
      sections.forEach((section, i) => {
        const marks = file.symbols
          .filter(({ shndx, name }) => shndx === section.index && /^\$[td]/.test(name))
          .sort((a, b) => a.value - b.value);
        marks.forEach(({ name, value }, number) => {
          if (name[1] === 't') compareCode(t, section.data, value, marks[number + 1]?.value ?? section.size, read[i]!);
        });
      });
    }
  });

  testWith(
    { compiler: arch },
    `${arch}: shared literals, tails and sequences do what the code did that objdump reads`,
    (t) => {
      let sequences = 0;
      let pools = 0;
      for (const level of ['-Os', '-Oz', '-O2']) {
        const objects = compileMixed(arch, level);
        for (const without of [undefined, 'outline', 'share-literals', 'sort-sections', 'icf'] as const) {
          const compact = COMPACT_PASSES.filter((pass) => pass !== without);
          const { image } = link({ arch: archByName(arch), objects, qstrs: [], sourceName: 'm.mpy', compact });
          const { problems, compared } = walkThumb(image);
          t.deepEqual(problems, [], `${level} without ${without}`);
          t.true(compared > 600, `${compared}`);
          sequences += image.chunks.filter(({ name }) => name.startsWith('.text.outlined')).length;
          pools += image.chunks.filter(({ name }) => name.startsWith('.text.literals')).length;
        }
      }
      t.true(sequences > 20, `${sequences}`);
      t.true(pools > 20, `${pools}`);
    },
  );

  testWith(
    { compiler: arch },
    `${arch}: functions of one section, whose calls the assembler has settled, stay right`,
    (t) => {
      const { compactFlags, sizeFlags } = archByName(arch);
      const flags = [...compactFlags, ...sizeFlags, '-fno-function-sections', '-fno-ipa-icf', '-fno-inline'];
      const helpers = HELPERS.map((name) => `void ${name}(void) {}`).join('\n');
      const source = MIXED.replace(
        /^ {2}(?=(int|unsigned|long long|double|float) \w+\()(?!int mpy_init)/gm,
        '  static ',
      );
      const objects = compile(arch, { 'm.c': source, 'o.c': `${OTHERS}\n${helpers}` }, { flags });
      const { image } = link({ arch: archByName(arch), objects, qstrs: [], sourceName: 'm.mpy', compact: true });
      const { problems, compared } = walkThumb(image);
      t.deepEqual(problems, []);
      t.true(compared > 300, `${compared}`);
    },
  );

  testWith(
    { compiler: arch },
    `${arch}: the reading notices one wrong instruction in code that is kept once, one wrong branch, one wrong literal`,
    (t) => {
      const objects = compileMixed(arch, '-Os');
      for (const [what, told, spoil] of SPOILT) {
        const { image } = link({ arch: archByName(arch), objects, qstrs: [], sourceName: 'm.mpy', compact: true });
        t.deepEqual(walkThumb(image).problems, []);
        t.true(spoil(image.chunks), what);
        t.regex(walkThumb(image).problems.join('\n'), told, what);
      }
    },
  );
}

type Spoil = (chunks: readonly Chunk[]) => boolean;

/** Faults that a linker could make, put into what it has made; each says whether it found a place. */
const SPOILT: readonly (readonly [what: string, told: RegExp, spoil: Spoil])[] = [
  [
    'an instruction',
    /became/,
    (chunks) => {
      const shared = chunks.find(({ name }) => name.startsWith('.text.outlined'));
      shared?.data.set([0x00, 0xbf]); // nop
      return shared !== undefined;
    },
  ],
  [
    'a branch',
    /became|loads|no instruction begins there|nothing there|goes nowhere|outside/,
    (chunks) => {
      const data = chunks.find(({ name }) => name === '.text.d')?.data;
      // b<condition>, the first in a loop's function, two bytes further.
      for (let at = 1; data !== undefined && at < data.length; at += 2) {
        if (data[at]! >> 4 === 0xd && (data[at]! & 15) < 14) {
          data[at - 1]! ^= 1;
          return true;
        }
      }
      return false;
    },
  ],
  [
    'a literal',
    /loads 0x12345679, not 0x12345678/,
    (chunks) => {
      for (const { name, data } of chunks) {
        const at = name.startsWith('.text.literals')
          ? Buffer.from(data).indexOf(Buffer.of(0x78, 0x56, 0x34, 0x12))
          : -1;
        if (at < 0) continue;
        data[at]! ^= 1;
        return true;
      }
      return false;
    },
  ],
];

function compareCode(
  t: ExecutionContext,
  data: Uint8Array,
  from: number,
  to: number,
  read: ReturnType<typeof disassemble>[number],
) {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let at = from; at < to; ) {
    const known = decodeThumb(view, at);
    const said = read.get(at);
    // Behind data, objdump may have lost its step.
    if (said === undefined) return;
    const line = `${at.toString(16)}: ${said.mnemonic} ${said.operands}`;
    if (known === undefined) {
      t.regex(line, /\bpc\b|adr/, 'only what names the program counter is refused');
      return;
    }
    const target = /([\da-f]+) </.exec(said.operands)?.[1];
    if (known.flow.kind === 'branch') t.is(known.flow.target, Number.parseInt(target!, 16), line);
    const literal = /\[pc(?:, #(-?\d+))?\]/.exec(said.operands);
    t.is(known.literal?.at, literal === null ? undefined : (at & ~3) + 4 + Number(literal[1] ?? 0), line);
    const touchesLink = /\blr\b/.test(said.operands) || said.mnemonic.startsWith('bl');
    if (touchesLink && !/^bl[a-z]/.test(said.mnemonic.replace('blx', 'b')))
      t.true(known.usesLink || known.definesLink, line);
    at += known.size;
  }
}

/** So many instructions of 16 bits, none of which is like another near it. */
const different = (count: number, register: number) =>
  Array.from({ length: count }, (_, i) => ` adds r${(i >> 8) + register}, #${i & 255}\\n`).join('');

/**
 * A function as LLVM makes them: loads of 32 bits, which come first, have their literals behind that of a short load.
 */
const SHORT_LOAD_FIRST = `
  extern int large(int);
  int small(int x) { return x ^ 0x12345678; }
  int mpy_init(int x) { return large(x) + small(x); }
  __asm__(".syntax unified\\n.section .text.large,\\"ax\\"\\n.align 1\\n.global large\\n.thumb_func\\n.type large, %function\\nlarge:\\n push {r4, lr}\\n"
    "${Array.from({ length: 60 }, (_, i) => ` ldr.w r4, .Lwide${i}\\n`).join('')}${different(160, 2)} ldr.n r4, .Lshort\\n"
    "${different(440, 0)} pop {r4, pc}\\n.align 2\\n.Lshort: .word 0x11111111\\n"
    "${Array.from({ length: 60 }, (_, i) => `.Lwide${i}: .word ${0x22220000 + i}\\n`).join('')}.size large, .-large\\n.text");`;

testWith({ compiler: 'armv7m' }, 'a short load that would not reach a pool in another order keeps its own', (t) => {
  const flags = [...archByName('armv7m').compactFlags, '-Os'];
  const objects = compile('armv7m', { 'm.c': SHORT_LOAD_FIRST }, { flags });
  const { image } = link({ arch: archByName('armv7m'), objects, qstrs: [], sourceName: 'm.mpy', compact: true });
  t.deepEqual(walkThumb(image).problems, []);
  t.true(image.chunks.find(({ name }) => name === '.text.large')!.size > 1500);
});
