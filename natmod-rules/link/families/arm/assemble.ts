/**
 * Puts Thumb code together again: every branch in its shortest form that reaches, and relocations for what is
 * elsewhere. Document: Armv7-M Architecture Reference Manual, A7.7 (`B`, `CBNZ, CBZ`, `LDR (literal)`, `TBB, TBH`).
 */
import type { ElfSymbol, Relocation } from '../../../elf/object.ts';
import { halves } from '../types.ts';
import { LITERAL_SINGLE, R_ARM } from './constants.ts';
import {
  COMPARE_BRANCH,
  type DistanceField,
  FAR_BRANCH,
  FAR_CONDITION,
  FLOAT_LOAD,
  fits,
  type Halfwords,
  halfwordsAt,
  NARROW_LOAD,
  SHORT_BRANCH,
  SHORT_CONDITION,
  WIDE_LOAD,
  wordBehind,
} from './fields.ts';
import {
  type Code,
  type Line,
  type Literal,
  registerOf,
  sizeOfLine,
  sizeOfTable,
  type Table,
  type ThumbFunction,
  targetsOf,
} from './lines.ts';

export interface Assembled {
  readonly data: Uint8Array;
  readonly relocations: readonly Relocation[];
  /** Where the function's lines begin, in their order. Byte offsets. */
  readonly starts: readonly number[];
  /** New byte offsets of instructions by their old ones, in ascending order. */
  readonly moved: Map<number, number>;
  /** Bytes. */
  readonly align: 2 | 4;
}

/**
 * @param heir the line that is now where a line was
 * @param symbolOf what stands for a literal of the pools behind functions
 * @returns undefined when a branch does not reach any more that has no longer form
 */
export function assemble(
  { lines }: ThumbFunction,
  isThumb1: boolean,
  heir: (line: Line) => Line,
  symbolOf: (literal: Literal) => ElfSymbol,
): Assembled | undefined {
  const long = new Set<Code>();
  const isSmall = lines.reduce((sum, line) => sum + sizeOfLine(line), 0) <= SMALL;
  const targets = new Set<Line>();
  for (const line of lines) for (const target of targetsOf(line)) targets.add(heir(target));
  for (;;) {
    const size = (code: Code) => sizeOf(code, long.has(code), isSmall);
    const offsets = offsetsOf(lines, targets, size);
    const written = write(lines, { offsets, size, long, heir, symbolOf, isThumb1, isSmall });
    if (written === 'again') continue;
    return written;
  }
}

/** Bytes of a function from everywhere in which a load of 16 bits reaches a pool behind it, even one that it shares. */
const SMALL = 800;

interface Context {
  readonly offsets: Offsets;
  /** Bytes. */
  readonly size: (code: Code) => number;
  /** Branches that need their long form. Those that turn out to are added. */
  readonly long: Set<Code>;
  readonly heir: (line: Line) => Line;
  readonly symbolOf: (literal: Literal) => ElfSymbol;
  readonly isThumb1: boolean;
  /** All loads from the pool behind may be short. */
  readonly isSmall: boolean;
}

interface Offsets {
  /** Of all lines, in order. */
  readonly starts: readonly number[];
  readonly targets: ReadonlyMap<Line, number>;
  readonly literals: ReadonlyMap<Line, ReadonlyMap<Literal, number>>;
  readonly size: number;
}

/** @param wanted lines that something goes to */
function offsetsOf(all: readonly Line[], wanted: ReadonlySet<Line>, size: (code: Code) => number): Offsets {
  const starts: number[] = [];
  const targets = new Map<Line, number>();
  const literals = new Map<Line, Map<Literal, number>>();
  let at = 0;
  for (const line of all) {
    if (line.pool !== undefined) at = (at + 3) & ~3;
    starts.push(at);
    if (wanted.has(line)) targets.set(line, at);
    for (const code of line.parts) at += size(code);
    if (line.table !== undefined) at += sizeOfTable(line.table);
    if (line.pool === undefined) continue;
    const own = new Map<Literal, number>();
    literals.set(line, own);
    for (const literal of line.pool) {
      own.set(literal, at);
      at += literal.bytes.length;
    }
  }
  return { starts, targets, literals, size: at };
}

/** Bytes. */
function sizeOf(code: Code, isLong: boolean, isSmall: boolean): 2 | 4 {
  const { flow, target, literal, pool } = code;
  if (flow.kind === 'branch' && target !== undefined) return flow.form === 'cbz' || !isLong ? 2 : 4;
  if (literal !== undefined && pool === undefined && literal.form === 'ldr.w') return isNarrow(code, isSmall) ? 2 : 4;
  return code.size;
}

function isNarrow(code: Code, isSmall: boolean): boolean {
  return code.size === 2 || (isSmall && registerOf(code) < 8);
}

