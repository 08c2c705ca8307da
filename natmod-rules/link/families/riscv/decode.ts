/**
 * What a RISC-V instruction does to the integer registers and to the program counter: as much as data-flow analysis
 * asks for. Knows the base set with M, A, F, D, Zb* (as plain register instructions), Zicsr, C and Zcb. Everything else
 * is unknown, which is the safe answer. Document: The RISC-V Instruction Set Manual, volume I, "RV32/64G Instruction
 * Set Listings" and chapters "C" and "Zc".
 */
import { OPCODE, OPCODE_MASK, REGISTER } from './constants.ts';
import { decodeCompressed } from './decode-c.ts';
import { type Effects, type Flow, type Instruction, instruction, mask } from './instruction.ts';

/** The instruction at a byte offset; undefined when it is unknown or cut off. */
export function decode(view: DataView, at: number, is64: boolean): Instruction | undefined {
  if (at + 2 > view.byteLength) return undefined;
  const half = view.getUint16(at, true);
  if ((half & 3) !== 3) return decodeCompressed(half, is64);
  if (at + 4 > view.byteLength) return undefined;
  const word = view.getUint32(at, true);
  const effects = OPCODES[word & OPCODE_MASK]?.(word, is64);
  return effects && instruction(4, effects);
}

const rd = (w: number) => (w >>> 7) & 31;
const rs1 = (w: number) => (w >>> 15) & 31;
const rs2 = (w: number) => (w >>> 20) & 31;
const funct3 = (w: number) => (w >>> 12) & 7;
const funct7 = (w: number) => w >>> 25;

const writesOnly = (w: number): Effects => ({ writes: mask(rd(w)) });
const oneToOne = (w: number): Effects => ({ reads: mask(rs1(w)), writes: mask(rd(w)) });
const twoToOne = (w: number): Effects => ({ reads: mask(rs1(w), rs2(w)), writes: mask(rd(w)) });
const nothing = (): Effects => ({});

/** Loads and stores of two words at a time exist for 32 bits (Zilsd); they are not known here. */
const isDouble = (w: number) => (funct3(w) & 3) === 3;

function load(w: number, is64: boolean): Effects | undefined {
  if (funct3(w) === 7 || (!is64 && (isDouble(w) || funct3(w) === 6))) return undefined;
  return { base: rs1(w), form: 'I', writes: mask(rd(w)) };
}

function store(w: number, is64: boolean): Effects | undefined {
  if (funct3(w) > 3 || (!is64 && isDouble(w))) return undefined;
  return { base: rs1(w), form: 'S', reads: mask(rs2(w)) };
}

/** Widths 1 to 4 are scalars; the others are vectors. */
function floatAccess(form: 'I' | 'S') {
  return (w: number): Effects | undefined =>
    funct3(w) >= 1 && funct3(w) <= 4 ? { base: rs1(w), form, reads: 0 } : undefined;
}

function opImm(w: number): Effects {
  return funct3(w) === 0 ? { base: rs1(w), form: 'I', terms: [rs1(w)], writes: mask(rd(w)) } : oneToOne(w);
}

function op(w: number): Effects {
  const plain = funct3(w) === 0;
  if (plain && funct7(w) === 0 && rs1(w) !== rs2(w)) return { terms: [rs1(w), rs2(w)], writes: mask(rd(w)) };
  if (plain && funct7(w) === 0x20) return { terms: [rs1(w)], reads: mask(rs2(w)), writes: mask(rd(w)) };
  return twoToOne(w);
}

/** Conversions, comparisons and moves between the register files; the rest stays among floating-point registers. */
function floating(w: number): Effects {
  const funct5 = w >>> 27;
  if (funct5 === 0x14 || funct5 === 0x18 || funct5 === 0x1c) return writesOnly(w);
  return funct5 === 0x1a || funct5 === 0x1e || funct5 === 0x16 ? { reads: mask(rs1(w)) } : {};
}

function branch(w: number): Effects | undefined {
  if (funct3(w) === 2 || funct3(w) === 3) return undefined;
  const distance = ((w >> 31) << 12) | (((w >>> 7) & 1) << 11) | (((w >>> 25) & 0x3f) << 5) | (((w >>> 8) & 0xf) << 1);
  return { reads: mask(rs1(w), rs2(w)), flow: { kind: 'branch', distance } };
}

function jal(w: number): Effects {
  const distance =
    ((w >> 31) << 20) | (((w >>> 12) & 0xff) << 12) | (((w >>> 20) & 1) << 11) | (((w >>> 21) & 0x3ff) << 1);
  return { writes: mask(rd(w)), flow: { kind: 'jump', distance, link: rd(w) } };
}

function jalr(w: number): Effects | undefined {
  if (funct3(w) !== 0) return undefined;
  const flow: Flow = { kind: 'indirect', register: rs1(w), link: rd(w) };
  return { base: rs1(w), form: 'I', writes: mask(rd(w)), flow };
}

const ECALL = 0x00000073;
const EBREAK = 0x00100073;
const WFI = 0x10500073;

function system(w: number): Effects | undefined {
  if (w === ECALL) return { writes: mask(REGISTER.A0) };
  if (w === EBREAK || w === WFI) return {};
  if ((funct3(w) & 3) === 0) return undefined;
  return funct3(w) < 4 ? oneToOne(w) : writesOnly(w);
}

const only64 = (effects: (w: number) => Effects) => (w: number, is64: boolean) => (is64 ? effects(w) : undefined);

const OPCODES: Readonly<Record<number, (word: number, is64: boolean) => Effects | undefined>> = {
  [OPCODE.LOAD]: load,
  [OPCODE.LOAD_FP]: floatAccess('I'),
  [OPCODE.MISC_MEM]: (w) => ({ reads: mask(rs1(w)) }),
  [OPCODE.OP_IMM]: opImm,
  [OPCODE.AUIPC]: writesOnly,
  [OPCODE.OP_IMM_32]: only64(oneToOne),
  [OPCODE.STORE]: store,
  [OPCODE.STORE_FP]: floatAccess('S'),
  [OPCODE.AMO]: twoToOne,
  [OPCODE.OP]: op,
  [OPCODE.LUI]: writesOnly,
  [OPCODE.OP_32]: only64(twoToOne),
  [OPCODE.MADD]: nothing,
  [OPCODE.MSUB]: nothing,
  [OPCODE.NMSUB]: nothing,
  [OPCODE.NMADD]: nothing,
  [OPCODE.OP_FP]: floating,
  [OPCODE.BRANCH]: branch,
  [OPCODE.JALR]: jalr,
  [OPCODE.JAL]: jal,
  [OPCODE.SYSTEM]: system,
};
