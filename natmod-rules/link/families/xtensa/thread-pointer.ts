import type { Chunk } from '../../model/model.ts';

/** The byte offset of the first `rur.threadptr`: instruction RUR (e3) of user register e7. */
export function readsThreadPointer({ data }: Chunk): number | undefined {
  // Instructions of the density option have two bytes.
  for (let at = 0; at + 3 <= data.length; at += (data[at]! & 15) >= 8 ? 2 : 3) {
    if (data[at] === 0x70 && (data[at + 1]! & 15) === 14 && data[at + 2] === 0xe3) return at;
  }
  return undefined;
}
