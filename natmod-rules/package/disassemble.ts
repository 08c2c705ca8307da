/** Bytecode as text. Opcode names are those of MicroPython's `py/bc0.h`, of bytecode version 6. */
import { decodeInstructions, hasChildOperand, type Instruction } from './opcodes.ts';
import { qstrText } from './qstrs.ts';
import type { Bytecode, MpyFile, RawCode } from './types.ts';

/** From each opcode on, the names of it and those that follow; a gap is an opcode that does not exist. */
// biome-ignore format: tables
const NAMES: Readonly<Record<number, string>> = {
  16: 'LOAD_CONST_STRING LOAD_NAME LOAD_GLOBAL LOAD_ATTR LOAD_METHOD LOAD_SUPER_METHOD STORE_NAME STORE_GLOBAL STORE_ATTR ' +
    'DELETE_NAME DELETE_GLOBAL IMPORT_NAME IMPORT_FROM',
  32: 'MAKE_CLOSURE MAKE_CLOSURE_DEFARGS LOAD_CONST_SMALL_INT LOAD_CONST_OBJ LOAD_FAST_N LOAD_DEREF STORE_FAST_N STORE_DEREF ' +
    'DELETE_FAST DELETE_DEREF BUILD_TUPLE BUILD_LIST BUILD_MAP BUILD_SET BUILD_SLICE STORE_COMP',
  48: 'UNPACK_SEQUENCE UNPACK_EX MAKE_FUNCTION MAKE_FUNCTION_DEFARGS CALL_FUNCTION CALL_FUNCTION_VAR_KW CALL_METHOD ' +
    'CALL_METHOD_VAR_KW',
  64: 'UNWIND_JUMP',
  66: 'JUMP POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE JUMP_IF_TRUE_OR_POP JUMP_IF_FALSE_OR_POP SETUP_WITH SETUP_EXCEPT ' +
    'SETUP_FINALLY POP_EXCEPT_JUMP FOR_ITER',
  80: 'LOAD_CONST_FALSE LOAD_CONST_NONE LOAD_CONST_TRUE LOAD_NULL LOAD_BUILD_CLASS LOAD_SUBSCR STORE_SUBSCR DUP_TOP ' +
    'DUP_TOP_TWO POP_TOP ROT_TWO ROT_THREE WITH_CLEANUP END_FINALLY GET_ITER GET_ITER_STACK',
  98: 'STORE_MAP RETURN_VALUE RAISE_LAST RAISE_OBJ RAISE_FROM YIELD_VALUE YIELD_FROM IMPORT_STAR',
};

/** Opcodes with a number inside: first opcode, name, number of the first. */
const RANGES: readonly (readonly [first: number, name: string, number: number])[] = [
  [0xd7, 'BINARY_OP', 0],
  [0xd0, 'UNARY_OP', 0],
  [0xc0, 'STORE_FAST', 0],
  [0xb0, 'LOAD_FAST', 0],
  [0x70, 'LOAD_CONST_SMALL_INT', -16],
];

const LOAD_CONST_SMALL_INT = 0x22;
const LOAD_CONST_OBJ = 0x23;

/** The bytecode of all functions, each under a line with its name; empty when a file has none. */
export function disassembleMpy(mpy: MpyFile): string {
  return [...bytecodes(mpy.root)].map((code) => `\n${disassemble(mpy, code).join('\n')}\n`).join('');
}

function* bytecodes(code: RawCode): Generator<Bytecode> {
  if (code.kind === 'bytecode') yield code;
  for (const child of code.children) yield* bytecodes(child);
}

function disassemble(mpy: MpyFile, { code, prelude, children }: Bytecode): string[] {
  const opcodes = code.subarray(prelude.opcodesOffset);
  const { instructions, end } = decodeSome(opcodes);
  return [
    `bytecode of ${JSON.stringify(qstr(mpy, prelude.names[0]!))}`,
    ...instructions.map((instruction) => instructionText(mpy, children, opcodes, instruction)),
    ...(end === undefined ? [] : [`  ${hex(end.offset)}  ${end.message}`]),
  ];
}

/** The instructions up to bytes that are none; the rest of the file can still be shown. */
function decodeSome(opcodes: Uint8Array): { instructions: Instruction[]; end?: NotBytecode } {
  try {
    return { instructions: decodeInstructions(opcodes, stop) };
  } catch (end) {
    if (!(end instanceof NotBytecode)) throw end;
    return { instructions: decodeInstructions(opcodes.subarray(0, end.offset), stop), end };
  }
}

class NotBytecode extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function stop(message: string, offset: number): never {
  throw new NotBytecode(message, offset);
}

function instructionText(mpy: MpyFile, children: readonly RawCode[], opcodes: Uint8Array, at: Instruction): string {
  const bytes = Buffer.from(opcodes.subarray(at.offset, at.offset + at.size))
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
  return `  ${hex(at.offset)}  ${bytes.padEnd(12)}  ${opcodeName(at.opcode)} ${operandText(mpy, children, at)}`.trimEnd();
}

const nameByOpcode = new Map(
  Object.entries(NAMES).flatMap(([first, names]) =>
    names.split(' ').map((name, i): [number, string] => [Number(first) + i, name]),
  ),
);

/** The name of an opcode, with the number that it may have inside: `LOAD_FAST 2`. */
export function opcodeName(opcode: number): string {
  const range = RANGES.find(([first]) => opcode >= first);
  if (range !== undefined) return `${range[1]} ${opcode - range[0] + range[2]}`;
  return nameByOpcode.get(opcode) ?? `opcode ${opcode}`;
}

function operandText(mpy: MpyFile, children: readonly RawCode[], at: Instruction): string {
  const extra = at.extra.length > 0 ? `, ${at.extra[0]}` : '';
  switch (at.operand) {
    case 'none':
      return '';
    case 'qstr':
      return JSON.stringify(qstr(mpy, at.value));
    case 'jump':
      return `${hex(at.value)}${extra}`;
    case 'varint':
      if (at.opcode === LOAD_CONST_SMALL_INT) return String(signed(at));
      if (at.opcode === LOAD_CONST_OBJ) return `${at.value} (${mpy.objects[at.value]?.kind ?? 'not there'})`;
      if (hasChildOperand(at.opcode)) return `${at.value}${extra}${childName(mpy, children[at.value])}`;
      return `${at.value}${extra}`;
  }
}

/** Small integers carry their sign in bit 6 of the first byte. */
function signed({ value, size }: Instruction): number {
  const range = 2 ** (7 * (size - 1));
  return value >= range / 2 ? value - range : value;
}

function childName(mpy: MpyFile, child: RawCode | undefined): string {
  if (child === undefined || !('prelude' in child)) return '';
  return ` (${qstr(mpy, child.prelude.names[0]!)})`;
}

function qstr(mpy: MpyFile, index: number): string {
  const entry = mpy.qstrs[index];
  return entry === undefined ? `qstr ${index}, which is not there` : qstrText(entry);
}

function hex(value: number): string {
  return `${value < 0 ? '-' : ''}${Math.abs(value).toString(16).padStart(4, '0')}`;
}
