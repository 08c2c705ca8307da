/**
 * The routines that code compiled with -msave-restore calls at the start and end of functions: `__riscv_save_N` makes a
 * frame and puts the return address and N registers (s0 on) there, `__riscv_restore_N` gets them back and returns to
 * the function's caller. Frames are multiples of 16 bytes, and registers lie from their upper end down: ra, s0, s1, and
 * so on. The save routines are called with the return address in t0 and may change t1; a frame may hold more registers
 * than were asked for. This is what GCC and LLVM take for granted, and what their own run-time libraries do.
 */
import type { Arch } from '../../../arch/index.ts';
import { type Chunk, LINKER, makeChunk } from '../../model/model.ts';
import { bits, halves } from '../types.ts';

export interface RoutineName {
  readonly kind: 'save' | 'restore';
  /** N: how many of the registers from s0 on. */
  readonly count: number;
}

/** Undefined for other names. */
export function readRoutineName(name: string): RoutineName | undefined {
  const [, kind, count] = /^__riscv_(save|restore)_(\d|1[0-2])$/.exec(name) ?? [];
  return kind === undefined ? undefined : { kind: kind as RoutineName['kind'], count: Number(count) };
}

/** One of the routines by itself. */
export function provideSaveRestore({ wordSize }: Arch, name: string): readonly Chunk[] | undefined {
  const routine = readRoutineName(name);
  if (routine === undefined) return undefined;
  const { kind, count } = routine;
  const { code } = makeRoutines(kind, new Map([[frameSize(count, wordSize), count]]), wordSize);
  return [routineChunk(name, code)];
}

/** Which routine a chunk of `provideSaveRestore` holds. */
export function routineOf({ object, symbol }: Chunk): RoutineName | undefined {
  return object === LINKER && symbol !== undefined ? readRoutineName(symbol) : undefined;
}

export function routineChunk(name: string, data: Uint8Array): Chunk {
  return makeChunk({ name: `.stub.${name}`, symbol: name, role: 'text', align: 2, size: data.length, data });
}

/** Bytes of the frame for N registers and the return address. */
export function frameSize(count: number, wordSize: number): number {
  return Math.ceil(((count + 1) * wordSize) / 16) * 16;
}

/**
 * What a function does itself instead of calling the routine; the code for saving goes on behind it, that for restoring
 * returns.
 */
export function inlineCode({ kind, count }: RoutineName, wordSize: 4 | 8): Uint8Array {
  const frame = frameSize(count, wordSize);
  const moves = range(0, count).map((i) => access(kind, i, frame, wordSize));
  return kind === 'save' ? halves(moveSp(-frame), ...moves) : halves(...moves, moveSp(frame), RET);
}

/** Code with entries for some frame sizes. */
export interface Routines {
  readonly code: Uint8Array;
  /** Frame size → byte offset. */
  readonly entries: ReadonlyMap<number, number>;
  /** Frame size → how many registers from s0 on are moved. */
  readonly counts: ReadonlyMap<number, number>;
}

/** @param needs largest N asked for of each frame size (bytes) */
export function makeRoutines(kind: RoutineName['kind'], needs: ReadonlyMap<number, number>, wordSize: 4 | 8): Routines {
  const frames = [...needs].map(([frame, count]) => ({ frame, count })).sort((a, b) => b.frame - a.frame);
  if (frames.length === 0) return assemble([]);
  if (kind === 'restore') return assemble([restoreChain(frames, wordSize)]);
  const single = frames.map((need) => saveChain([need], wordSize));
  const options = [[saveChain(frames, wordSize)], single];
  if (frames.length > 2) options.push([saveChain(frames.slice(0, -1), wordSize), ...single.slice(-1)]);
  return options.map(assemble).reduce((best, next) => (next.code.length < best.code.length ? next : best));
}

interface Need {
  readonly frame: number;
  readonly count: number;
}

/** Code in 16-bit pieces, and the index where each frame size enters. */
interface Chain {
  readonly code: readonly number[];
  readonly entries: ReadonlyMap<number, number>;
  readonly counts: ReadonlyMap<number, number>;
}

