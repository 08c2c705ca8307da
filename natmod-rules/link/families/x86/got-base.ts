/**
 * How 32-bit x86 code gets the address of the GOT. Compilers write, at the start of nearly every function,
 *
 *   call __x86.get_pc_thunk.bx     a routine that returns its return address
 *   add  $_GLOBAL_OFFSET_TABLE_, %ebx
 *
 * The firmware's loader completes addresses in words of the code, so a routine can have the GOT's own, and the addition
 * goes: fewer bytes and fewer instructions. Offsets of slots are small, and take a byte of the instruction in place of
 * four. Document: System V ABI, Intel386 Architecture Processor Supplement, "Position-Independent Function Prologue".
 */
import type { ElfSymbol, Relocation } from '../../../elf/object.ts';
import { type Chunk, LINKER, makeChunk, type Target } from '../../model/model.ts';
import { type Edit, editChunks } from '../../shrink/edit.ts';
import { PlaceNames } from '../../shrink/place-names.ts';
import { madeSymbol, type Program, type Replacement, replaceChunks } from '../../shrink/program.ts';
import { isInt } from '../types.ts';
import { R_386 } from './constants.ts';
import { type Line, pinnedChunks, readFunction } from './read-function.ts';

/** Bytes of a call or jump with a distance of 32 bits. */
const CALL_SIZE = 5;

/** What replaces the lines of a function from `first` on. */
interface Change {
  readonly first: number;
  readonly lines: number;
  readonly code: Uint8Array;
  readonly relocation: Relocation;
  /** Register that gets the address of the GOT. */
  readonly register?: number;
}

interface Reading {
  readonly chunk: Chunk;
  readonly lines: readonly Line[];
  readonly changes: readonly Change[];
}

/**
 * The program with the address of the GOT from routines that know it, where that takes fewer bytes.
 * @param isMerged the GOT will have one slot for each target, that of the firmware's function table first
 */
export function shareGotBase(program: Program, isMerged: boolean): Program {
  const thunks = new Map<Chunk, number>();
  for (const chunk of program.chunks) {
    const register = registerOfThunk(chunk);
    if (register !== undefined) thunks.set(chunk, register);
  }
  const pinned = pinnedChunks(program);
  const hasShortSlots = isMerged && countSlots(program) <= MOST_SHORT_SLOTS;
  const readings = program.chunks.flatMap((chunk) => {
    const lines = pinned.has(chunk) ? undefined : readFunction(program, chunk);
    if (lines === undefined) return [];
    const pairs = findPairs(program, chunk, lines, thunks);
    return [{ chunk, lines, changes: hasShortSlots ? [...pairs, ...shortSlots(program, chunk, lines)] : pairs }];
  });
  const worth = registersThatPay(readings);
  const routines = makeRoutines(worth);
  const edits = new Map<Chunk, readonly Edit[]>();
  const labels = new Map<ElfSymbol, Target>();
  for (const { chunk, lines, changes } of readings) {
    const own = changes.filter(({ register }) => register === undefined || worth.includes(register));
    if (own.length === 0) continue;
    for (const { register, relocation } of own)
      if (register !== undefined)
        labels.set(relocation.symbol, { kind: 'chunk', chunk: routines, offset: startOf(worth.indexOf(register)) });
    edits.set(chunk, [...own.map((change) => editOf(lines, change)), ...jumpEdits(chunk, lines, own, labels)]);
  }
  if (edits.size === 0) return program;
  const edited = editChunks(program, edits, labels);
  return withRoutines(edited, thunks, routines, worth);
}

/** `mov (%esp), %reg; ret`. */
function registerOfThunk({ role, data }: Chunk): number | undefined {
  if (role !== 'text' || data.length !== 4) return undefined;
  const isThunk = data[0] === 0x8b && (data[1]! & 0xc7) === 4 && data[2] === 0x24 && data[3] === 0xc3;
  return isThunk ? data[1]! >> 3 : undefined;
}

/** Slots whose offset a signed byte holds. */
const MOST_SHORT_SLOTS = 32;

function countSlots({ rules, chunks, resolve }: Program): number {
  const names = new PlaceNames();
  const slots = new Set<string>();
  for (const { relocations } of chunks)
    for (const { type, symbol } of relocations)
      if (rules.types.get(type)?.expression === 'got') slots.add(names.of(resolve(symbol)));
  return slots.size;
}

