/**
 * Thumb instructions of 32 bits; see `decode.ts`.
 * Document: Armv7-M Architecture Reference Manual, A5.3 "32-bit Thumb instruction encoding".
 */
import { FAR_BRANCH, FAR_CONDITION, FLOAT_LOAD, literalAt, WIDE_LOAD } from './fields.ts';
import { type Decoded, flowing, LR, leave, load, PC, plain } from './instruction.ts';

/** @param at byte offset in the section */
export function decodeWide(high: number, low: number, at: number): Decoded | undefined {
  if ((high & 0xfe40) === 0xe800) return multiple(high, low);
  if ((high & 0xfe40) === 0xe840) return dualOrTable(high, low);
  if ((high & 0xfe00) === 0xea00) return dataProcessing(high, low, low & 15);
  if ((high & 0xec00) === 0xec00) return coprocessor(high, low, at);
  if ((high & 0xf800) === 0xf000) return (low & 0x8000) === 0 ? immediate(high, low) : branchOrControl(high, low, at);
  if ((high & 0xfe00) === 0xf800) return single(high, low, at);
  if ((high & 0xff00) === 0xfa00) return register(high, low);
  return (high & 0xff00) === 0xfb00 ? multiply(high, low) : undefined;
}

/** One of these registers is lr. */
function usesLink(...registers: number[]): boolean {
  return registers.includes(LR);
}

/** ldm, stm, push.w, pop.w. */
function multiple(high: number, low: number): Decoded | undefined {
  const [operation, base, isLoad] = [(high >> 7) & 3, high & 15, (high & 0x10) !== 0];
  if ((operation !== 1 && operation !== 2) || base === PC) return undefined;
  const hasLink = (low & (1 << LR)) !== 0;
  if (!isLoad) return (low & (1 << PC)) === 0 ? plain(4, base === LR || hasLink) : undefined;
  if ((low & (1 << PC)) !== 0) return base === 13 && !hasLink ? leave(4, false) : undefined;
  return plain(4, base === LR, hasLink && base !== LR);
}

/** ldrd, strd; tbb, tbh. Exclusive accesses must not be parted. */
function dualOrTable(high: number, low: number): Decoded | undefined {
  if ((high & 0xfff0) === 0xe8d0 && (low & 0xffe0) === 0xf000) {
    if ((high & 15) !== PC || (low & 15) >= 13) return undefined;
    return flowing({ kind: 'table', width: (low & 0x10) === 0 ? 1 : 2 }, 4);
  }
  const [base, first, second] = [high & 15, low >> 12, (low >> 8) & 15];
  if ((high & 0x120) === 0 || base === PC || first === PC || second === PC) return undefined;
  return plain(4, usesLink(base, first, second));
}

const ORR = 2;
const ORN = 3;
/** tst, teq, cmn, cmp: operations whose result goes nowhere. */
const TESTS: readonly number[] = [0, 4, 8, 13];

/** @param second the second operand's register; any low one for an immediate */
function dataProcessing(high: number, low: number, second: number): Decoded | undefined {
  const [operation, first, result] = [(high >> 5) & 15, high & 15, (low >> 8) & 15];
  if ((low & 0x8000) !== 0 || second === PC) return undefined;
  if (first === PC && operation !== ORR && operation !== ORN) return undefined;
  if (result === PC && ((high & 0x10) === 0 || !TESTS.includes(operation))) return undefined;
  return plain(4, usesLink(first, result, second));
}

const MOVW = 4;
const MOVT = 12;
/** addw, subw, ssat, ssat16, sbfx, bfi, usat, usat16, ubfx. */
const BINARY: readonly number[] = [0, 10, 16, 18, 20, 22, 24, 26, 28];

function immediate(high: number, low: number): Decoded | undefined {
  if ((high & 0x200) === 0) return dataProcessing(high, low, 0);
  const [operation, first, result] = [(high >> 4) & 31, high & 15, (low >> 8) & 15];
  if (result === PC) return undefined;
  if (operation === MOVW || operation === MOVT) return plain(4, usesLink(result));
  if (!BINARY.includes(operation)) return undefined;
  // adr; bfc has no first operand.
  if (first === PC && operation !== 22) return undefined;
  return plain(4, usesLink(first, result));
}