function assemble(chains: readonly Chain[]): Routines {
  const code: number[] = [];
  const entries = new Map<number, number>();
  for (const chain of chains) {
    for (const [frame, index] of chain.entries) entries.set(frame, 2 * (code.length + index));
    code.push(...chain.code);
  }
  return { code: halves(...code), entries, counts: new Map(chains.flatMap(({ counts }) => [...counts])) };
}

/** All make the largest frame, and give back what is too much at the end. */
function saveChain(needs: readonly Need[], wordSize: 4 | 8): Chain {
  const code: number[] = [];
  const entries = new Map<number, number>();
  const counts = countsOf(needs, wordSize);
  const largest = needs[0]?.frame ?? 0;
  needs.forEach(({ frame }, i) => {
    entries.set(frame, code.length);
    code.push(moveSp(-largest));
    if (needs.length > 1) code.push(loadT1((largest - frame) / 16));
    const next = needs[i + 1];
    const registers = range(next === undefined ? 0 : next.frame / wordSize, counts.get(frame)!);
    code.push(...registers.map((r) => access('save', r, largest, wordSize)));
    if (next !== undefined) code.push(SKIP_TWO);
  });
  if (needs.length > 1) code.push(SHIFT_T1, ADD_T1);
  code.push(JR_T0);
  return { code, entries, counts };
}

/** Each takes its frame down to the next smaller one, and goes on there. */
function restoreChain(needs: readonly Need[], wordSize: 4 | 8): Chain {
  const code: number[] = [];
  const entries = new Map<number, number>();
  const counts = countsOf(needs, wordSize);
  needs.forEach(({ frame }, i) => {
    entries.set(frame, code.length);
    const smaller = needs[i + 1]?.frame ?? 0;
    const registers = range(smaller / wordSize, counts.get(frame)!);
    code.push(...registers.map((r) => access('restore', r, frame, wordSize)), moveSp(frame - smaller));
  });
  return { code: [...code, RET], entries, counts };
}

/** Larger frames need all registers of the smaller ones whose code they share. */
function countsOf(needs: readonly Need[], wordSize: number): Map<number, number> {
  return new Map(needs.map(({ frame, count }, i) => [frame, i === 0 ? count : frame / wordSize - 1]));
}

/** The last first, as the registers lie in memory. */
function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => last - i);
}

const RET = 0x8082;
const JR_T0 = 0x8282;
/** `c.j` over the two instructions at the next entry. */
const SKIP_TWO = 0xa019;
/** c.slli t1, 4 */
const SHIFT_T1 = 0x0312;
/** c.add sp, t1 */
const ADD_T1 = 0x911a;

/** c.li t1 */
function loadT1(value: number): number {
  return 0x4301 | (bits(value, 4, 0) << 2);
}

/** c.addi16sp */
function moveSp(by: number): number {
  return (
    0x6101 |
    (bits(by, 9, 9) << 12) |
    (bits(by, 4, 4) << 6) |
    (bits(by, 6, 6) << 5) |
    (bits(by, 8, 7) << 3) |
    (bits(by, 5, 5) << 2)
  );
}

/** Number of the register in slot `i` from the upper end of a frame: ra, s0, s1, s2 to s11. */
function registerAt(i: number): number {
  return i === 0 ? 1 : i <= 2 ? 7 + i : 15 + i;
}

/** c.swsp, c.sdsp, c.lwsp or c.ldsp. */
function access(kind: RoutineName['kind'], i: number, frame: number, wordSize: 4 | 8): number {
  const register = registerAt(i);
  const at = frame - wordSize * (i + 1);
  if (kind === 'save') {
    return wordSize === 4
      ? 0xc002 | (bits(at, 5, 2) << 9) | (bits(at, 7, 6) << 7) | (register << 2)
      : 0xe002 | (bits(at, 5, 3) << 10) | (bits(at, 8, 6) << 7) | (register << 2);
  }
  return wordSize === 4
    ? 0x4002 | (bits(at, 5, 5) << 12) | (register << 7) | (bits(at, 4, 2) << 4) | (bits(at, 7, 6) << 2)
    : 0x6002 | (bits(at, 5, 5) << 12) | (register << 7) | (bits(at, 4, 3) << 5) | (bits(at, 8, 6) << 2);
}
