import { fail } from '../problem.ts';
import {
  decodeInstructions,
  encodeJumpOffset,
  hasChildOperand,
  type Instruction,
  jumpOffsetSize,
  LOAD_CONST_OBJ,
} from './opcodes.ts';
import { decodePrelude, encodePreludeSizes } from './prelude.ts';
import type { Bytecode, MpyFile, RawCode } from './types.ts';
import { encodeVarint } from './varint.ts';
import { ByteWriter } from './writer.ts';

/** How many entries come before those of a part in the tables of the merged file. */
export interface TableBases {
  readonly qstrs: number;
  readonly objects: number;
}

interface Context {
  /** File the code is of, for errors. */
  readonly file: string;
  readonly mpy: MpyFile;
  readonly bases: TableBases;
}

/**
 * After this many rounds of fitting jumps to their distances, every jump gets its long form. Two or three are usual;
 * the limit keeps the work on made-up code in bounds.
 */
const MAX_ROUNDS = 32;

/**
 * The code of a part as it must be when the qstrs and objects of other parts come before its own. Indices that need
 * more bytes move what follows, so jumps are encoded anew, and line numbers, which count bytes, are left out as
 * `mpy-tool.py` does. `file` names the part in errors: `mpy-malformed` for code no compiler makes, `bytecode-too-large`
 * when a jump no longer reaches its target.
 */
export function rebaseCode(mpy: MpyFile, bases: TableBases, file: string): RawCode {
  return rebaseFunction(mpy.root, { mpy, bases, file });
}

function rebaseFunction(code: RawCode, context: Context): Bytecode {
  if (code.kind !== 'bytecode') throw new TypeError('only bytecode can be moved');
  const { prelude } = code;
  const out = new ByteWriter();
  const names = prelude.names.flatMap((name) => encodeVarint(name + context.bases.qstrs));
  out.bytes(code.code.subarray(0, prelude.sizeOffset));
  out.bytes(encodePreludeSizes(names.length, prelude.opcodesOffset - prelude.cellsOffset));
  out.bytes(names);
  out.bytes(code.code.subarray(prelude.cellsOffset, prelude.opcodesOffset));
  rebaseOpcodes(out, code, context);
  const bytes = out.finish();
  const children = code.children.map((child) => rebaseFunction(child, context));
  const malformed = (message: string): never => {
    throw new Error(`rebased code: ${message}`);
  };
  return { kind: 'bytecode', code: bytes, prelude: decodePrelude(bytes, malformed), children };
}

function rebaseOpcodes(out: ByteWriter, code: Bytecode, context: Context): void {
  const opcodes = code.code.subarray(code.prelude.opcodesOffset);
  const malformed = (message: string, offset: number): never =>
    fail('mpy-malformed', `bytecode+0x${offset.toString(16)}: ${message}`, { file: context.file });
  const instructions = decodeInstructions(opcodes, malformed);
  for (const instruction of instructions) checkIndex(instruction, code, context.mpy, malformed);
  const layout = new Layout(instructions, opcodes, context.bases, malformed);
  layout.settle();
  layout.write(out, context.file);
}

/** An index past the end of its own table would silently become one into another part's. */
function checkIndex(
  { opcode, operand, offset, value }: Instruction,
  code: Bytecode,
  mpy: MpyFile,
  malformed: (message: string, offset: number) => never,
): void {
  const check = (what: string, count: number): void => {
    if (value >= count) malformed(`${what} ${value} is used, but there are ${count}`, offset);
  };
  if (operand === 'qstr') check('qstr', mpy.qstrs.length);
  if (opcode === LOAD_CONST_OBJ) check('object', mpy.objects.length);
  if (hasChildOperand(opcode)) check('inner function', code.children.length);
}

/** Where each instruction of one function comes to lie. */
class Layout {
  readonly #instructions: readonly Instruction[];
  /** Bytes of the operands that are no jump offsets. */
  readonly #operands: ArrayLike<number>[];
  /** For jumps: the index of the instruction they go to, which may be one past the last. */
  readonly #targets: number[];
  /** Offset of each instruction, and of the end. */
  readonly #offsets: number[];
  #allLong = false;

  constructor(
    instructions: readonly Instruction[],
    opcodes: Uint8Array,
    bases: TableBases,
    malformed: (message: string, offset: number) => never,
  ) {
    this.#instructions = instructions;
    this.#offsets = [...instructions.map((i) => i.offset), opcodes.length];
    const indices = new Map(this.#offsets.map((offset, index) => [offset, index]));
    this.#operands = instructions.map((i) => operandBytes(i, opcodes, bases));
    this.#targets = instructions.map((i) => {
      if (i.operand !== 'jump') return -1;
      return indices.get(i.value) ?? malformed(`a jump to 0x${i.value.toString(16)}, inside an opcode`, i.offset);
    });
  }

  /** Moves instructions until every jump has the size its distance asks for. */
  settle(): void {
    for (let round = 0; this.#move(); round++) this.#allLong = round >= MAX_ROUNDS;
  }

  #move(): boolean {
    let moved = false;
    let offset = 0;
    for (let i = 0; i < this.#offsets.length; i++) {
      moved ||= this.#offsets[i] !== offset;
      this.#offsets[i] = offset;
      if (i < this.#instructions.length) offset += this.#size(i);
    }
    return moved;
  }

  #size(i: number): number {
    const { operand, extra } = this.#instructions[i]!;
    const operandSize = operand === 'jump' ? this.#jumpSize(i) : this.#operands[i]!.length;
    return 1 + operandSize + extra.length;
  }

  #jumpSize(i: number): 1 | 2 {
    if (this.#allLong) return 2;
    const distance = this.#offsets[this.#targets[i]!]! - this.#offsets[i]! - 2;
    return jumpOffsetSize(this.#instructions[i]!.opcode, distance);
  }

  write(out: ByteWriter, file: string): void {
    for (const [i, { opcode, operand, extra }] of this.#instructions.entries()) {
      out.byte(opcode);
      out.bytes(operand === 'jump' ? this.#jumpBytes(i, file) : this.#operands[i]!);
      out.bytes(extra);
    }
  }

  #jumpBytes(i: number, file: string): number[] {
    const size = this.#jumpSize(i);
    const distance = this.#offsets[this.#targets[i]!]! - this.#offsets[i]! - 1 - size;
    return (
      encodeJumpOffset(this.#instructions[i]!.opcode, distance, size) ??
      fail(
        'bytecode-too-large',
        `a jump over ${Math.abs(distance)} bytes of bytecode does not fit after merging`,
        { file },
        'split the function that has it into smaller ones',
      )
    );
  }
}

function operandBytes(instruction: Instruction, opcodes: Uint8Array, bases: TableBases): ArrayLike<number> {
  const { opcode, operand, offset, size, value, extra } = instruction;
  if (operand === 'qstr') return encodeVarint(value + bases.qstrs);
  if (opcode === LOAD_CONST_OBJ) return encodeVarint(value + bases.objects);
  return opcodes.subarray(offset + 1, offset + size - extra.length);
}
