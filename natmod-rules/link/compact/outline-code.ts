/** Reads code for outlining: instructions with labels, what each means at its place, and where the link register is free. */
import type { Relocation } from '../../elf/object.ts';
import type { Chunk, Target } from '../model.ts';
import { rulesOf } from '../relocate/families.ts';
import type { Instruction, OutlineRules } from './outline-types.ts';
import type { Program } from './program.ts';

/** An instruction at its place. */
export interface Step extends Instruction {
  readonly chunk: Chunk;
  /** Its bytes and the place that it names; undefined when these do not tell all. */
  readonly meaning: string | undefined;
  /** A number for the meaning of an instruction that may as well stand elsewhere. */
  key: number | undefined;
  /** What changes its bytes. */
  readonly relocation: Relocation | undefined;
  /** It is the second half of what one relocation changes. */
  readonly isJoined: boolean;
  /** Something may jump here. */
  readonly isLabel: boolean;
  /** Whether the link register may be overwritten between this instruction and the next. */
  readonly isFreeAfter: boolean;
}

/** Bytes of code beyond which a jump might not reach. */
const MOST_CODE = 96 * 1024;

/** All code that can be understood and taken apart, one list of steps for each chunk. */
export function readCode(program: Program, rules: OutlineRules): readonly (readonly Step[])[] {
  const text = program.chunks.filter((chunk) => chunk.role === 'text');
  if (text.reduce((sum, chunk) => sum + chunk.size, 0) > MOST_CODE) return [];
  const { labels, pinned } = findLabels(program);
  const meaningOf = describer(program);
  const keys = new Map<string, number>();
  const keyOf = (meaning: string | undefined) => {
    if (meaning !== undefined && !keys.has(meaning)) keys.set(meaning, keys.size);
    return keys.get(meaning ?? '');
  };
  return text.flatMap((chunk) => {
    if (chunk.from === undefined || pinned.has(chunk) || chunk.size > MOST_CODE) return [];
    const found = rules.instructions(chunk);
    const steps = found && connect(program, chunk, found, labels.get(chunk) ?? new Set(), meaningOf);
    if (steps === undefined) return [];
    for (const step of steps) if (step.flow === 'next' && !step.fixed) step.key = keyOf(step.meaning);
    return [steps];
  });
}

/** Where relocations lead, by chunk; and chunks that a literal names in the middle, whose addend nobody could change. */
function findLabels({ arch, chunks, resolve }: Program) {
  const { types } = rulesOf(arch.family);
  const labels = new Map<Chunk, Set<number>>();
  const pinned = new Set<Chunk>();
  const add = (target: Target, addend: number, role: Chunk['role']) => {
    if (target.kind !== 'chunk' || target.chunk.role !== 'text') return;
    const offset = target.offset + addend;
    labels.set(target.chunk, (labels.get(target.chunk) ?? new Set()).add(offset));
    if (offset !== 0 && role === 'literal') pinned.add(target.chunk);
  };
  for (const chunk of chunks) {
    const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
    for (const { symbol, type, addend, offset } of chunk.relocations) {
      const known = types.get(type);
      if (known?.expression === 'none') {
        // A difference that the assembler has settled already.
        const target = chunk.role === 'text' ? undefined : resolve(symbol);
        if (target?.kind === 'chunk') pinned.add(target.chunk);
        continue;
      }
      const isInside = offset + (known?.width ?? 0) <= chunk.data.length;
      add(resolve(symbol), addend + (isInside ? (known?.addend?.(view, offset) ?? 0) : 0), chunk.role);
    }
    for (const { target, addend } of chunk.words) add(target, addend, chunk.role);
  }
  return { labels, pinned };
}

function connect(
  program: Program,
  chunk: Chunk,
  found: readonly Instruction[],
  labels: ReadonlySet<number>,
  meaningOf: Describe,
): readonly Step[] | undefined {
  const numbers = new Map(found.map(({ at }, i) => [at, i]));
  for (const label of labels) if (!numbers.has(label) && label !== chunk.size) return undefined;
  const relocations = relocationsAt(program, chunk);
  const next: number[][] = [];
  for (const [i, { at, flow }] of found.entries()) {
    const target = targetOf(program, chunk, relocations.get(at));
    if ((flow === 'branch' || flow === 'jump') && target === undefined) return undefined;
    next.push(successors(i, flow, target?.chunk === chunk ? numbers.get(target.offset) : undefined, found.length));
  }
  const isLeaving = ({ at, flow }: Instruction) =>
    flow === 'indirect' || (flow === 'jump' && targetOf(program, chunk, relocations.get(at))?.chunk !== chunk);
  const live = liveness(found, next, isLeaving);
  const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
  return found.map(({ at, size, flow, uses, defines, fixed, livesOn }, i) => {
    const before = found[i - 1];
    const relocation = relocations.get(at);
    return {
      at,
      size,
      flow,
      uses,
      defines,
      fixed,
      livesOn,
      chunk,
      relocation,
      meaning: meaningOf(codeOf(view, at, size), fixed, relocation),
      key: undefined,
      isJoined: before !== undefined && widthOf(program, relocations.get(before.at)) > before.size,
      isLabel: labels.has(at),
      isFreeAfter: flow === 'next' && !next[i]!.some((n) => live[n]),
    };
  });
}

