import type { Chunk } from '../model/model.ts';

/**
 * The byte offset of the first match in a chunk's own bytes, read as latin1. Bytes that a relocation changes mean
 * something else.
 * @param step instructions stand at multiples of so many bytes
 */
export function findCode({ data, relocations }: Chunk, pattern: RegExp, step = 1): number | undefined {
  const text = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length).toString('latin1');
  for (const { index, 0: match } of text.matchAll(pattern)) {
    const isOther = relocations.some(({ offset }) => offset > index && offset <= index + match.length);
    if (index % step === 0 && !isOther) return index;
  }
  return undefined;
}
