/**
 * The symbol index of a static library: which member defines which symbol. System V's: a big-endian count, that many
 * offsets of member headers, then the names, each ended by a zero. BSD's: the size of a table of (name offset, member
 * offset) pairs, the table, the size of the names, the names, in the byte order of the target.
 */
import { fail } from '../problem.ts';
import type { IndexPlace } from './archive-header.ts';

const MAX_SYMBOLS = 4_000_000;
const REBUILD = 'rebuild the index with ranlib, or the archive with ar';

/**
 * Reads the index at `place`. The result maps a symbol to the offset of the header of its member, the first one in the
 * file when several define it. Offsets are not checked here.
 */
export function readIndex(bytes: Uint8Array, file: string, place: IndexPlace): Map<string, number> {
  return place.form === 'sysv' ? readSysv(bytes, file, place) : readBsd(bytes, file, place);
}

function readSysv(bytes: Uint8Array, file: string, place: IndexPlace): Map<string, number> {
  const { start, size, width, offset } = place;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  const count = size < width ? -1 : readNumber(view, 0, width, false);
  if (count < 0 || count > MAX_SYMBOLS || count > Math.floor((size - width) / (width + 1))) {
    const what = count < 0 ? 'has no count of symbols' : `claims ${count} symbols, more than its ${size} bytes hold`;
    fail('bad-archive', `the symbol index ${what}`, { file, offset }, REBUILD);
  }
  const namesAt = start + width * (count + 1);
  const names = new TextDecoder().decode(bytes.subarray(namesAt, start + size));
  const map = new Map<string, number>();
  let from = 0;
  for (let i = 0; i < count; i++) {
    const end = names.indexOf('\0', from);
    if (end < 0)
      fail('bad-archive', `the symbol index has ${count} symbols and only ${i} names`, { file, offset }, REBUILD);
    addFirst(map, names.slice(from, end), readNumber(view, width * (i + 1), width, false));
    from = end + 1;
  }
  return map;
}

function readBsd(bytes: Uint8Array, file: string, place: IndexPlace): Map<string, number> {
  const { start, size, width, offset } = place;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  const table = bsdTable(view, width);
  if (table === undefined) {
    return fail('bad-archive', 'the sizes in the symbol index do not fit its member', { file, offset }, REBUILD);
  }
  const { little, pairs, namesAt, namesSize } = table;
  const map = new Map<string, number>();
  const decoder = new TextDecoder();
  for (let i = 0; i < pairs; i++) {
    const at = width + i * 2 * width;
    const nameAt = readNumber(view, at, width, little);
    const end = nameAt < namesSize ? bytes.indexOf(0, start + namesAt + nameAt) : -1;
    if (end < 0 || end >= start + namesAt + namesSize) {
      fail('bad-archive', `name ${i} of the symbol index lies outside its names`, { file, offset }, REBUILD);
    }
    const name = decoder.decode(bytes.subarray(start + namesAt + nameAt, end));
    addFirst(map, name, readNumber(view, at + width, width, little));
  }
  return map;
}

interface BsdTable {
  readonly little: boolean;
  readonly pairs: number;
  readonly namesAt: number;
  readonly namesSize: number;
}

/** The layout in the byte order in which it fits; little-endian targets are the rule. */
function bsdTable(view: DataView, width: 4 | 8): BsdTable | undefined {
  const size = view.byteLength;
  if (size < 2 * width) return undefined;
  for (const little of [true, false]) {
    const tableSize = readNumber(view, 0, width, little);
    if (tableSize % (2 * width) !== 0 || tableSize > size - 2 * width) continue;
    const pairs = tableSize / (2 * width);
    const namesAt = tableSize + 2 * width;
    const namesSize = readNumber(view, width + tableSize, width, little);
    if (namesSize <= size - namesAt && pairs <= MAX_SYMBOLS) return { little, pairs, namesAt, namesSize };
  }
  return undefined;
}

function addFirst(map: Map<string, number>, symbol: string, offset: number): void {
  const known = map.get(symbol);
  if (known === undefined || offset < known) map.set(symbol, offset);
}

/** Numbers beyond 2^53 lose bits, which is fine: they are out of every file's range. */
function readNumber(view: DataView, at: number, width: 4 | 8, little: boolean): number {
  return width === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
}
