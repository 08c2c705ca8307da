/** Opcodes of bytecode version 6 and how their operands are laid out, after MicroPython's `py/bc0.h`. */

export const LOAD_CONST_OBJ = 0x23;
export const MAKE_FUNCTION = 0x32;
export const CALL_FUNCTION = 0x34;
export const POP_TOP = 0x59;
export const LOAD_CONST_NONE = 0x51;
export const RETURN_VALUE = 0x63;

/** What follows an opcode: nothing, a qstr index, another varint, or a jump offset. */
type Operand = 'none' | 'qstr' | 'varint' | 'jump';

/** By the upper four bits of the opcode; from 5 on there is no operand. */
const OPERANDS: readonly Operand[] = ['none', 'qstr', 'varint', 'varint', 'jump'];

/** Opcodes that exist, as first and last of each run. */
// biome-ignore format: a table
const KNOWN: readonly (readonly [number, number])[] = [
  [0x10, 0x1c], [0x20, 0x37], [0x40, 0x40], [0x42, 0x4b], [0x50, 0x5f], [0x62, 0x69], [0x70, 0xf9],
];

/** MAKE_FUNCTION, MAKE_FUNCTION_DEFARGS, MAKE_CLOSURE, MAKE_CLOSURE_DEFARGS: the operand is the index of a child. */
const WITH_CHILD: ReadonlySet<number> = new Set([0x32, 0x33, 0x20, 0x21]);

/** MAKE_CLOSURE, MAKE_CLOSURE_DEFARGS, UNWIND_JUMP have one more byte behind the operand. */
const WITH_EXTRA_BYTE: ReadonlySet<number> = new Set([0x20, 0x21, 0x40]);

/** UNWIND_JUMP, JUMP, POP_JUMP_IF_TRUE, POP_JUMP_IF_FALSE go both ways; all other jumps only forward. */
const SIGNED_JUMPS: ReadonlySet<number> = new Set([0x40, 0x42, 0x43, 0x44]);

export interface Instruction {
  readonly opcode: number;
  readonly operand: Operand;
  /** Byte offset of the opcode from the first opcode of the function. */
  readonly offset: number;
  /** Bytes, with opcode and operand. */
  readonly size: number;
  /** The qstr or varint (of LOAD_CONST_SMALL_INT without its sign), or the byte offset a jump goes to. */
  readonly value: number;
  /** Bytes that follow the operand: one or none. */
  readonly extra: Uint8Array;
}

export function hasChildOperand(opcode: number): boolean {
  return WITH_CHILD.has(opcode);
}

/** Told what is wrong and at which byte of the opcodes. */
type Malformed = (message: string, offset: number) => never;

/** Splits the opcodes of a function into instructions. `malformed` is called for bytes that are none. */
export function decodeInstructions(code: Uint8Array, malformed: Malformed): Instruction[] {
  const instructions: Instruction[] = [];
  for (let offset = 0; offset < code.length; ) {
    const instruction = decodeInstruction(code, offset, malformed);
    instructions.push(instruction);
    offset += instruction.size;
  }
  return instructions;
}

function decodeInstruction(code: Uint8Array, offset: number, malformed: Malformed): Instruction {
  const opcode = code[offset]!;
  if (!KNOWN.some(([first, last]) => first <= opcode && opcode <= last)) {
    return malformed(`unknown opcode 0x${opcode.toString(16).padStart(2, '0')}`, offset);
  }
  const operand = OPERANDS[opcode >> 4] ?? 'none';
  const cutOff = (): never => malformed('an opcode is cut off', offset);
  let end = offset + 1;
  let value = 0;
  if (operand === 'jump') {
    const low = code[end++] ?? cutOff();
    const isLong = low >= 0x80;
    value = isLong ? (low & 0x7f) | ((code[end++] ?? cutOff()) << 7) : low;
    if (SIGNED_JUMPS.has(opcode)) value -= isLong ? 0x4000 : 0x40;
    // Counted from the end of the offset: an extra byte lies behind that point.
    value += end;
  } else if (operand !== 'none') {
    let byte: number;
    do {
      byte = code[end++] ?? cutOff();
      value = value * 128 + (byte & 0x7f);
    } while (byte >= 0x80);
  }
  const extraSize = WITH_EXTRA_BYTE.has(opcode) ? 1 : 0;
  if (end + extraSize > code.length) return cutOff();
  const extra = code.subarray(end, end + extraSize);
  return { opcode, operand, offset, size: end + extraSize - offset, value, extra };
}

/** Bytes of a jump offset; `distance` is counted from a short one, which is taken where it will do. */
export function jumpOffsetSize(opcode: number, distance: number): 1 | 2 {
  if (SIGNED_JUMPS.has(opcode)) return distance >= -64 && distance <= 63 ? 1 : 2;
  return distance <= 127 ? 1 : 2;
}

/** The bytes of a jump offset over `distance` bytes, counted from its own end; undefined when it is too far. */
export function encodeJumpOffset(opcode: number, distance: number, size: 1 | 2): number[] | undefined {
  const bias = SIGNED_JUMPS.has(opcode) ? (size === 1 ? 0x40 : 0x4000) : 0;
  const value = distance + bias;
  if (value < 0 || value > (size === 1 ? 0x7f : 0x7fff)) return undefined;
  return size === 1 ? [value] : [0x80 | (value & 0x7f), value >> 7];
}
