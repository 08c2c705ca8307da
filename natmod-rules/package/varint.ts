/**
 * The variable-length unsigned integers of .mpy files: groups of 7 bits, most significant first, bit 7 on all but the
 * last.
 */

/** Values at or above this do not fit the 32-bit `size_t` of most targets. */
export const VARINT_LIMIT = 2 ** 32;

/** The shortest encoding of a whole number from 0 to 2^53-1. */
export function encodeVarint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`no varint for ${value}`);
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}
