import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { SHN_ABS } from '../../natmod-rules/elf/constants.ts';
import { type ObjectFile, readObject } from '../../natmod-rules/elf/object.ts';
import { absoluteToRelative, partKey } from '../../natmod-rules/link/families/riscv/absolute.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import type { LinkObject } from '../support/link-fixtures.ts';
import { testWith } from '../support/needs.ts';
import { EMULATOR, type RiscvArch, riscvSource, runInModule, toNumber } from '../support/riscv-run.ts';

const NAMES = new Map([
  [23, 'pcrel-hi'],
  [24, 'pcrel-lo'],
  [25, 'pcrel-lo-store'],
  [26, 'hi'],
  [27, 'lo'],
  [28, 'lo-store'],
]);

function assemble(source: string): ObjectFile {
  const text = `.text\nf:\n.type f, @function\n${source}\n.section .rodata\n.balign 8\nx: .word 1, 2\ny: .word 3, 4\n`;
  return readObject(compile('rv32imc', { 'x.S': text })[0]!.bytes, 'x.o');
}

/**
 * What the address relocations of the code are, in order of their offsets: `hi x`, `pcrel-lo 0+4` (of the auipc at 0,
 * addend 4).
 */
function parts(object: ObjectFile): string[] {
  const text = object.sections.find((s) => s.name === '.text')!;
  const named = [...text.relocations].sort((a, b) => a.offset - b.offset).filter((r) => NAMES.has(r.type));
  return named.map(({ type, symbol, addend }) => {
    const what = symbol.name === '' ? symbol.value.toString(16) : symbol.name;
    return `${NAMES.get(type)} ${what}${addend === 0 ? '' : `+${addend}`}`;
  });
}

/** Assembled once; `expected` are the parts afterwards. */
function converts(title: string, source: string, expected: readonly string[]): void {
  testWith({ compiler: 'rv32imc' }, title, (t) => {
    const object = assemble(source);
    const before = parts(object);
    const relative = absoluteToRelative(object);
    t.deepEqual(parts(relative), expected);
    t.deepEqual(parts(object), before, 'the object is not changed');
  });
}

/** Nothing changes. */
function keeps(title: string, source: string): void {
  testWith({ compiler: 'rv32imc' }, title, (t) => {
    const object = assemble(source);
    t.true(parts(object).length > 1);
    t.is(absoluteToRelative(object), object);
  });
}

converts('a lui with its one user becomes an auipc', 'lui a5,%hi(x)\nlw a0,%lo(x)(a5)\nret', [
  'pcrel-hi x',
  'pcrel-lo 0',
]);
converts('users of one lui may name places beside it', 'lui a5,%hi(x)\nlw a0,%lo(x)(a5)\nsw a1,%lo(x+4)(a5)\nret', [
  'pcrel-hi x',
  'pcrel-lo 0',
  'pcrel-lo-store 0+4',
]);
converts('a user in a loop', 'lui a5,%hi(x)\n1: lw a0,%lo(x)(a5)\nbnez a0,1b\nret', ['pcrel-hi x', 'pcrel-lo 0']);
converts('an index added to the upper part', 'lui a5,%hi(x)\nadd a5,a5,a0\nlw a0,%lo(x)(a5)\nret', [
  'pcrel-hi x',
  'pcrel-lo 0',
]);
converts('an upper part kept over a call in a saved register', 'lui s1,%hi(x)\ncall g\nlw a0,%lo(x)(s1)\nret', [
  'pcrel-hi x',
  'pcrel-lo 0',
]);
converts('a jump to a fixed address', 'lui t1,%hi(x)\njalr ra,%lo(x)(t1)\nret', ['pcrel-hi x', 'pcrel-lo 0']);
converts(
  'two lui that lead to one user make the whole address behind the section',
  'beqz a0,1f\nlui a5,%hi(x)\nj 2f\n1: lui a5,%hi(x)\n2: lw a0,%lo(x)(a5)\nlw a1,%lo(x+4)(a5)\nret',
  ['pcrel-hi x', 'pcrel-lo 16', 'pcrel-hi x', 'pcrel-lo 22'],
);
converts(
  'an upper part overwritten on one path only does not count on the other',
  'lui a5,%hi(x)\nbeqz a0,1f\nlui a5,%hi(y)\nlw a0,%lo(y)(a5)\nret\n1: lw a0,%lo(x)(a5)\nret',
  ['pcrel-hi x', 'pcrel-hi y', 'pcrel-lo 6', 'pcrel-lo 0'],
);
converts(
  'a switch keeps what registers hold',
  'lui a4,%hi(x)\nlui a5,%hi(t)\naddi a5,a5,%lo(t)\nadd a5,a5,a0\nlw a5,0(a5)\njr a5\n1: lw a0,%lo(x)(a4)\nret\n' +
    '2: lw a0,%lo(x+4)(a4)\nret\n.section .rodata\nt: .word 1b, 2b',
  ['pcrel-hi x', 'pcrel-hi t', 'pcrel-lo 4', 'pcrel-lo 0', 'pcrel-lo 0+4'],
);

