/**
 * Keeps equal functions once ("identical code folding"). Two functions are equal when their bytes are, and what their
 * relocations lead to is. C promises that different functions have different addresses, so one goes only if nothing but
 * calls and jumps refers to it: then no program can tell. The one that stays may be referred to in any way.
 */
import type { Relocation } from '../../elf/object.ts';
import type { RelocationType } from '../families/types.ts';
import type { Chunk, Target } from '../model/model.ts';
import { type Program, type Replacement, replaceChunks } from './program.ts';

/** The program with one chunk in place of several that do the same. Works on functions in sections of their own. */
export function foldFunctions(program: Program): Program {
  const classes = equalChunks(program);
  const replacements = new Map<Chunk, Replacement>();
  for (const members of membersOf(classes)) {
    const first = members.find(({ fixed }) => fixed) ?? members[0]!;
    for (const { chunk } of members) {
      if (chunk.role === 'text' && chunk !== first.chunk) replacements.set(chunk, { chunk: first.chunk });
    }
  }
  return replacements.size === 0 ? program : withoutIdleLiterals(replaceChunks(program, replacements), replacements);
}

interface Candidate {
  readonly chunk: Chunk;
  /** Something may look at its address, so it stays. */
  readonly fixed: boolean;
  /** The number of its class of equal chunks. */
  readonly group: number;
}

type Classes = ReadonlyMap<Chunk, Candidate>;

/** Starts with all that look alike and takes apart what leads to different places, until nothing changes. */
function equalChunks(program: Program): Classes {
  const looked = lookAlikes(program);
  const addressed = addressedChunks(program, looked);
  let classes = numbered(looked, (chunk, isFirst) => {
    const fixed = chunk.role === 'text' && addressed.has(chunk);
    return { fixed, key: fixed && !isFirst(shapeOf(chunk)) ? undefined : shapeOf(chunk) };
  });
  for (let count = 0; count !== groupCount(classes); ) {
    count = groupCount(classes);
    const before = classes;
    const places = placesOf(program, before);
    classes = numbered([...before.keys()], (chunk) => {
      const { group, fixed } = before.get(chunk)!;
      return { fixed, key: `${group} ${chunk.relocations.map((r) => places(chunk, r)).join(' ')}` };
    });
  }
  return classes;
}

type Judge = (
  chunk: Chunk,
  /** Whether no chunk whose address matters has had that key yet; from then on one has. */
  isFirst: (key: string) => boolean,
) => { readonly key: string | undefined; readonly fixed: boolean };

/** Gives chunks of equal keys the same number, and those without a key one of their own. */
function numbered(chunks: readonly Chunk[], judge: Judge): Classes {
  const numbers = new Map<string, number>();
  const used = new Set<string>();
  const isFirst = (key: string) => !used.has(key) && used.add(key).has(key);
  let next = 0;
  const classes = new Map<Chunk, Candidate>();
  for (const chunk of chunks) {
    const { key, fixed } = judge(chunk, isFirst);
    const group = (key === undefined ? undefined : numbers.get(key)) ?? next++;
    if (key !== undefined) numbers.set(key, group);
    classes.set(chunk, { chunk, fixed, group });
  }
  return classes;
}

function groupCount(classes: Classes): number {
  return new Set([...classes.values()].map(({ group }) => group)).size;
}

function membersOf(classes: Classes): Iterable<readonly Candidate[]> {
  const groups = new Map<number, Candidate[]>();
  for (const candidate of classes.values()) {
    const group = groups.get(candidate.group);
    if (group === undefined) groups.set(candidate.group, [candidate]);
    else group.push(candidate);
  }
  return groups.values();
}

const shapes = new WeakMap<Chunk, string>();

