/**
 * Reads code for outlining: instructions with labels, what each means at its place, and where the link register is
 * free.
 */
import { STT_OBJECT } from '../../elf/constants.ts';
import type { ObjectFile, Relocation } from '../../elf/object.ts';
import type { Chunk, Target } from '../model/model.ts';
import { Numbering } from './numbering.ts';
import { type Code, findLiveness, type Place } from './outline-liveness.ts';
import type { Instruction, OutlineRules } from './outline-types.ts';
import { PlaceNames } from './place-names.ts';
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
  const { labels, pinned, taken } = findLabels(program, rules);
  const codes = text.flatMap((chunk) => understand(program, chunk, rules, labels.get(chunk) ?? NO_LABELS) ?? []);
  const { live, watched } = findLiveness(codes, taken);
  const meaningOf = describer(program);
  const keys = new Numbering<string>();
  const canMove = new Map<ObjectFile, boolean>();
  return codes.flatMap((code) => {
    const { chunk, found } = code;
    const object = chunk.from!;
    if (!canMove.has(object)) canMove.set(object, rules.canMove(object));
    // What runs on behind its end belongs with something else, or is no code.
    if (!canMove.get(object)! || pinned.has(chunk) || isHot(chunk) || found.at(-1)?.flow === 'next') return [];
    const isFree = live.get(chunk)!.map((isLive) => !isLive && !watched.has(chunk));
    const steps = stepsOf(program, code, isFree, labels.get(chunk) ?? NO_LABELS, meaningOf);
    for (const step of steps)
      if (step.flow === 'next' && !step.fixed && step.meaning !== undefined) step.key = keys.of(step.meaning);
    return [steps];
  });
}

const NO_LABELS: ReadonlySet<number> = new Set();

/** The author asked for speed there: compilers give a section of such a name to functions with the attribute `hot`. */
export function isHot({ name }: Pick<Chunk, 'name'>): boolean {
  return /^\.text\.hot(\.|$)/.test(name);
}

/**
 * Instructions and where they lead; undefined where the chunk holds something else, or a distance without relocation.
 */
function understand(
  program: Program,
  chunk: Chunk,
  rules: OutlineRules,
  labels: ReadonlySet<number>,
): Code | undefined {
  if (chunk.from === undefined || hasData(chunk)) return undefined;
  const found = rules.instructions(chunk);
  if (found === undefined) return undefined;
  const numbers = new Map(found.map(({ at }, i) => [at, i]));
  for (const label of labels) if (!numbers.has(label) && label !== chunk.size) return undefined;
  const relocations = relocationsAt(program, chunk);
  const isPadding = ({ type }: Relocation) => program.rules.types.get(type)?.isPadding === true;
  for (const [offset, own] of relocations) if (!numbers.has(offset) && !isPadding(own)) return undefined;
  const targets: Code['targets'][number][] = [];
  for (const { at, relative } of found) {
    const own = relocations.get(at);
    if (relative && own === undefined) return undefined;
    const before = found[targets.length - 1];
    const first = before && relocations.get(before.at);
    const isSecond = before !== undefined && widthOf(program, first) > before.size;
    targets.push(targetOf(program, isSecond ? first : own));
  }
  return { chunk, found, numbers, targets };
}

/** Objects among the code, and the marks that assemblers leave where data begin. */
function hasData({ from, section }: Chunk): boolean {
  return from!.symbols.some(
    ({ shndx, type, name }) =>
      shndx === section?.index && (type === STT_OBJECT || name === '$d' || name.startsWith('$d.')),
  );
}