function write(lines: readonly Line[], context: Context): Assembled | 'again' | undefined {
  const { offsets, size, long } = context;
  const data = new Uint8Array(offsets.size);
  const relocations: Relocation[] = [];
  const moved = new Map<number, number>();
  const known = long.size;
  let isAligned = false;
  for (const [i, line] of lines.entries()) {
    let at = offsets.starts[i]!;
    let end = at;
    for (const code of line.parts) {
      at = end;
      // What the offsets were counted with: a branch that turns out to be far makes all be counted again.
      end += size(code);
      const bytes = bytesOf(code, at, context, relocations);
      if (bytes === undefined) return undefined;
      if (bytes !== 'too far') data.set(bytes, at);
      if (code.old !== undefined) moved.set(code.old, at);
    }
    if (line.table !== undefined && !writeTable(line.table, at + 4, data, context)) return undefined;
    for (const [{ bytes, relocation }, there] of offsets.literals.get(line) ?? []) {
      data.set(bytes, there);
      if (relocation !== undefined) relocations.push({ ...relocation, offset: there });
      isAligned = true;
    }
  }
  if (long.size > known) return 'again';
  return { data, relocations, starts: offsets.starts, moved, align: isAligned ? 4 : 2 };
}

function bytesOf(
  code: Code,
  at: number,
  context: Context,
  relocations: Relocation[],
): Uint8Array | 'too far' | undefined {
  const { relocation, loads, target, bytes, pool } = code;
  if (relocation !== undefined) relocations.push({ ...relocation, offset: at });
  if (target !== undefined) {
    const there = context.offsets.targets.get(context.heir(target));
    return there === undefined ? undefined : branchTo(code, there - at - 4, context);
  }
  if (loads === undefined) return bytes;
  if (pool !== undefined) {
    const there = context.offsets.literals.get(pool)?.get(loads);
    const field = LOADS[code.literal!.form];
    return there === undefined ? undefined : written(field, halfwordsOf(code), there - wordBehind(at));
  }
  const symbol = context.symbolOf(loads);
  const { form } = code.literal!;
  if (form !== 'ldr.n' && form !== 'ldr.w') {
    relocations.push({ offset: at, type: LITERAL_SINGLE, symbol, addend: -4 });
    return bytes;
  }
  const register = registerOf(code);
  const narrow = isNarrow(code, context.isSmall);
  relocations.push({ offset: at, type: narrow ? R_ARM.THM_PC8 : R_ARM.THM_PC12, symbol, addend: 0 });
  // The fields hold the addend, -4.
  return narrow ? halves(0x48ff | (register << 8)) : halves(0xf85f, (register << 12) | 4);
}

/** @param distance from 4 bytes behind its start */
function branchTo(code: Code, distance: number, { long, isThumb1 }: Context): Uint8Array | 'too far' | undefined {
  const { flow } = code;
  if (flow.kind !== 'branch') return undefined;
  const [first] = halfwordsOf(code);
  if (flow.form === 'cbz') return written(COMPARE_BRANCH, [first, 0], distance);
  const isConditional = flow.form.startsWith('bcc');
  const condition = flow.form === 'bcc.n' ? (first >> 8) & 15 : (first >> 6) & 15;
  if (long.has(code))
    return isConditional
      ? written(FAR_CONDITION, [0xf000 | (condition << 6), 0x8000], distance)
      : written(FAR_BRANCH, [0xf000, 0x9000], distance);
  const short = isConditional
    ? written(SHORT_CONDITION, [0xd000 | (condition << 8), 0], distance)
    : written(SHORT_BRANCH, [0xe000, 0], distance);
  if (short !== undefined || isThumb1) return short;
  long.add(code);
  return 'too far';
}

/** The fields of loads from a pool of the same function. */
const LOADS = { 'ldr.n': NARROW_LOAD, 'ldr.w': WIDE_LOAD, 'vldr.32': FLOAT_LOAD, 'vldr.64': FLOAT_LOAD };

/** An instruction with a distance in its field; undefined when that does not fit. */
function written(field: DistanceField, code: Halfwords, distance: number): Uint8Array | undefined {
  return fits(field, distance) ? halves(...field.write(code, distance)).subarray(0, field.width) : undefined;
}

function halfwordsOf({ bytes, size }: Code): Halfwords {
  return halfwordsAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, size);
}

/** @param start what its entries count from: 4 bytes behind the instruction's start */
function writeTable({ width, entries }: Table, start: number, data: Uint8Array, { offsets, heir }: Context): boolean {
  const view = new DataView(data.buffer);
  return entries.every((line, i) => {
    const there = offsets.targets.get(heir(line));
    const entry = there === undefined ? -1 : (there - start) / 2;
    if (entry < 0 || entry >= 2 ** (8 * width)) return false;
    if (width === 1) view.setUint8(start + i, entry);
    else view.setUint16(start + 2 * i, entry, true);
    return true;
  });
}