/** Everything about a chunk but where its relocations lead. */
function shapeOf(chunk: Chunk): string {
  let shape = shapes.get(chunk);
  if (shape === undefined) {
    const { role, align, size, data, relocations } = chunk;
    const sites = relocations.map((r) => `${r.offset},${r.type},${r.addend}`).join(' ');
    const bytes = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length).toString('latin1');
    shape = `${role} ${align} ${size} ${sites} ${bytes}`;
    shapes.set(chunk, shape);
  }
  return shape;
}

/** Functions, and on Xtensa the literals that belong to them, of which there are several with the same bytes. */
function lookAlikes({ rules, chunks }: Program): Chunk[] {
  const { types } = rules;
  const candidates = chunks.filter(({ role, section, relocations, words, size }) => {
    if ((role !== 'text' && role !== 'literal') || section === undefined || size === 0) return false;
    return words.length === 0 && relocations.every((r) => types.has(r.type));
  });
  const sizes = new Map<number, number>();
  for (const { size } of candidates) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  const sameSize = candidates.filter(({ size }) => sizes.get(size)! > 1);
  const seen = new Map<string, number>();
  for (const chunk of sameSize) seen.set(shapeOf(chunk), (seen.get(shapeOf(chunk)) ?? 0) + 1);
  return sameSize.filter((chunk) => seen.get(shapeOf(chunk))! > 1);
}

/** Those of `candidates` that something else than a call or a jump refers to. */
function addressedChunks({ rules, chunks, resolve, entry }: Program, candidates: readonly Chunk[]): Set<Chunk> {
  const asked = new Set(candidates);
  const { types } = rules;
  const addressed = new Set<Chunk>([entry.chunk]);
  for (const chunk of chunks) {
    for (const { target } of chunk.words) if (target.kind === 'chunk') addressed.add(target.chunk);
    for (const { symbol, type } of chunk.relocations) {
      if (isHarmless(types.get(type), chunk)) continue;
      const target = resolve(symbol);
      if (target.kind === 'chunk' && asked.has(target.chunk)) addressed.add(target.chunk);
    }
  }
  return addressed;
}

/** A lower part names the instruction with the upper part, whose own relocation tells what the address is of. */
function isHarmless(type: RelocationType | undefined, { role }: Chunk): boolean {
  return (
    (type?.branch === true && role === 'text') || type?.expression === 'none' || type?.expression === 'low-of-pair'
  );
}

/** Names for where relocations lead; equal for places in equal chunks. */
function placesOf({ rules, resolve }: Program, classes: Classes): (chunk: Chunk, relocation: Relocation) => string {
  const { types } = rules;
  const others = new Map<Chunk, number>();
  const name = (target: Target, from: Chunk): string => {
    if (target.kind === 'table-entry') return `entry ${target.index}`;
    if (target.kind === 'fixed') return `fixed ${target.address} ${target.weak === true}`;
    if (target.kind !== 'chunk') return target.kind;
    if (target.chunk === from) return `self+${target.offset}`;
    const known = classes.get(target.chunk);
    if (known !== undefined) return `class ${known.group}+${target.offset}`;
    const number = others.get(target.chunk) ?? others.size;
    others.set(target.chunk, number);
    return `chunk ${number}+${target.offset}`;
  };
  return (chunk, { symbol, type }) => (types.get(type)?.expression === 'none' ? '' : name(resolve(symbol), chunk));
}

/** Literals that only the functions which went have used. */
function withoutIdleLiterals(program: Program, replacements: ReadonlyMap<Chunk, Replacement>): Program {
  const usedBy = (chunks: Iterable<Chunk>) => {
    const used = new Set<Chunk>();
    for (const { relocations } of chunks) {
      for (const { symbol } of relocations) {
        const target = program.resolve(symbol);
        if (target.kind === 'chunk' && target.chunk.role === 'literal') used.add(target.chunk);
      }
    }
    return used;
  };
  const idle = usedBy(replacements.keys());
  for (const chunk of usedBy(program.chunks)) idle.delete(chunk);
  return { ...program, chunks: program.chunks.filter((chunk) => !idle.has(chunk)) };
}