/** Where relocations lead, by chunk; chunks that have to stay as they are; and places whose address something takes. */
function findLabels({ rules, chunks, resolve, entry }: Program, outlining: OutlineRules) {
  const { types } = rules;
  const labels = new Map<Chunk, Set<number>>();
  const pinned = new Set<Chunk>();
  const taken: Place[] = [];
  const add = (target: Target, addend: number): Place | undefined => {
    if (target.kind !== 'chunk' || target.chunk.role !== 'text') return undefined;
    const offset = target.offset + addend;
    labels.set(target.chunk, (labels.get(target.chunk) ?? new Set()).add(offset));
    return { chunk: target.chunk, offset };
  };
  add(entry, 0);
  for (const chunk of chunks) {
    const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
    for (const relocation of chunk.relocations) {
      const { symbol, type, addend, offset } = relocation;
      const known = types.get(type);
      if (known?.expression === 'none') {
        // A difference that the assembler has settled already. Nothing else may have asked for its symbol.
        if (known.isSettled !== true) continue;
        for (const one of chunks) if (one.from === chunk.from && one.section?.index === symbol.shndx) pinned.add(one);
        continue;
      }
      const isInside = offset + (known?.width ?? 0) <= chunk.data.length;
      const inPlace = isInside ? (known?.addend?.(view, offset) ?? 0) : 0;
      const place = add(resolve(symbol), addend + inPlace);
      if (place === undefined || known?.expression === 'low-of-pair') continue;
      if (known?.branch !== true) taken.push(place);
      const isDistance = known?.expression === 'pc' && known.branch !== true;
      // Addends of literals and in the bytes cannot be changed; distances that start at a place may have been settled.
      const isBound = place.offset !== 0 && (inPlace !== 0 || chunk.role === 'literal' || isDistance);
      if (isBound || outlining.wantsPlace(chunk, relocation, place.offset)) pinned.add(place.chunk);
    }
    for (const { target, addend } of chunk.words) {
      const place = add(target, addend);
      if (place !== undefined) taken.push(place);
    }
  }
  return { labels, pinned, taken };
}

function stepsOf(
  program: Program,
  { chunk, found }: Code,
  isFree: readonly boolean[],
  labels: ReadonlySet<number>,
  meaningOf: Describe,
): readonly Step[] {
  const relocations = relocationsAt(program, chunk);
  const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
  return found.map((instruction, i) => {
    const { at, size, flow, uses, defines, relative, fixed, livesOn } = instruction;
    const before = found[i - 1];
    const relocation = relocations.get(at);
    // Field by field: copying `...instruction` takes ten times as long.
    return {
      at,
      size,
      flow,
      uses,
      defines,
      relative,
      fixed,
      livesOn,
      chunk,
      relocation,
      meaning: meaningOf(codeOf(view, at, size), fixed, relocation),
      key: undefined,
      isJoined: before !== undefined && widthOf(program, relocations.get(before.at)) > before.size,
      isLabel: labels.has(at),
      isFreeAfter: flow === 'next' && isFree[i + 1] === true,
    };
  });
}

type Describe = (code: number, fixed: boolean, relocation: Relocation | undefined) => string | undefined;

/** Tells apart what leads to different places. */
function describer({ rules, resolve }: Program): Describe {
  const { types } = rules;
  const names = new PlaceNames();
  const placeOf = ({ symbol }: Relocation, addend: number): string => {
    const target = resolve(symbol);
    const isLiteral = target.kind === 'chunk' && target.chunk.role === 'literal';
    return isLiteral ? literalOf(target.chunk, target.offset + addend) : names.of(target, addend);
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

function widthOf({ rules }: Program, relocation: Relocation | undefined): number {
  return relocation === undefined ? 0 : (rules.types.get(relocation.type)?.width ?? 0);
}

function codeOf(view: DataView, at: number, size: number): number {
  const low = view.getUint16(at, true);
  if (size === 2) return low;
  return size === 3 ? low + view.getUint8(at + 2) * 0x10000 : low + view.getUint16(at + 2, true) * 0x10000;
}

/** By the byte offset of the place they change, or keep (the paddings of alignments). */
function relocationsAt({ rules }: Program, { relocations }: Chunk): Map<number, Relocation> {
  const { types } = rules;
  const found = new Map<number, Relocation>();
  for (const relocation of relocations) {
    const { offset, type, addend } = relocation;
    if (types.get(type)?.expression !== 'none') found.set(offset, relocation);
    else if (types.get(type)?.isPadding) for (let at = offset; at < offset + addend; at += 2) found.set(at, relocation);
  }
  return found;
}

function targetOf({ resolve }: Program, relocation: Relocation | undefined): Place | 'outside' | undefined {
  if (relocation === undefined) return undefined;
  const target = resolve(relocation.symbol);
  if (target.kind !== 'chunk' || target.chunk.role !== 'text') return 'outside';
  return { chunk: target.chunk, offset: target.offset + relocation.addend };
}
