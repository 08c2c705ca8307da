import { relocationTarget } from './relocations.ts';
import { type MpyRelocation, type NativeCode, wordSizeOf } from './types.ts';

/** Rows of where and what: `text+0x40`, `rodata+0x8`. Neighbours with the same target share a row. */
export function describeRelocations(code: NativeCode, archNumber: number): string[][] {
  const wordSize = wordSizeOf(archNumber);
  const rows: string[][] = [];
  for (let i = 0; i < code.relocations.length; ) {
    const first = code.relocations[i]!;
    const target = targetOf(code, first, wordSize);
    let count = 1;
    while (continues(code.relocations[i + count], first, count)) {
      if (targetOf(code, code.relocations[i + count]!, wordSize) !== target) break;
      count++;
    }
    rows.push([placeOf(first, wordSize), target, count > 1 ? `${count} words` : '']);
    i += count;
  }
  return rows;
}

function continues(next: MpyRelocation | undefined, first: MpyRelocation, count: number): boolean {
  return next?.base === first.base && next.wordIndex === first.wordIndex + count;
}

function placeOf({ base, wordIndex }: MpyRelocation, wordSize: number): string {
  return `${base}+0x${(wordIndex * wordSize).toString(16).padStart(4, '0')}`;
}

/** The target with the addend, which is what the word holds in the file. */
function targetOf(code: NativeCode, { base, wordIndex, kind }: MpyRelocation, wordSize: 4 | 8): string {
  const bytes = code[base];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = wordIndex * wordSize;
  const addend = wordSize === 8 ? view.getBigInt64(offset, true) : view.getInt32(offset, true);
  const isSection = kind <= 2;
  if (Number(addend) === 0 && !isSection) return relocationTarget(kind);
  const sign = addend < 0 ? '-' : '+';
  return `${relocationTarget(kind)}${sign}0x${addend.toString(16).replace('-', '')}`;
}