/** A call of a thunk and the addition behind it. */
function findPairs(
  { resolve }: Program,
  { data }: Chunk,
  lines: readonly Line[],
  thunks: ReadonlyMap<Chunk, number>,
): Change[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const targets = new Set(lines.map(({ settled }) => settled));
  return lines.flatMap((line, first) => {
    const [call] = line.relocations;
    const after = lines[first + 1];
    const [add] = after?.relocations ?? [];
    if (call === undefined || add === undefined || after === undefined) return [];
    if (line.flow !== 'call' || line.modRm !== undefined || add.type !== R_386.GOTPC || targets.has(after.at))
      return [];
    const target = resolve(call.symbol);
    const register = target.kind === 'chunk' && target.offset === 0 ? thunks.get(target.chunk) : undefined;
    const isCall = view.getInt32(call.offset, true) + call.addend === -4;
    const fromHere = view.getInt32(add.offset, true) + add.addend === add.offset - after.at;
    if (register === undefined || !isCall || !fromHere || addedTo(data, after) !== register) return [];
    const symbol = madeSymbol(call.symbol, `${LINKER}.got`);
    const relocation = { ...call, offset: 1, symbol, addend: 0 };
    return [{ first, lines: 2, code: Uint8Array.of(0xe8, ...MINUS_4), relocation, register }];
  });
}

/** The addend of a distance that is counted from behind its field. */
const MINUS_4 = [0xfc, 0xff, 0xff, 0xff];
const MINUS_1 = 0xff;

/** Register of `add $constant, %reg`. */
function addedTo(data: Uint8Array, { at, size }: Line): number | undefined {
  if (size === 5 && data[at] === 0x05) return 0;
  const isAddition = size === 6 && data[at] === 0x81 && (data[at + 1]! & 0xf8) === 0xc0;
  return isAddition ? data[at + 1]! & 7 : undefined;
}

/** Loads of slots at a distance of four bytes from a register, with one of one byte; none for the first slot. */
function shortSlots({ resolve }: Program, { data }: Chunk, lines: readonly Line[]): Change[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return lines.flatMap(({ at, size, modRm, relocations }, first) => {
    const [slot] = relocations;
    if (slot === undefined || relocations.length !== 1 || modRm === undefined || data[modRm]! >> 6 !== 2) return [];
    const { type, offset, addend, symbol } = slot;
    if ((type !== R_386.GOT32 && type !== R_386.GOT32X) || addend !== 0 || view.getInt32(offset, true) !== 0) return [];
    const hasSib = (data[modRm]! & 7) === 4;
    if (offset !== modRm + (hasSib ? 2 : 1)) return [];
    // Without a distance, the number of this register says that there is no register.
    const mustHave = (data[offset - 1]! & 7) === EBP;
    const isFirst = resolve(symbol).kind === 'fun-table' && !mustHave;
    const before = Uint8Array.from(data.subarray(at, offset));
    before[modRm - at] = (data[modRm]! & 0x3f) | (isFirst ? 0 : 0x40);
    const code = Uint8Array.from([...before, ...(isFirst ? [] : [0]), ...data.subarray(offset + 4, at + size)]);
    const relocation = isFirst
      ? { ...slot, type: R_386.GOT0, offset: modRm - at }
      : { ...slot, type: R_386.GOT8, offset: offset - at };
    return [{ first, lines: 1, code, relocation }];
  });
}

const EBP = 5;

/** Registers whose routine takes fewer bytes than it saves; each saves at least 5 for a use. */
function registersThatPay(readings: readonly Reading[]): readonly number[] {
  const uses = new Map<number, number>();
  for (const { register } of readings.flatMap(({ changes }) => changes))
    if (register !== undefined) uses.set(register, (uses.get(register) ?? 0) + 1);
  return [...uses].filter(([, count]) => count * CALL_SIZE > ROUTINE_COST).map(([register]) => register);
}

/** Bytes from one routine to the next, so that their addresses lie at multiples of a word. */
const ROUTINE_STEP = 8;
/** Bytes of a routine and of the loader's record for its address. */
const ROUTINE_COST = ROUTINE_STEP + 4;

const startOf = (number: number) => 3 + ROUTINE_STEP * number;

