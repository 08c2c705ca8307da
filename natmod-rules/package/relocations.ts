import { FUN_TABLE_MEMBERS } from './fun-table.ts';
import {
  type MpyRelocation,
  type NativeCode,
  RELOCATION_BSS,
  RELOCATION_FUN_TABLE,
  RELOCATION_FUN_TABLE_MEMBER,
  RELOCATION_OBJECT_TABLE,
  RELOCATION_QSTR_TABLE,
  SCOPE_RELOCATIONS,
} from './types.ts';
import { ByteWriter } from './writer.ts';

export const RELOCATIONS_END = 0xff;

export function isRelocationKind(kind: number): boolean {
  if (!Number.isInteger(kind) || kind < 0) return false;
  if (kind <= RELOCATION_BSS) return true;
  return kind >= RELOCATION_QSTR_TABLE && kind < RELOCATION_FUN_TABLE_MEMBER + FUN_TABLE_MEMBERS.length;
}

/** What a relocation kind adds, as a reader knows it: `rodata`, `mp_fun_table.list_append`. */
export function relocationTarget(kind: number): string {
  if (kind === 0) return 'text';
  if (kind === 1) return 'rodata';
  if (kind === RELOCATION_BSS) return 'BSS';
  if (kind === RELOCATION_QSTR_TABLE) return 'qstr table';
  if (kind === RELOCATION_OBJECT_TABLE) return 'object table';
  if (kind === RELOCATION_FUN_TABLE) return 'mp_fun_table';
  return `mp_fun_table.${FUN_TABLE_MEMBERS[kind - RELOCATION_FUN_TABLE_MEMBER] ?? '?'}`;
}

/**
 * Encodes relocations in the order given, with the end mark. Neighbouring words with the same section as target share
 * one entry with a count. Every entry has its address, though the format lets one go without that follows on the one
 * before: this is how `mpy_ld.py` writes it, and equal input shall give equal bytes.
 */
export function encodeRelocations(relocations: readonly MpyRelocation[]): Uint8Array {
  const out = new ByteWriter();
  for (let i = 0; i < relocations.length; ) {
    const count = runLength(relocations, i);
    writeRelocation(out, relocations[i]!, count);
    i += count;
  }
  out.byte(RELOCATIONS_END);
  return out.finish();
}

/**
 * Encodes relocations in as few bytes as the format allows, with the end mark: in the order of their addresses, so that
 * an entry needs none of its own when it follows on the one before.
 */
export function encodeRelocationsShort(relocations: readonly MpyRelocation[]): Uint8Array {
  const sorted = [...relocations].sort((a, b) => compareText(a.base, b.base) || a.wordIndex - b.wordIndex);
  const out = new ByteWriter();
  let next: MpyRelocation | undefined;
  for (let i = 0; i < sorted.length; ) {
    const count = runLength(sorted, i);
    const first = sorted[i]!;
    writeRelocation(out, first, count, first.base === next?.base && first.wordIndex === next.wordIndex);
    next = { ...first, wordIndex: first.wordIndex + count };
    i += count;
  }
  out.byte(RELOCATIONS_END);
  return out.finish();
}

/** The relocations of native code as its file has them, with the end mark; nothing when it has none. */
export function encodedRelocationsOf({ scopeFlags, relocations, encodedRelocations }: NativeCode): Uint8Array {
  if ((scopeFlags & SCOPE_RELOCATIONS) === 0) return new Uint8Array(0);
  return encodedRelocations ?? encodeRelocations(relocations);
}

/** How many records encoded relocations have; each stands for one word or for a run of them. */
export function relocationRecords(encoded: Uint8Array): number {
  let records = 0;
  const skipVarint = (at: number) => {
    let end = at;
    while (end < encoded.length && encoded[end]! >= 0x80) end++;
    return end + 1;
  };
  for (let at = 0; at < encoded.length && encoded[at] !== RELOCATIONS_END; records++) {
    const operation = encoded[at]!;
    const counted = operation >> 1 <= RELOCATION_BSS * 2 + 1 && (operation & 2) !== 0;
    at++;
    if ((operation & 1) !== 0) at = skipVarint(at);
    if (counted) at = skipVarint(at);
  }
  return records;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function runLength(relocations: readonly MpyRelocation[], start: number): number {
  const first = relocations[start]!;
  if (first.kind > RELOCATION_BSS) return 1;
  let count = 1;
  for (;;) {
    const next = relocations[start + count];
    if (next === undefined || next.kind !== first.kind || next.base !== first.base) return count;
    if (next.wordIndex !== first.wordIndex + count) return count;
    count++;
  }
}

function writeRelocation(
  out: ByteWriter,
  { base, wordIndex, kind }: MpyRelocation,
  count: number,
  follows = false,
): void {
  if (!isRelocationKind(kind)) throw new RangeError(`no relocation of kind ${kind}`);
  const operation = kind <= RELOCATION_BSS ? (kind << 1) | Number(count > 1) : kind;
  out.byte((operation << 1) | Number(!follows));
  if (!follows) out.varint(wordIndex * 2 + Number(base === 'rodata'));
  if (count > 1) out.varint(count);
}
