/**
 * The 16-bit instructions of RISC-V, for `riscv-decode.ts`. Encodings that mean one thing with the F and D extensions
 * and another with Zcmp, Zcmt or Zclsd are unknown. Document: The RISC-V Instruction Set Manual, volume I, chapters "C"
 * and "Zc".
 */
import { REGISTER } from './constants.ts';
import { type Effects, type Flow, type Instruction, instruction, mask } from './instruction.ts';

/** `half` is an instruction whose lowest two bits are not both set. */
export function decodeCompressed(half: number, is64: boolean): Instruction | undefined {
  const effects = QUADRANTS[half & 3]!(half, half >>> 13, is64);
  return effects && instruction(2, effects);
}

const { RA, SP } = REGISTER;

/** The registers that three bits can name, at the two places where they are. */
const high = (h: number) => 8 + ((h >>> 7) & 7);
const low = (h: number) => 8 + ((h >>> 2) & 7);
/** Whole register numbers. */
const rd = (h: number) => (h >>> 7) & 31;
const rs2 = (h: number) => (h >>> 2) & 31;

function quadrant0(h: number, funct3: number, is64: boolean): Effects | undefined {
  // All zeros is illegal by definition, so that running into nothing traps.
  if (h === 0) return { flow: { kind: 'stop' } };
  switch (funct3) {
    case 0:
      return h >>> 5 === 0 ? undefined : { reads: mask(SP), writes: mask(low(h)) };
    case 1:
    case 5:
      return { reads: mask(high(h)) };
    case 2:
      return { reads: mask(high(h)), writes: mask(low(h)) };
    case 3:
      return is64 ? { reads: mask(high(h)), writes: mask(low(h)) } : undefined;
    case 4:
      return byteAccess(h);
    case 6:
      return { reads: mask(high(h), low(h)) };
    default:
      return is64 ? { reads: mask(high(h), low(h)) } : undefined;
  }
}

function byteAccess(h: number): Effects | undefined {
  const kind = (h >>> 10) & 7;
  if (kind < 2) return { reads: mask(high(h)), writes: mask(low(h)) };
  return kind < 4 ? { reads: mask(high(h), low(h)) } : undefined;
}

function quadrant1(h: number, funct3: number, is64: boolean): Effects | undefined {
  switch (funct3) {
    case 0:
      return { terms: [rd(h)], writes: mask(rd(h)) };
    case 1:
      if (is64) return { reads: mask(rd(h)), writes: mask(rd(h)) };
      return { writes: mask(RA), flow: { kind: 'jump', distance: jumpDistance(h), link: RA } };
    case 2:
      return { writes: mask(rd(h)) };
    case 3:
      if ((h & 0x107c) === 0) return undefined;
      return rd(h) === SP ? { reads: mask(SP), writes: mask(SP) } : { writes: mask(rd(h)) };
    case 4:
      return arithmetic(h, is64);
    case 5:
      return { flow: { kind: 'jump', distance: jumpDistance(h), link: 0 } };
    default:
      return { reads: mask(high(h)), flow: { kind: 'branch', distance: branchDistance(h) } };
  }
}

function arithmetic(h: number, is64: boolean): Effects | undefined {
  const kind = (h >>> 10) & 7;
  const which = (h >>> 5) & 3;
  const writes = mask(high(h));
  if ((kind & 3) !== 3) return { reads: writes, writes };
  if (kind === 3) {
    if (which !== 0) return { reads: mask(high(h), low(h)), writes };
    return { terms: [high(h)], reads: mask(low(h)), writes };
  }
  if (which === 3) return { reads: writes, writes };
  return which === 2 || is64 ? { reads: mask(high(h), low(h)), writes } : undefined;
}

function quadrant2(h: number, funct3: number, is64: boolean): Effects | undefined {
  switch (funct3) {
    case 0:
      return { reads: mask(rd(h)), writes: mask(rd(h)) };
    case 1:
      return { reads: mask(SP) };
    case 2:
      return { reads: mask(SP), writes: mask(rd(h)) };
    case 3:
      return is64 ? { reads: mask(SP), writes: mask(rd(h)) } : undefined;
    case 4:
      return moveOrJump(h);
    case 6:
      return { reads: mask(SP, rs2(h)) };
    case 7:
      return is64 ? { reads: mask(SP, rs2(h)) } : undefined;
    default:
      return undefined;
  }
}

function moveOrJump(h: number): Effects | undefined {
  const adds = ((h >>> 12) & 1) === 1;
  if (rs2(h) !== 0) {
    if (!adds) return { terms: [rs2(h)], writes: mask(rd(h)) };
    const twice = rd(h) === rs2(h);
    return { terms: twice ? [] : [rd(h), rs2(h)], reads: twice ? mask(rd(h)) : 0, writes: mask(rd(h)) };
  }
  // c.ebreak, and a reserved encoding.
  if (rd(h) === 0) return adds ? {} : undefined;
  const link = adds ? RA : 0;
  const flow: Flow = { kind: 'indirect', register: rd(h), link };
  return { reads: mask(rd(h)), writes: mask(link), flow };
}

function jumpDistance(h: number): number {
  const bit = (from: number, to: number) => ((h >>> from) & 1) << to;
  const sign = ((h << 19) >> 31) << 11;
  return (
    sign | bit(11, 4) | (((h >>> 9) & 3) << 8) | bit(8, 10) | bit(7, 6) | bit(6, 7) | (((h >>> 3) & 7) << 1) | bit(2, 5)
  );
}

function branchDistance(h: number): number {
  const sign = ((h << 19) >> 31) << 8;
  return sign | (((h >>> 10) & 3) << 3) | (((h >>> 5) & 3) << 6) | (((h >>> 3) & 3) << 1) | (((h >>> 2) & 1) << 5);
}

const QUADRANTS = [quadrant0, quadrant1, quadrant2] as readonly ((
  h: number,
  funct3: number,
  is64: boolean,
) => Effects | undefined)[];
