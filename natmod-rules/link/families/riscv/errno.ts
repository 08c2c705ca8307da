/**
 * `errno` of picolibc, which is a thread-local variable at a fixed distance from the thread pointer ("local exec"), as
 * a plain one. A module has no thread pointer of its own, and runs under one lock. The upper and lower parts of the
 * distance become those of an address, and the addition of tp in between adds nothing. Document: RISC-V ELF psABI
 * specification, "Local Exec".
 */
import * as elf from '../../../elf/constants.ts';
import type { ElfSymbol, ObjectFile, Relocation, Section } from '../../../elf/object.ts';

import { R_RISCV } from './constants.ts';

/** Parts of a distance to the thread pointer, and what they are for an address. */
const PLAIN: ReadonlyMap<number, number> = new Map([
  [R_RISCV.TPREL_HI20, R_RISCV.HI20],
  [R_RISCV.TPREL_LO12_I, R_RISCV.LO12_I],
  [R_RISCV.TPREL_LO12_S, R_RISCV.LO12_S],
]);
/** Bits of rs2. */
const RS2 = 31 << 20;

/** The object itself when it does not refer to another one's `errno`. */
export function plainErrno(object: ObjectFile): ObjectFile {
  const errno = object.symbols.find((s) => s.name === 'errno' && s.shndx === elf.SHN_UNDEF && s.type === elf.STT_TLS);
  if (errno === undefined) return object;
  const plain = { ...errno, type: elf.STT_NOTYPE };
  const symbols = object.symbols.map((symbol) => (symbol === errno ? plain : symbol));
  return { ...object, symbols, sections: object.sections.map((section) => convert(section, errno, plain)) };
}

function convert(section: Section, errno: ElfSymbol, plain: ElfSymbol): Section {
  const isUse = (r: Relocation) => r.symbol === errno && (PLAIN.has(r.type) || r.type === R_RISCV.TPREL_ADD);
  if (!section.relocations.some(isUse)) return section;
  const data = Uint8Array.from(section.data);
  const view = new DataView(data.buffer);
  const relocations = section.relocations.flatMap((relocation) => {
    if (!isUse(relocation)) return [relocation];
    const type = PLAIN.get(relocation.type);
    if (type !== undefined) return [{ ...relocation, type, symbol: plain }];
    const { offset } = relocation;
    if (offset + 4 <= data.length) view.setUint32(offset, view.getUint32(offset, true) & ~RS2, true);
    return [];
  });
  return { ...section, data, relocations };
}
