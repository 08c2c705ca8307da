/**
 * How deep the stack is at every instruction of a function on x86 and x64. Where a register points to the frame, its
 * description names only that register; what is pushed for calls is in the code alone.
 */
import { readX86, type X86Instruction } from '../link/families/x86/length.ts';

/** Bytes of machine code with the address that they have. */
export interface Code {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface CodeDepths {
  /** Bytes, from the caller's stack pointer before the call, at the address of an instruction. */
  readonly at: ReadonlyMap<number, number>;
  readonly most: number;
  /** A register is subtracted from the stack pointer: a variable-length array, `alloca`. */
  readonly isDynamic: boolean;
}

/** How deep it is before an instruction, and where the frame register points, in the same bytes. */
interface State {
  readonly depth: number;
  readonly base: number | undefined;
}

/** Numbers of registers. */
const [SP, BP] = [4, 5];

/**
 * Follows a function from its start, through both ways of every branch.
 * @param start of the function @param end behind it
 */
export function depthsInCode(code: Code, start: number, end: number, is64: boolean): CodeDepths {
  const word = is64 ? 8 : 4;
  const states = new Map<number, State>();
  let isDynamic = false;
  let most = word;
  /** At a jump through a table; what no other way leads to begins as deep. */
  let atTable: State | undefined;
  const work: [number, State][] = [];
  const reach = (address: number, state: State) => {
    const before = states.get(address);
    // Behind a call that does not come back the arguments are still there; the true way is less deep.
    if (address < start || address >= end || (before !== undefined && before.depth <= state.depth)) return;
    states.set(address, state);
    work.push([address, state]);
  };
  const walk = () => {
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const [address, state] = next;
      if (states.get(address) !== state) continue;
      const read = readX86(code.bytes, address - code.address, is64);
      if (read === undefined) continue;
      const step = follow(code, address, read, state, word);
      most = Math.max(most, state.depth, step.state.depth);
      if (step.isDynamic) isDynamic = true;
      if (step.isTable) atTable = state;
      for (const to of step.to) reach(to, step.state);
    }
  };
  reach(start, { depth: word, base: undefined });
  walk();
  while (atTable !== undefined) {
    const missed = firstMissed(code, start, end, is64, states);
    if (missed === undefined) break;
    reach(missed, atTable);
    walk();
  }
  return { at: new Map([...states].map(([address, { depth }]) => [address, depth])), most, isDynamic };
}

/** The first instruction behind known ones that nothing has led to. */
function firstMissed(
  { bytes, address }: Code,
  start: number,
  end: number,
  is64: boolean,
  states: ReadonlyMap<number, State>,
): number | undefined {
  for (let at = start; at < end; ) {
    if (!states.has(at)) return at;
    const read = readX86(bytes, at - address, is64);
    if (read === undefined) return undefined;
    at += read.size;
  }
  return undefined;
}

interface Step {
  readonly state: State;
  /** Where it goes on, as far as that is said there. */
  readonly to: readonly number[];
  readonly isDynamic?: boolean;
  readonly isTable?: boolean;
}

function follow(code: Code, address: number, read: X86Instruction, state: State, word: number): Step {
  const { bytes } = code;
  const { size, opcode, modrm } = read;
  const next = address + size;
  const end = next - code.address;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const near = () => next + view.getInt32(end - 4, true);
  const short = () => next + view.getInt8(end - 1);
  const operation = modrm === undefined ? 0 : (bytes[modrm]! >> 3) & 7;
  if (opcode === 0xe8) {
    const target = near();
    // `call 1f; 1: pop` tells a function where it is: the way back is on the stack.
    if (target === next) return { state: moved(state, word), to: [next] };
    return { state: moved(state, -poppedBy(code, target, word === 8)), to: [next] };
  }
  if (opcode === 0xe9) return { state, to: [near()] };
  if (opcode === 0xeb) return { state, to: [short()] };
  if ((opcode & 0xf0) === 0x70 || (opcode >= 0xe0 && opcode <= 0xe3)) return { state, to: [next, short()] };
  if ((opcode & 0xfff0) === 0x0f80) return { state, to: [next, near()] };
  if (opcode === 0xff && operation === 4) return { state, to: [], isTable: true };
  if ([0xc2, 0xc3, 0xcc, 0xf4, 0x0f0b].includes(opcode)) return { state, to: [] };
  const isDynamic = changesByRegister(bytes, read);
  return { state: isDynamic ? state : changed(bytes, view, read, state, word), to: [next], isDynamic };
}

