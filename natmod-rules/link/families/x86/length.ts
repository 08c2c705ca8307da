/**
 * Lengths of x86 instructions, as compilers write them (Intel's manual, volume 2, chapter 2 and appendix A).
 */

/** Bytes that stand before an opcode: operand and address size, segments, lock, repeat. */
const PREFIXES: ReadonlySet<number> = new Set([0x66, 0x67, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0xf0, 0xf2, 0xf3]);

export interface X86Instruction {
  readonly size: number;
  /** How many bytes of it stand before the REX prefix, or the opcode. */
  readonly prefixes: number;
  /** The opcode's one byte; 0x0f00 and more for those of two. */
  readonly opcode: number;
  /** Byte offset of the ModRM byte; undefined for what has none. */
  readonly modrm: number | undefined;
  /** The low four bits of the REX prefix, 0 without one; those of VEX are not told. */
  readonly rex: number;
}

/** The instruction at a byte offset; undefined for what compilers do not write. */
export function readX86(code: Uint8Array, start: number, is64: boolean): X86Instruction | undefined {
  let at = start;
  let isWord = false;
  for (; PREFIXES.has(code[at] ?? 0); at++) if (code[at] === 0x66) isWord = true;
  const prefixes = at - start;
  const rex = is64 && ((code[at] ?? 0) & 0xf0) === 0x40 ? (code[at++] ?? 0) & 15 : 0;
  const isWide = (rex & 8) !== 0;
  let opcode = code[at++] ?? 0;
  if ((opcode === 0xc4 || opcode === 0xc5) && (is64 || ((code[at] ?? 0) & 0xc0) === 0xc0))
    return { ...readVex(code, start, at, opcode), prefixes };
  if (opcode === 0x0f) opcode = 0x0f00 | (code[at++] ?? 0);
  let hasImmediate8 = false;
  if (opcode === 0x0f38 || opcode === 0x0f3a) {
    hasImmediate8 = opcode === 0x0f3a;
    at++;
  }
  const immediate = hasImmediate8 ? 1 : immediateSize(opcode, code[at] ?? 0, { isWord, isWide, is64 });
  if (immediate === undefined) return undefined;
  const modrm = hasModrm(opcode) ? at : undefined;
  const size = at - start + (modrm === undefined ? 0 : modrmSize(code, at)) + immediate;
  return start + size > code.length ? undefined : { size, prefixes, opcode, modrm, rex };
}

function readVex(code: Uint8Array, start: number, at: number, first: number): Omit<X86Instruction, 'prefixes'> {
  const map = first === 0xc5 ? 1 : (code[at] ?? 0) & 0x1f;
  const opcode = code[at + (first === 0xc5 ? 1 : 2)] ?? 0;
  const modrm = at + (first === 0xc5 ? 2 : 3);
  const hasOperands = !(map === 1 && opcode === 0x77);
  const immediate = map === 3 || (map === 1 && hasByte(0x0f00 | opcode)) ? 1 : 0;
  return {
    size: modrm - start + (hasOperands ? modrmSize(code, modrm) : 0) + immediate,
    opcode: 0x0f00 | opcode,
    modrm,
    rex: 0,
  };
}

/** ModRM, SIB and distance; with addresses of 32 or 64 bits. */
function modrmSize(code: Uint8Array, at: number): number {
  const byte = code[at] ?? 0;
  const [mode, rm] = [byte >> 6, byte & 7];
  if (mode === 3) return 1;
  const hasSib = rm === 4;
  const base = hasSib ? (code[at + 1] ?? 0) & 7 : rm;
  const distance = mode === 1 ? 1 : mode === 2 || base === 5 ? 4 : 0;
  return 1 + (hasSib ? 1 : 0) + distance;
}

function hasModrm(opcode: number): boolean {
  if (opcode >= 0x0f00) {
    const low = opcode & 0xff;
    const isWithout =
      low <= 0x0b ? low >= 4 : (low >= 0x30 && low <= 0x37) || low === 0x77 || (low >= 0x80 && low <= 0x8f);
    return !(isWithout || [0xa0, 0xa1, 0xa2, 0xa8, 0xa9, 0xaa].includes(low) || (low >= 0xc8 && low <= 0xcf));
  }
  if (opcode < 0x40) return (opcode & 7) < 4;
  if (opcode >= 0x80 && opcode <= 0x8f) return true;
  return (
    [0x62, 0x63, 0x69, 0x6b, 0xc0, 0xc1, 0xc4, 0xc5, 0xc6, 0xc7, 0xf6, 0xf7, 0xfe, 0xff].includes(opcode) ||
    (opcode >= 0xd0 && opcode <= 0xd3) ||
    (opcode >= 0xd8 && opcode <= 0xdf)
  );
}

/** Opcodes of two bytes with an immediate of one. */
function hasByte(opcode: number): boolean {
  const low = opcode & 0xff;
  return (low >= 0x70 && low <= 0x73) || [0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6].includes(low);
}

function immediateSize(
  opcode: number,
  modrm: number,
  { isWord, isWide, is64 }: { readonly isWord: boolean; readonly isWide: boolean; readonly is64: boolean },
): number | undefined {
  const word = isWord ? 2 : 4;
  if (opcode >= 0x0f00) return (opcode & 0xf0) === 0x80 && opcode < 0x0f90 ? 4 : hasByte(opcode) ? 1 : 0;
  if (opcode < 0x40 && (opcode & 7) === 4) return 1;
  if (opcode < 0x40 && (opcode & 7) === 5) return word;
  if ((opcode >= 0x70 && opcode <= 0x7f) || (opcode >= 0xb0 && opcode <= 0xb7) || (opcode >= 0xe0 && opcode <= 0xe7))
    return 1;
  if (opcode >= 0xb8 && opcode <= 0xbf) return isWide ? 8 : word;
  if (opcode >= 0xa0 && opcode <= 0xa3) return is64 ? 8 : 4;
  if (opcode === 0xe8 || opcode === 0xe9) return 4;
  if (opcode === 0xf6) return (modrm & 0x38) <= 8 ? 1 : 0;
  if (opcode === 0xf7) return (modrm & 0x38) <= 8 ? word : 0;
  if ([0x68, 0x69, 0x81, 0xa9, 0xc7].includes(opcode)) return word;
  if ([0x6a, 0x6b, 0x80, 0x82, 0x83, 0xa8, 0xc0, 0xc1, 0xc6, 0xcd, 0xd4, 0xd5, 0xeb].includes(opcode)) return 1;
  if (opcode === 0xc2 || opcode === 0xca) return 2;
  if (opcode === 0xc8) return 3;
  return opcode === 0x9a || opcode === 0xea ? undefined : 0;
}
