import type { Prelude } from './types.ts';

/** Continuation bytes of a signature or size; more would describe a function with over 2^16 arguments. */
const MAX_CONTINUATIONS = 16;

/** Told what is wrong and at which byte of the code. */
type Malformed = (message: string, offset: number) => never;

/**
 * Decodes what stands before the opcodes of a Python function: a signature, two sizes, the names, line information and
 * the list of cells. The bit layouts are those of MicroPython's `py/bc.h`. `malformed` is called for bytes that are
 * none.
 */
export function decodePrelude(code: Uint8Array, malformed: Malformed): Prelude {
  const cursor = { offset: 0 };
  const next = (): number => code[cursor.offset++] ?? malformed('the prelude is cut off', code.length);
  const signature = decodeSignature(next, () => malformed('the signature is too long', cursor.offset));
  const sizeOffset = cursor.offset;
  const sizes = decodeSizes(next, () => malformed('the sizes are too long', cursor.offset));
  const infoOffset = cursor.offset;
  const cellsOffset = infoOffset + sizes.info;
  const opcodesOffset = cellsOffset + sizes.cells;
  if (opcodesOffset > code.length) return malformed('the prelude is longer than the code', sizeOffset);
  const nameCount = 1 + signature.positionalArgs + signature.keywordOnlyArgs;
  if (nameCount > sizes.info) return malformed(`no room for ${nameCount} names in the prelude`, infoOffset);
  const names: number[] = [];
  while (names.length < nameCount) names.push(decodeName(next, () => malformed('a name is too long', cursor.offset)));
  if (cursor.offset > cellsOffset) return malformed('the names are longer than their block', infoOffset);
  return { ...signature, names, sizeOffset, cellsOffset, opcodesOffset };
}

/** First byte `xSSSSEAA`, each further one `xFSSKAED` with higher bits; S is one less than the state size. */
function decodeSignature(next: () => number, tooLong: () => never) {
  let z = next();
  let state = (z >> 3) & 15;
  let exceptions = (z >> 2) & 1;
  let flags = 0;
  let positional = z & 3;
  let keywordOnly = 0;
  let defaults = 0;
  for (let n = 0; z & 0x80; n++) {
    if (n === MAX_CONTINUATIONS) return tooLong();
    z = next();
    const place = 2 ** n;
    state += (z & 0x30) * place * place;
    exceptions += (z & 2) * place;
    flags += ((z >> 6) & 1) * place;
    positional += (z & 4) * place;
    keywordOnly += ((z >> 3) & 1) * place;
    defaults += (z & 1) * place;
  }
  return {
    stateSize: state + 1,
    exceptionStackSize: exceptions,
    scopeFlags: flags,
    positionalArgs: positional,
    keywordOnlyArgs: keywordOnly,
    defaultArgs: defaults,
  };
}

/** Bytes `xIIIIIIC`, low bits first. */
function decodeSizes(next: () => number, tooLong: () => never): { info: number; cells: number } {
  let info = 0;
  let cells = 0;
  for (let n = 0; ; n++) {
    if (n === MAX_CONTINUATIONS) return tooLong();
    const z = next();
    info += ((z >> 1) & 0x3f) * 64 ** n;
    cells += (z & 1) * 2 ** n;
    if ((z & 0x80) === 0) return { info, cells };
  }
}

function decodeName(next: () => number, tooLong: () => never): number {
  let value = 0;
  for (;;) {
    const byte = next();
    value = value * 128 + (byte & 0x7f);
    if (value >= 2 ** 32) return tooLong();
    if (byte < 0x80) return value;
  }
}

/** Encodes the two sizes of a prelude: bytes of names with line information, and number of cells. */
export function encodePreludeSizes(info: number, cells: number): number[] {
  const bytes: number[] = [];
  let restInfo = info;
  let restCells = cells;
  do {
    bytes.push(((restInfo % 64) << 1) | (restCells % 2));
    restInfo = Math.floor(restInfo / 64);
    restCells = Math.floor(restCells / 2);
    if (restInfo + restCells > 0) bytes[bytes.length - 1]! |= 0x80;
  } while (restInfo + restCells > 0);
  return bytes;
}