function moved(state: State, bytes: number): State {
  return bytes === 0 ? state : { ...state, depth: Math.max(state.depth + bytes, 0) };
}

/** What an instruction without a jump does to the stack pointer and to the frame register. */
function changed(bytes: Uint8Array, view: DataView, read: X86Instruction, state: State, word: number): State {
  const { opcode, modrm } = read;
  if ((opcode & 0xf8) === 0x50 || opcode === 0x68 || opcode === 0x6a || opcode === 0x9c) return moved(state, word);
  if ((opcode & 0xf8) === 0x58 || opcode === 0x9d) {
    const isFrame = opcode === 0x58 + BP && (read.rex & 1) === 0;
    return { depth: Math.max(state.depth - word, 0), base: isFrame ? undefined : state.base };
  }
  if (opcode === 0xc9) return { depth: (state.base ?? state.depth) - word, base: undefined };
  if (modrm === undefined) return state;
  const { mode, register, other } = operands(bytes, read);
  if (opcode === 0xff && (register & 7) === 6) return moved(state, word);
  if (opcode === 0x8f) return moved(state, -word);
  if ((opcode === 0x83 || opcode === 0x81) && mode === 3 && other === SP) {
    const value = opcode === 0x83 ? view.getInt8(modrm + 1) : view.getInt32(modrm + 1, true);
    if ((register & 7) === 5) return moved(state, value);
    if ((register & 7) === 0) return moved(state, -value);
    // An alignment takes at most what it can, for words that are aligned.
    return (register & 7) === 4 ? moved(state, Math.max(-value - word, 0)) : state;
  }
  const [to, from] = opcode === 0x89 ? [other, register] : [register, other];
  if ((opcode === 0x89 || opcode === 0x8b) && mode === 3) {
    if (to === BP && from === SP) return { ...state, base: state.depth };
    return to === SP && from === BP && state.base !== undefined ? { ...state, depth: state.base } : state;
  }
  if (opcode !== 0x8d || register !== SP) return state;
  const start = other === BP ? state.base : other === SP ? state.depth : undefined;
  if (start === undefined || mode === 3) return state;
  const at = modrm + ((bytes[modrm]! & 7) === SP ? 2 : 1);
  const distance = mode === 0 ? 0 : mode === 1 ? view.getInt8(at) : view.getInt32(at, true);
  return { ...state, depth: Math.max(start - distance, 0) };
}

/** `sub %eax,%esp`, `mov %eax,%esp`, `lea (%esp,%eax),%esp`. */
function changesByRegister(bytes: Uint8Array, read: X86Instruction): boolean {
  const { opcode, modrm } = read;
  if (modrm === undefined) return false;
  const { mode, register, other } = operands(bytes, read);
  if (opcode === 0x29) return mode === 3 && other === SP;
  if (opcode === 0x2b) return register === SP;
  if (opcode === 0x89) return mode === 3 && other === SP && register !== BP;
  if (opcode === 0x8b) return register === SP && !(mode === 3 && other === BP);
  const hasIndex = (bytes[modrm]! & 7) === SP && ((bytes[modrm + 1] ?? 0) >> 3) % 8 !== SP;
  return opcode === 0x8d && register === SP && mode !== 3 && hasIndex;
}

function operands(bytes: Uint8Array, { modrm, rex }: X86Instruction) {
  const byte = bytes[modrm!]!;
  return { mode: byte >> 6, register: ((byte >> 3) & 7) | ((rex & 4) << 1), other: (byte & 7) | ((rex & 1) << 3) };
}

/** Code that is looked at for the end of a function. */
const MOST_READ = 4096;

/** What a function takes from the stack when it returns, of those that give structures back. */
function poppedBy({ bytes, address }: Code, target: number, is64: boolean): number {
  let at = target - address;
  if (is64 || at < 0) return 0;
  for (const last = at + MOST_READ; at < last; ) {
    const read = readX86(bytes, at, is64);
    if (read === undefined || read.opcode === 0xc3) return 0;
    if (read.opcode === 0xc2) return bytes[at + 1]! | (bytes[at + 2]! << 8);
    at += read.size;
  }
  return 0;
}
