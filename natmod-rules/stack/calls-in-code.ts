/** Finds the calls in machine code as compilers make it, and the jumps that stand for a call at a function's end. */
import type { Family } from '../arch/index.ts';
import { FAR_BRANCH, SHORT_BRANCH } from '../link/families/arm/fields.ts';
import { readX86 } from '../link/families/x86/length.ts';

/** A call, or a jump that may leave its function. */
export interface CodeCall {
  /** Byte offset of the instruction that a relocation is at, or whose frame counts. */
  readonly start: number;
  /** Of the first byte behind it. */
  readonly end: number;
  /** It does not come back here, so what it leads to stands in the place of its function. */
  readonly isJump: boolean;
  /** Where it goes when it needs no relocation for that; undefined when a register or memory says it. */
  readonly target: number | undefined;
}

/**
 * All calls and jumps between two offsets.
 * @param isData says whether bytes at an offset are no code
 */
export function callsInCode(
  family: Family,
  code: Uint8Array,
  start: number,
  end: number,
  isData: (offset: number) => boolean,
): CodeCall[] {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const found: CodeCall[] = [];
  for (let at = start; at < end; ) {
    if (isData(at)) {
      at++;
      continue;
    }
    const { size, call } = READERS[family](view, at, end, code);
    if (call !== undefined) found.push({ start: at, end: at + size, ...call });
    at += size;
  }
  return found;
}

interface Read {
  readonly size: number;
  readonly call?: Pick<CodeCall, 'isJump' | 'target'>;
}

type Reader = (view: DataView, at: number, end: number, code: Uint8Array) => Read;

const INDIRECT_CALL = { isJump: false, target: undefined };
const INDIRECT_JUMP = { isJump: true, target: undefined };

function x86Reader(is64: boolean): Reader {
  return (view, at, end, code) => {
    const read = readX86(code, at, is64);
    // What is not known is passed over byte by byte: calls behind it are found again.
    if (read === undefined) return { size: 1 };
    const { size, opcode, modrm } = read;
    const next = at + size;
    if (opcode === 0xe8 || opcode === 0xe9)
      return { size, call: { isJump: opcode === 0xe9, target: next + view.getInt32(next - 4, true) } };
    if (opcode === 0xeb) return { size, call: { isJump: true, target: next + view.getInt8(next - 1) } };
    if ((opcode & 0xfff0) === 0x0f80 && next <= end)
      return { size, call: { isJump: true, target: next + view.getInt32(next - 4, true) } };
    const operation = opcode === 0xff && modrm !== undefined ? (code[modrm]! >> 3) & 7 : 0;
    return operation === 2 || operation === 4
      ? { size, call: operation === 2 ? INDIRECT_CALL : INDIRECT_JUMP }
      : { size };
  };
}

/** ARM Architecture Reference Manual, A6.2 and A6.3: Thumb. */
const readThumb: Reader = (view, at, end) => {
  const half = view.getUint16(at, true);
  if (half >> 11 < 0x1d || at + 4 > end) {
    if ((half & 0xff87) === 0x4780) return { size: 2, call: INDIRECT_CALL };
    if ((half & 0xff87) === 0x4700 && half !== 0x4770) return { size: 2, call: INDIRECT_JUMP };
    if ((half & 0xf800) === 0xe000)
      return { size: 2, call: { isJump: true, target: at + 4 + SHORT_BRANCH.read([half, 0]) } };
    return { size: 2 };
  }
  const low = view.getUint16(at + 2, true);
  const isBranch = (half & 0xf800) === 0xf000 && (low & 0x9000) === 0x9000;
  if (!isBranch) return { size: 4 };
  return { size: 4, call: { isJump: (low & 0x4000) === 0, target: at + 4 + FAR_BRANCH.read([half, low]) } };
};

/**
 * The RISC-V Instruction Set Manual, volume I: `jal`, `jalr`, `c.j`, `c.jal`, `c.jr`, `c.jalr`; `ra` and `t0` lead
 * back. Distances have relocations.
 */
const readRiscv: Reader = (view, at, end) => {
  const half = view.getUint16(at, true);
  if ((half & 3) !== 3 || at + 4 > end) {
    const register = (half >> 7) & 31;
    if ((half & 0xf07f) === 0x9002 && register !== 0) return { size: 2, call: INDIRECT_CALL };
    if ((half & 0xf07f) === 0x8002 && register !== 1 && register !== 5 && register !== 0)
      return { size: 2, call: INDIRECT_JUMP };
    return { size: 2 };
  }
  const word = view.getUint32(at, true);
  const [rd, rs1] = [(word >> 7) & 31, (word >> 15) & 31];
  if ((word & 0x707f) !== 0x67 || (rd === 0 && (rs1 === 1 || rs1 === 5))) return { size: 4 };
  // Behind `auipc` of the same register it is the second half of a call with a relocation.
  const before = at >= 4 ? view.getUint32(at - 4, true) : 0;
  const isPair = (before & 0x7f) === 0x17 && ((before >> 7) & 31) === rs1;
  if (isPair) return { size: 4 };
  return { size: 4, call: rd === 0 ? INDIRECT_JUMP : INDIRECT_CALL };
};

/** Xtensa Instruction Set Architecture, CALLX and JX. Distances have relocations. */
const readXtensa: Reader = (view, at, end) => {
  const first = view.getUint8(at);
  if ((first & 0xf) >= 8 || at + 3 > end) return { size: 2 };
  const isRegister = view.getUint8(at + 2) === 0 && (view.getUint8(at + 1) & 0xf0) === 0;
  if (isRegister && (first & 0xcf) === 0xc0) return { size: 3, call: INDIRECT_CALL };
  return isRegister && first === 0xa0 ? { size: 3, call: INDIRECT_JUMP } : { size: 3 };
};

const READERS: Readonly<Record<Family, Reader>> = {
  x86: x86Reader(false),
  x64: x86Reader(true),
  arm: readThumb,
  riscv: readRiscv,
  xtensa: readXtensa,
};