keeps('a user that a call separates from its lui', 'lui a5,%hi(x)\ncall g\nlw a0,%lo(x)(a5)\nret');
keeps('a user that another path reaches without a lui', 'beqz a0,1f\nlui a5,%hi(x)\n1: lw a0,%lo(x)(a5)\nret');
keeps(
  'a user that a switch reaches without a lui',
  'beqz a0,1f\nlw a5,0(a0)\njr a5\n1: lui a5,%hi(x)\n2: lw a0,%lo(x)(a5)\nret\n.section .rodata\nt: .word 1b, 2b',
);
keeps('a user that another function may jump to', 'lui a5,%hi(x)\n.globl g\ng: lw a0,%lo(x)(a5)\nret');
keeps(
  'a user in another section',
  'lui a5,%hi(x)\nj g\n.section .text.g,"ax"\ng: lw a0,%lo(x)(a5)\nret\n.text\nlw a0,%lo(x)(a1)',
);
keeps('a user of another symbol than its lui', 'lui a5,%hi(x)\nlw a0,%lo(z)(a5)\nret');
keeps('lui of two symbols that lead to one user', 'lui a5,%hi(x)\nbeqz a0,1f\nlui a5,%hi(z)\n1: lw a0,%lo(x)(a5)\nret');
for (const [what, code] of [
  ['stored', 'sw a5,0(sp)'],
  ['compared', 'beq a5,a0,f'],
  ['shifted', 'srli a1,a5,12'],
  ['used without a lower part', 'lw a1,0(a5)'],
  ['added to itself', 'add a1,a5,a5'],
  ['subtracted', 'sub a1,a0,a5'],
  ['stored through itself', 'sw a5,%lo(x)(a5)'],
  ['jumped to', 'jr a5'],
] as const) {
  keeps(`an upper part that is also ${what}`, `lui a5,%hi(x)\n${code}\nlw a0,%lo(x)(a5)\nret`);
}
keeps(
  'code with an instruction that is not known',
  'lui a5,%hi(x)\n.insn r 0x0b, 0, 0, a0, a1, a2\nlw a0,%lo(x)(a5)\nret',
);
keeps('a lui that nothing is added to', 'lui a0,%hi(x)\nret\nlw a0,%lo(x)(a1)');

testWith({ compiler: 'rv32imc' }, 'an address asked for out of line leaves plain numbers to its users', (t) => {
  const object = assemble('lui a5,%hi(x)\nlw a0,%lo(x)(a5)\nsw a1,%lo(x+4)(a5)\nret');
  const text = object.sections.find((s) => s.name === '.text')!;
  const relative = absoluteToRelative(object, new Set([partKey(text.index, 0)]));
  t.deepEqual(parts(relative), ['pcrel-hi x', 'pcrel-lo e']);
  const { data } = relative.sections[text.index]!;
  const words = new DataView(data.buffer);
  // j 0xe; lw a0,0(a5); sw a1,4(a5); ret; auipc a5,0; addi a5,a5,0; j 4.
  t.deepEqual(
    [0, 4, 8, 14, 18, 22].map((at) => words.getUint32(at, true).toString(16)),
    ['e0006f', '7a503', 'b7a223', '797', '78793', 'fefff06f'],
  );
  t.true(relative.symbols.length > object.symbols.length);
  t.true(relative.symbols.every(({ index }, i) => index === i));
});

testWith({ compiler: 'rv32imc' }, 'the upper part of a number stays what it is', (t) => {
  const object = assemble('lui a5,%hi(x)\nlw a0,%lo(x)(a5)\nret');
  const symbols = object.symbols.map((s) => (s.name === 'x' ? { ...s, shndx: SHN_ABS } : s));
  const sections = object.sections.map((section) => ({
    ...section,
    relocations: section.relocations.map((r) => ({ ...r, symbol: symbols[r.symbol.index]! })),
  }));
  const absolute = { ...object, symbols, sections };
  t.is(absoluteToRelative(absolute), absolute);
});