/** `mov $GOT, %reg; ret` for each register. */
function makeRoutines(registers: readonly number[]): Chunk {
  const size = startOf(registers.length) - 2;
  const data = new Uint8Array(Math.max(size, 0)).fill(0x90);
  registers.forEach((register, i) => {
    data.set([0xb8 | register, 0, 0, 0, 0, 0xc3], startOf(i));
  });
  const words = registers.map((_, i) => ({ offset: startOf(i) + 1, target: { kind: 'got' as const }, addend: 0 }));
  const symbol = 'get_got';
  return makeChunk({ name: `.stub.${symbol}`, symbol, role: 'text', align: 4, size: data.length, data, words });
}

function editOf(lines: readonly Line[], { first, lines: count, code, relocation }: Change): Edit {
  const size = lines.slice(first, first + count).reduce((sum, line) => sum + line.size, 0);
  return { at: lines[first]!.at, size, code, relocations: [relocation] };
}

/** Jumps within the function, whose distances change, each in its shortest form. */
function jumpEdits(
  chunk: Chunk,
  lines: readonly Line[],
  changes: readonly Change[],
  labels: Map<ElfSymbol, Target>,
): Edit[] {
  const sizes = shortestSizes(lines, changes);
  const like = chunk.relocations[0]!;
  const symbolAt = new Map<number, ElfSymbol>();
  return lines.flatMap(({ at, size, flow, settled }, i) => {
    if (settled === undefined) return [];
    const symbol = symbolAt.get(settled) ?? madeSymbol(like.symbol, `${LINKER}.label`);
    symbolAt.set(settled, symbol);
    labels.set(symbol, { kind: 'chunk', chunk, offset: settled });
    const isShort = sizes[i] === 2;
    const code = Uint8Array.from([...opcodeOf(chunk.data, at, flow, isShort), ...(isShort ? [MINUS_1] : MINUS_4)]);
    const field = isShort ? { type: R_386.PC8, offset: 1 } : { type: R_386.PC32, offset: code.length - 4 };
    return [{ at, size, code, relocations: [{ ...like, ...field, symbol, addend: 0 }] }];
  });
}

function opcodeOf(data: Uint8Array, at: number, flow: Line['flow'], isShort: boolean): readonly number[] {
  const opcode = data[at]!;
  if (flow === 'jump') return [isShort ? 0xeb : 0xe9];
  if (!isShort) return opcode === 0x0f ? [opcode, data[at + 1]!] : [opcode];
  return opcode === 0x0f ? [data[at + 1]! - 0x10] : [opcode];
}

/** Bytes of every line; code only gets shorter, so that what is near once stays near. */
function shortestSizes(lines: readonly Line[], changes: readonly Change[]): readonly number[] {
  const sizes = lines.map(({ size }) => size);
  for (const { first, lines: count, code } of changes) {
    sizes.fill(0, first, first + count);
    sizes[first] = code.length;
  }
  const numbers = new Map(lines.map(({ at }, i) => [at, i]));
  for (let changed = true; changed; ) {
    changed = false;
    const starts = [0];
    for (const size of sizes) starts.push(starts.at(-1)! + size);
    lines.forEach(({ settled, flow }, i) => {
      if (settled === undefined || flow === 'call' || sizes[i] === 2) return;
      const to = numbers.get(settled)!;
      const from = starts[i]! + (to > i ? sizes[i]! : 2);
      if (!isInt(8, starts[to]! - from)) return;
      sizes[i] = 2;
      changed = true;
    });
  }
  return sizes;
}

/** With the new routines, which take the place of thunks that nothing calls any more. */
function withRoutines(
  program: Program,
  thunks: ReadonlyMap<Chunk, number>,
  routines: Chunk,
  registers: readonly number[],
): Program {
  if (registers.length === 0) return program;
  const used = new Set<Chunk>([program.entry.chunk]);
  for (const { relocations, words } of program.chunks) {
    for (const target of [...relocations.map(({ symbol }) => program.resolve(symbol)), ...words.map((w) => w.target)])
      if (target.kind === 'chunk') used.add(target.chunk);
  }
  const replacements = new Map<Chunk, Replacement>();
  for (const [chunk, register] of thunks) {
    const start = startOf(registers.indexOf(register));
    if (!used.has(chunk) && registers.includes(register))
      replacements.set(chunk, { chunk: routines, moved: (offset) => start + offset });
  }
  const replaced = replaceChunks(program, replacements);
  return replaced.chunks.includes(routines) ? replaced : { ...replaced, chunks: [...replaced.chunks, routines] };
}