type Describe = (code: number, fixed: boolean, relocation: Relocation | undefined) => string | undefined;

/** Tells apart what leads to different places. */
function describer({ arch, resolve }: Program): Describe {
  const { types } = rulesOf(arch.family);
  const numbers = new Map<Chunk, number>();
  const placeOf = ({ symbol }: Relocation, addend: number): string => {
    const target = resolve(symbol);
    if (target.kind !== 'chunk') return `${JSON.stringify(target)}+${addend}`;
    if (target.chunk.role === 'literal') return literalOf(target.chunk, target.offset + addend);
    const number = numbers.get(target.chunk) ?? numbers.size;
    numbers.set(target.chunk, number);
    return `${number}+${target.offset + addend}`;
  };
  /** A literal is told by what it is, not by its place. */
  const literalOf = ({ data, relocations }: Chunk, offset: number): string => {
    if (offset < 0 || offset + 4 > data.length) return `unknown ${unknown++}`;
    const value = new DataView(data.buffer, data.byteOffset, data.length).getInt32(offset, true);
    const relocation = relocations.find((r) => r.offset === offset);
    if (relocation === undefined) return `value ${value}`;
    const target = resolve(relocation.symbol);
    // The address of a literal is refused later.
    if (target.kind === 'chunk' && target.chunk.role === 'literal') return `unknown ${unknown++}`;
    return `address ${placeOf(relocation, relocation.addend + value)}`;
  };
  let unknown = 0;
  return (code, fixed, relocation) => {
    if (relocation === undefined) return fixed ? undefined : `${code}`;
    const { type, addend } = relocation;
    return types.get(type)?.branch === true ? `${code} ${type} ${placeOf(relocation, addend)}` : undefined;
  };
}

function widthOf({ arch }: Program, relocation: Relocation | undefined): number {
  return relocation === undefined ? 0 : (rulesOf(arch.family).types.get(relocation.type)?.width ?? 0);
}

function codeOf(view: DataView, at: number, size: number): number {
  const low = view.getUint16(at, true);
  if (size === 2) return low;
  return size === 3 ? low + view.getUint8(at + 2) * 0x10000 : low + view.getUint16(at + 2, true) * 0x10000;
}

/** By the byte offset of the place they change, or keep (the paddings of alignments). */
function relocationsAt({ arch }: Program, { relocations }: Chunk): Map<number, Relocation> {
  const { types } = rulesOf(arch.family);
  const found = new Map<number, Relocation>();
  for (const relocation of relocations) {
    const { offset, type, addend } = relocation;
    if (types.get(type)?.expression !== 'none') found.set(offset, relocation);
    else if (arch.family === 'riscv' && type === RISCV_ALIGN)
      for (let at = offset; at < offset + addend; at += 2) found.set(at, relocation);
  }
  return found;
}

const RISCV_ALIGN = 43;

function targetOf({ resolve }: Program, chunk: Chunk, relocation: Relocation | undefined) {
  if (relocation === undefined) return undefined;
  const target = resolve(relocation.symbol);
  if (target.kind !== 'chunk') return { chunk: undefined, offset: 0 };
  return { chunk: target.chunk, offset: target.chunk === chunk ? target.offset + relocation.addend : 0 };
}

function successors(i: number, flow: Instruction['flow'], target: number | undefined, count: number): number[] {
  const following = i + 1 < count ? [i + 1] : [];
  const jumped = target === undefined ? [] : [target];
  if (flow === 'branch') return [...following, ...jumped];
  if (flow === 'jump') return jumped;
  return flow === 'return' || flow === 'indirect' ? [] : following;
}

/** Before which instructions the link register holds what is still needed. */
function liveness(
  found: readonly Instruction[],
  next: readonly (readonly number[])[],
  isLeaving: (instruction: Instruction) => boolean,
): readonly boolean[] {
  const live = found.map((instruction) => instruction.uses || (instruction.livesOn && isLeaving(instruction)));
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = found.length - 1; i >= 0; i--) {
      if (live[i] || found[i]!.defines || !next[i]!.some((n) => live[n])) continue;
      live[i] = true;
      changed = true;
    }
  }
  return live;
}
