import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { type LinkResult, link } from '../support/link.ts';
import { makeObject, TEXT_FLAGS } from '../support/make-object.ts';

/** Code with one word that holds an address, at `offset` bytes of a variable of 64. */
function linked(arch: ArchName, offset: number, compact: boolean, type = 'bss'): LinkResult {
  const data = archByName(arch);
  const addend = data.family === 'arm' ? 0 : offset;
  const code = Buffer.alloc(16);
  if (data.family === 'arm') code.writeInt32LE(offset, 8);
  const text = { name: '.text', flags: TEXT_FLAGS, align: 8, data: code, relocations: [{ ...wordOf(arch), addend }] };
  const variable = { name: '.bss.x', type: type === 'bss' ? 8 : 1, flags: 3, align: 8, data: 64 };
  const symbols = [
    { name: 'mpy_init', section: '.text' },
    { name: 'x', section: '.bss.x', size: 64 },
  ];
  const bytes = makeObject(data, { sections: [text, variable], symbols });
  return link({ arch: data, objects: [{ name: 'm.o', bytes }], qstrs: [], sourceName: 'm.mpy', compact });
}

/** R_ARM_ABS32, R_RISCV_32, R_RISCV_64. */
function wordOf(arch: ArchName) {
  return { offset: 8, type: arch === 'rv64imc' || arch === 'armv7m' ? 2 : 1, symbol: 'x' };
}

const holders = ({ image }: LinkResult) => image.chunks.filter(({ name }) => name === '.start-of-data');

for (const arch of ['armv7m', 'rv32imc', 'rv64imc'] as const) {
  for (const kind of ['bss', 'data']) {
    test(`${arch}: code that points only into the middle of ${kind} gets a word that points to its start`, (t) => {
      const result = linked(arch, 16, true, kind);
      const { wordSize } = archByName(arch);
      t.is(holders(result).length, 1);
      t.is(result.sizes.text, 16 + wordSize);
      t.is(result.image.place.get(holders(result)[0]!)?.address, 16);
    });
  }

  test(`${arch}: code that holds the start itself needs none, and the plain form has none`, (t) => {
    t.is(holders(linked(arch, 0, true)).length, 0);
    t.is(holders(linked(arch, 16, false)).length, 0);
  });
}
