/** How many bytes of stack each place in the code of a linked file has taken, from `.debug_frame` (DWARF 5, 6.4). */
import { Cursor, Unreadable } from '../debug/bytes.ts';
import { ADVANCES, CIE, readCommonHead, skipOperands } from '../debug/frame-entries.ts';
import type { LinkedFile } from '../debug/where/index.ts';
import { EM_386, EM_ARM, EM_RISCV, EM_X86_64, EM_XTENSA } from '../elf/constants.ts';
import { firstNotBelow } from '../sorted.ts';
import { depthsInCode } from './x86-depth.ts';

/** The frame of one function. Bytes are those between its caller's stack pointer before the call and its own. */
export interface StackFrame {
  readonly start: number;
  readonly end: number;
  /** The most it takes, as far as that is fixed when it is compiled. */
  readonly most: number;
  /**
   * It takes more by a number that only running it tells: a variable-length array, `alloca`, an alignment of the stack.
   */
  readonly isDynamic: boolean;
  /** What it has taken at an address. */
  at(address: number): number;
}

/** DWARF's number of the stack pointer. */
const STACK_POINTER: Readonly<Record<number, number>> = {
  [EM_386]: 4,
  [EM_X86_64]: 7,
  [EM_ARM]: 13,
  [EM_RISCV]: 2,
  [EM_XTENSA]: 1,
};

/** Frames by the address of their function. A damaged table gives those before the damage. */
export function readStackFrames(file: LinkedFile): Map<number, StackFrame> {
  const bytes = file.sections.find(({ name }) => name === '.debug_frame')?.bytes ?? new Uint8Array(0);
  const frames = new Map<number, StackFrame>();
  try {
    for (let at = 0; at < bytes.length; ) {
      const head = new Cursor(bytes, at);
      const end = head.at + 4 + head.unsigned(4);
      const id = head.unsigned(4);
      if (id !== CIE) {
        const frame = readFrame(file, readCommon(file, bytes, id), new Cursor(bytes, head.at, end));
        if (frame.end > frame.start) frames.set(frame.start, frame);
      }
      at = end;
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
  }
  return frames;
}

interface Common {
  readonly codeStep: number;
  readonly dataStep: number;
  readonly addressSize: number;
  readonly initial: State;
}

interface State {
  readonly register: number;
  readonly offset: number;
}

function readCommon(file: LinkedFile, bytes: Uint8Array, at: number): Common {
  const length = new Cursor(bytes, at).unsigned(4);
  const cursor = new Cursor(bytes, at + 8, at + 4 + length);
  const { version, addressSize, codeStep } = readCommonHead(cursor, file.is64 ? 8 : 4);
  const dataStep = cursor.sleb();
  if (version === 1) cursor.skip(1);
  else cursor.uleb();
  const rows = runProgram(cursor, { register: STACK_POINTER[file.machine] ?? 0, offset: 0 }, 0, { codeStep, dataStep });
  return { codeStep, dataStep, addressSize, initial: rows.at(-1)!.state };
}

interface Row {
  readonly address: number;
  readonly state: State;
}

function readFrame(file: LinkedFile, common: Common, cursor: Cursor): StackFrame {
  const { machine } = file;
  const start = cursor.unsigned(common.addressSize);
  const end = start + cursor.unsigned(common.addressSize);
  const rows = runProgram(cursor, common.initial, start, common);
  const bySp = (state: State) => state.register === STACK_POINTER[machine];
  const inCode = machine === EM_386 || machine === EM_X86_64 ? frameInCode(file, start, end, rows, bySp) : undefined;
  if (inCode !== undefined) return inCode;
  const most = Math.max(...rows.map(({ state }) => state.offset));
  const find = (address: number) => rows[firstNotBelow(rows.length, (i) => rows[i]!.address <= address) - 1];
  return {
    start,
    end,
    most,
    isDynamic: rows.some(({ state }) => !bySp(state)),
    at: (address) => {
      const row = find(address);
      return row === undefined || !bySp(row.state) ? most : row.state.offset;
    },
  };
}

/**
 * The frame of a function on x86 or x64 whose description names a register that points to it: what is pushed below that
 * is in the code. A part that begins with such a frame, because another part has made it, is none.
 */
function frameInCode(
  { machine, sections }: LinkedFile,
  start: number,
  end: number,
  rows: readonly Row[],
  bySp: (state: State) => boolean,
): StackFrame | undefined {
  const code = sections.find(({ name }) => name === '.text');
  const atStart = rows.filter(({ address }) => address === start).at(-1);
  if (code === undefined || rows.every(({ state }) => bySp(state))) return undefined;
  if (atStart !== undefined && !bySp(atStart.state)) return undefined;
  const { at, most, isDynamic } = depthsInCode(code, start, end, machine === EM_X86_64);
  return { start, end, most, isDynamic, at: (address) => at.get(address) ?? most };
}

/** The rule for the canonical frame address, wherever it changes. */
function runProgram(
  cursor: Cursor,
  initial: State,
  start: number,
  { codeStep, dataStep }: Pick<Common, 'codeStep' | 'dataStep'>,
): Row[] {
  let [state, address] = [initial, start];
  const kept: State[] = [];
  const rows: Row[] = [{ address, state }];
  const set = (change: Partial<State>) => {
    state = { ...state, ...change };
    rows.push({ address, state });
  };
  while (!cursor.isAtEnd) {
    const opcode = cursor.unsigned(1);
    const width = ADVANCES[opcode];
    if (opcode >> 6 === 1) address += (opcode & 0x3f) * codeStep;
    else if (opcode >> 6 === 2) cursor.uleb();
    else if (opcode >> 6 === 3) continue;
    else if (width !== undefined) address += cursor.unsigned(width) * codeStep;
    else if (opcode === 0x0a) kept.push(state);
    else if (opcode === 0x0b) set(kept.pop() ?? initial);
    else if (opcode === 0x0c) set({ register: cursor.uleb(), offset: cursor.uleb() });
    else if (opcode === 0x0d) set({ register: cursor.uleb() });
    else if (opcode === 0x0e) set({ offset: cursor.uleb() });
    else if (opcode === 0x12) set({ register: cursor.uleb(), offset: cursor.sleb() * dataStep });
    else if (opcode === 0x13) set({ offset: cursor.sleb() * dataStep });
    else if (opcode === 0x0f) {
      cursor.skip(cursor.uleb());
      set({ register: -1 });
    } else skipOperands(cursor, opcode);
  }
  return rows;
}