function branchOrControl(high: number, low: number, at: number): Decoded | undefined {
  const code = [high, low] as const;
  if ((low & 0xd000) === 0xd000) return flowing({ kind: 'call', offset: FAR_BRANCH.read(code) }, 4, false, true);
  if ((low & 0xd000) === 0x9000) {
    const target = at + 4 + FAR_BRANCH.read(code);
    return flowing({ kind: 'branch', form: 'b.w', target }, 4);
  }
  if ((low & 0xd000) === 0xc000) return undefined;
  if ((high & 0x380) === 0x380) return control(high, low);
  const target = at + 4 + FAR_CONDITION.read(code);
  return flowing({ kind: 'branch', form: 'bcc.w', target }, 4);
}

/** nop.w, dmb, dsb, isb, mrs, msr. */
function control(high: number, low: number): Decoded | undefined {
  if (high === 0xf3af) return low === 0x8000 ? plain(4) : undefined;
  if (high === 0xf3bf) return low >= 0x8f40 && low <= 0x8f6f ? plain(4) : undefined;
  if (high === 0xf3ef) return (low & 0xf000) === 0x8000 && ((low >> 8) & 15) < 13 ? plain(4) : undefined;
  return (high & 0xfff0) === 0xf380 && (high & 15) < 13 && (low & 0xf300) === 0x8000 ? plain(4) : undefined;
}

/** ldr, str and their kin for one register. */
function single(high: number, low: number, at: number): Decoded | undefined {
  const [isLoad, base, register] = [(high & 0x10) !== 0, high & 15, low >> 12];
  const [isSigned, size] = [(high & 0x100) !== 0, (high >> 5) & 3];
  if (size === 3 || (isSigned && (!isLoad || size === 2))) return undefined;
  if (base === PC) return isLoad && size === 2 ? literal(high, low, at) : undefined;
  const index = indexOf(high, low);
  if (index === undefined || index === PC) return undefined;
  if (register === PC) return high === 0xf85d && low === 0xfb04 ? leave(4, false) : undefined; // ldr pc, [sp], #4
  const isPopped = isLoad && register === LR && !usesLink(base, index);
  return isPopped ? plain(4, false, true) : plain(4, usesLink(base, index, register));
}

function literal(high: number, low: number, at: number): Decoded | undefined {
  if (low >> 12 >= 13) return undefined;
  return load('ldr.w', 4, literalAt(at, WIDE_LOAD, high, low));
}

/** The register that is added to the address, any low one when there is none; undefined for an unknown encoding. */
function indexOf(high: number, low: number): number | undefined {
  if ((high & 0x80) !== 0 || (low & 0x800) !== 0) return 0;
  return (low & 0xfc0) === 0 ? low & 15 : undefined;
}

/** Shifts by a register, extensions, additions of halves, rev, clz. */
function register(high: number, low: number): Decoded | undefined {
  const [first, result, second] = [high & 15, (low >> 8) & 15, low & 15];
  if ((low & 0xf000) !== 0xf000 || result === PC || second === PC) return undefined;
  return plain(4, usesLink(first, result, second));
}

function multiply(high: number, low: number): Decoded | undefined {
  const [first, third, result, second] = [high & 15, low >> 12, (low >> 8) & 15, low & 15];
  if (first === PC || result === PC || second === PC) return undefined;
  return plain(4, usesLink(first, third, result, second));
}

/** Floating point: coprocessors 10 and 11. */
function coprocessor(high: number, low: number, at: number): Decoded | undefined {
  const number = (low >> 8) & 15;
  if (number !== 10 && number !== 11) return undefined;
  if ((high & 0xff00) === 0xfc00 || (high & 0xff00) === 0xfd00) return undefined;
  const first = high & 15;
  const register = low >> 12;
  if ((high & 0xfe00) === 0xec00) {
    if ((high & 0xffe0) === 0xec40) {
      // vmov of a double register, or of two single ones
      return first === PC || register === PC ? undefined : plain(4, usesLink(first, register));
    }
    if (first !== PC) return plain(4, first === LR);
    if ((high & 0xff3f) !== 0xed1f) return undefined;
    const form = number === 10 ? 'vldr.32' : 'vldr.64';
    return load(form, 4, literalAt(at, FLOAT_LOAD, high, low));
  }
  if ((high & 0xef00) !== 0xee00) return undefined;
  if ((low & 0x10) === 0) return plain(4);
  // vmov between registers of both kinds; vmrs to the flags.
  if ((high & 0xff00) !== 0xee00) return undefined;
  if (register === PC) return high === 0xeef1 ? plain(4) : undefined;
  return plain(4, register === LR);
}
