import test from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { R_ARM } from '../../natmod-rules/link/families/arm/constants.ts';
import { R_RISCV } from '../../natmod-rules/link/families/riscv/constants.ts';
import { R_X86_64 } from '../../natmod-rules/link/families/x86/constants.ts';
import { R_XTENSA } from '../../natmod-rules/link/families/xtensa/constants.ts';
import type { Problem } from '../../natmod-rules/problem.ts';
import { linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { type MadeObject, type MadeSection, type MadeSymbol, TEXT_FLAGS } from '../support/make-object.ts';

/** Code and references that no compiler makes, and an assembler can. */
const ENTRY: MadeSymbol = { name: 'mpy_init', section: '.text', size: 16 };
const text = (...relocations: NonNullable<MadeSection['relocations']>): MadeSection => ({
  name: '.text',
  flags: TEXT_FLAGS,
  data: 16,
  relocations,
});

function told(arch: ArchName, ...made: readonly MadeObject[]): Problem | undefined {
  const objects = madeObjects(arch, Object.fromEntries(made.map((object, i) => [`${i}.o`, object])));
  return problemsOf(() => linkObjects(arch, objects))[0];
}

test('an ARM instruction in Thumb code, and a slot of a wide Xtensa bundle, are code of another kind', (t) => {
  const calling = (type: number) => ({ sections: [text({ offset: 4, type, symbol: 'mpy_init' })], symbols: [ENTRY] });
  for (const type of [R_ARM.PC24, R_ARM.CALL, R_ARM.JUMP24, R_ARM.MOVW_ABS_NC, R_ARM.MOVT_ABS]) {
    const problem = told('armv7m', calling(type));
    t.is(problem?.code, 'foreign-code', `type ${type}`);
    t.is(problem?.where?.offset, 4);
  }
  t.is(told('xtensa', calling(R_XTENSA.SLOT1_OP))?.code, 'foreign-code');
});

test('a place behind its section is refused, also where only its last bytes are', (t) => {
  const code = (offset: number) =>
    told('x64', {
      sections: [text({ offset, type: R_X86_64.PC32, symbol: 'mpy_init', addend: -4 })],
      symbols: [ENTRY],
    })?.code;
  t.deepEqual([12, 13, 15, 16, 400].map(code), [
    undefined,
    'outside-section',
    'outside-section',
    'corrupt-object',
    'corrupt-object',
  ]);
});

test('the distance from code to constants is refused where the firmware has two blocks for them', (t) => {
  const symbols = [ENTRY, { name: 'table', section: '.rodata', size: 8 }];
  const reference = { offset: 4, type: R_XTENSA['32_PCREL'], symbol: 'table' };
  const made = { sections: [text(reference), { name: '.rodata', data: 8 }], symbols };
  const problem = told('xtensawin', made);
  t.is(problem?.code, 'across-blocks');
  t.deepEqual(problem?.where, { file: '0.o', section: '.text', offset: 4, symbol: 'table' });
  t.is(told('xtensa', made), undefined, 'there it is one');
});

test('the distance to a symbol at a fixed address is refused: the firmware has no place by this name near the code', (t) => {
  const fixed = { name: 'rom', shndx: elf.SHN_ABS, value: 0x4000_0000 };
  const sections = [text({ offset: 4, type: R_X86_64.PC32, symbol: 'rom', addend: -4 })];
  t.is(told('x64', { sections, symbols: [ENTRY, fixed] })?.code, 'firmware-distance');
});

test("RISC-V's lower part of an address without its upper part is refused", (t) => {
  const here = { name: '.here', section: '.text', value: 0, bind: elf.STB_LOCAL, type: elf.STT_NOTYPE };
  const sections = [text({ offset: 4, type: R_RISCV.PCREL_LO12_I, symbol: '.here' })];
  t.is(told('rv32imc', { sections, symbols: [ENTRY, here] })?.code, 'no-pair');
});

test('a literal that only l32r may reach has no address, and where none is nothing is loaded', (t) => {
  const literals = { name: '.literal', flags: TEXT_FLAGS, data: 8 };
  const symbols = [ENTRY, { name: 'pool', section: '.literal', type: elf.STT_OBJECT, bind: elf.STB_LOCAL }];
  const stored = { name: '.rodata', data: 4, relocations: [{ offset: 0, type: R_XTENSA[32], symbol: 'pool' }] };
  t.is(told('xtensa', { sections: [text(), literals, stored], symbols })?.code, 'literal-address');
  const own = { ...literals, relocations: [{ offset: 0, type: R_XTENSA[32], symbol: 'pool' }] };
  t.is(told('xtensa', { sections: [text(), own], symbols })?.code, 'literal-address');
  const load = (addend: number) => {
    const data = Buffer.alloc(16);
    data.writeUIntLE(0x21, 4, 3);
    return { ...text({ offset: 4, type: R_XTENSA.SLOT0_OP, symbol: 'pool', addend }), data };
  };
  t.is(told('xtensa', { sections: [load(4), literals], symbols }), undefined);
  for (const addend of [-4, 2, 8]) {
    t.is(told('xtensa', { sections: [load(addend), literals], symbols })?.code, 'no-literal', `${addend}`);
  }
});

test('a local symbol in a part that another object brings as well is told with what happened to it', (t) => {
  const inline: MadeSection = { name: '.text.inline', flags: TEXT_FLAGS, data: 8 };
  const group = { signature: 'inline', sections: ['.text.inline'] };
  const shared: MadeSymbol = { name: 'inline', section: '.text.inline', bind: elf.STB_WEAK };
  const first = { sections: [text(), inline], symbols: [ENTRY, shared], groups: [group] };
  const inside: MadeSymbol = { name: 'inside', section: '.text.inline', bind: elf.STB_LOCAL, value: 4 };
  const caller = { name: '.text.caller', flags: TEXT_FLAGS, data: 16 };
  const call = { offset: 4, type: R_X86_64.PC32, symbol: 'inside', addend: -4 };
  const second = (relocations: NonNullable<MadeSection['relocations']>) => ({
    sections: [{ ...caller, relocations }, inline],
    symbols: [{ name: 'caller', section: '.text.caller' }, shared, inside],
    groups: [group],
  });
  const user = {
    ...first,
    sections: [text({ ...call, symbol: 'caller' }), inline],
    symbols: [...first.symbols, { name: 'caller' }],
  };
  t.is(told('x64', user, second([])), undefined);
  const problem = told('x64', user, second([call]));
  t.is(problem?.code, 'dropped-section');
  t.is(problem?.message, "a reference to 'inside' in .text.inline, which is not part of the module");
  t.deepEqual(problem?.where, { file: '1.o', section: '.text.caller', offset: 4, symbol: 'inside' });
});