test('an object without absolute code stays what it is', (t) => {
  const object = { name: 'x.o', sections: [], symbols: [], header: {} } as unknown as ObjectFile;
  t.is(absoluteToRelative(object), object);
});

/** The functions of `absolute.S` in the order of `uses-absolute.c`, with what they give. */
const EXPECTED: readonly (readonly [name: string, argument: number, result: number])[] = [
  ['straight', 0, 1000],
  ['shared', 0, 1500],
  ['joined', 0, 1500],
  ['looped', 3, 21],
  ['indexed', 3, 13],
  ['stored', 77, 77],
  ['called', 0, 3500],
  ['switched', 0, 1000],
  ['torn', 0, 42],
];

for (const arch of ['rv32imc', 'rv64imc'] as const) {
  testWith({ compiler: arch, tool: EMULATOR[arch] }, `${arch}: absolute code of a library runs anywhere`, (t) => {
    const { mpy, image } = linkAbsolute(arch);
    const more = EXPECTED.flatMap(([name, argument], index) =>
      name === 'switched' || name === 'joined' ? [{ index, argument: argument + 1 }] : [],
    );
    const calls = [...EXPECTED.map(([, argument], index) => ({ index, argument })), ...more];
    const wanted = [...EXPECTED.map(([, , result]) => result), 1500, 2500];
    const lists = runInModule(
      arch,
      mpy,
      calls.map(({ index, argument }) => ({ function: index, type: 'int', args: [argument] })),
      [0, 16, 2048, 123456],
    );
    for (const results of lists)
      t.deepEqual(
        results.map((r) => toNumber(r, 'int')),
        wanted,
      );
    const sizeOf = (name: string) => image.chunks.find((c) => c.name === name)!.size;
    t.is(sizeOf('.text.torn'), 24 + 12, 'its address is made behind it');
  });
}

function linkAbsolute(arch: RiscvArch) {
  const sources = { 'absolute.S': riscvSource('absolute.S'), 'uses-absolute.c': riscvSource('uses-absolute.c') };
  const [member, module] = compile(arch, sources) as [LinkObject, LinkObject];
  const defined = new Set(EXPECTED.map(([name]) => name));
  const library: Library = {
    file: 'libabsolute.a',
    definitions: (name) => (defined.has(name) ? { name: member.name, offset: 0, data: () => member.bytes } : undefined),
  };
  return link({ arch: archByName(arch), objects: [module], qstrs: [], sourceName: 'm.mpy', libraries: [library] });
}

testWith(
  { compiler: 'rv32imc', tool: EMULATOR.rv32imc },
  'code of a library that gets shorter still finds the addresses made behind it',
  (t) => {
    const source = `.option relax
      .section .text.joined, "ax"
      .globl joined
      joined: addi sp, sp, -16; sw ra, 12(sp); sw s0, 8(sp)
      beqz a0, 1f
      lui s0, %hi(pair)
      j 2f
      1: lui s0, %hi(pair+4)
      nop
      2: call helper; call helper; call helper
      lw a0, %lo(pair)(s0); lw a1, %lo(pair+4)(s0)
      sub a0, a1, a0
      lw ra, 12(sp); lw s0, 8(sp); addi sp, sp, 16
      ret
      .section .text.helper, "ax"
      helper: addi a0, a0, 1; ret
      .section .rodata.pair, "a"
      .balign 8
      pair: .word 1000, 3001`;
    const main = `int joined(int); static void *const table[] = {joined};
      const void *mpy_init(void) { return table; }`;
    const arch = archByName('rv32imc');
    const [member, module] = compile('rv32imc', { 'l.S': source, 'm.c': main }, { flags: arch.compactFlags });
    const library: Library = {
      file: 'l.a',
      definitions: (name) =>
        name === 'joined' ? { name: member!.name, offset: 0, data: () => member!.bytes } : undefined,
    };
    const options = { arch, objects: [module!], qstrs: [], sourceName: 'm.mpy', libraries: [library] };
    const { mpy } = link({ ...options, compact: true });
    const calls = [0, 1].map((x) => ({ function: 0, type: 'int' as const, args: [x] }));
    t.deepEqual(runInModule('rv32imc', mpy, calls, [0])[0], [2001n, 2001n]);
  },
);
