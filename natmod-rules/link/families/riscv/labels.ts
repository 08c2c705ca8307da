/** Where control can enter the code sections of a RISC-V object other than by the branches of the section itself. */

import * as elf from '../../../elf/constants.ts';
import type { ObjectFile } from '../../../elf/object.ts';
import { isLinked } from '../../read/select.ts';
import { BRANCHES, CALLS, LOWER_PARTS } from './constants.ts';

/** Byte offsets in one section. */
export interface Labels {
  /** Where functions start, and what other sections jump to. */
  readonly functions: ReadonlySet<number>;
  /** Labels whose address is taken, as switch tables do. */
  readonly taken: readonly number[];
}

/** By section index, for the sections of `wanted`. */
export function findLabels(object: ObjectFile, wanted: ReadonlySet<number>): Map<number, Labels> {
  const functions = new Map<number, Set<number>>();
  const taken = new Map<number, Set<number>>();
  for (const index of wanted) {
    functions.set(index, new Set());
    taken.set(index, new Set());
  }
  for (const symbol of object.symbols) {
    const isFunction = symbol.type === elf.STT_FUNC || symbol.bind !== elf.STB_LOCAL;
    if (isFunction) functions.get(symbol.shndx)?.add(symbol.value);
  }
  for (const section of object.sections) {
    if (!isLinked(section)) continue;
    for (const { symbol, type, addend } of section.relocations) {
      if (LOWER_PARTS.has(type)) continue;
      const isBranch = BRANCHES.has(type) || CALLS.has(type);
      if (isBranch && symbol.shndx === section.index) continue;
      (isBranch ? functions : taken).get(symbol.shndx)?.add(symbol.value + addend);
    }
  }
  const labels = new Map<number, Labels>();
  for (const [index, offsets] of functions) {
    const size = object.sections[index]?.size ?? 0;
    const inside = (set: Iterable<number>) => [...set].filter((offset) => offset >= 0 && offset < size);
    const entries = new Set(inside(offsets));
    labels.set(index, {
      functions: entries,
      taken: inside(taken.get(index)!).filter((offset) => !entries.has(offset)),
    });
  }
  return labels;
}
