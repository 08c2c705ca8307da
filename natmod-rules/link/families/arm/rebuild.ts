/**
 * Makes Thumb code smaller: takes apart what it understands, shares what is equal, and puts it together with one
 * literal pool for as many functions as reach it.
 */
import { type ElfSymbol, isCompiled } from '../../../elf/object.ts';
import { firstNotBelow } from '../../../sorted.ts';
import { type Chunk, makeChunk, type Target } from '../../model/model.ts';
import { PlaceNames } from '../../shrink/place-names.ts';
import { madeSymbol, type Program, type Replacement, replaceChunks } from '../../shrink/program.ts';
import type { RebuildWishes } from '../types.ts';
import { type Assembled, assemble } from './assemble.ts';
import { R_ARM } from './constants.ts';
import { Estimate, Row } from './estimate.ts';
import {
  type Code,
  heirOf,
  type Line,
  type Literal,
  sizeOfLine,
  type ThumbFunction,
  type ThumbProgram,
} from './lines.ts';
import { meanings } from './meaning.ts';
import { jump, outlineThumb } from './outline.ts';
import { type Pool, placePools } from './pools.ts';
import { findReferences } from './references.ts';
import { types } from './relocate.ts';
import { takeApart } from './take-apart.ts';

export function rebuildThumb(program: Program, wishes: RebuildWishes): Program {
  const order = wishes.sorted ? sorted(program) : program.chunks;
  const names = new PlaceNames();
  const shared = { names, bytes: new Map<number, Uint8Array>() };
  const { entered, pinned } = findReferences(program, types);
  const like = program.chunks.find(({ relocations }) => relocations.length > 0)?.relocations[0]?.symbol;
  if (like === undefined) return program;
  const apart = order.flatMap((chunk) => {
    // Assembler code may have conventions of its own.
    const isOurs = chunk.role === 'text' && chunk.from !== undefined && isCompiled(chunk.from);
    if (!isOurs || pinned.has(chunk) || chunk.align > 4) return [];
    return takeApart(program, chunk, entered.get(chunk) ?? new Set(), shared) ?? [];
  });
  const functions = new Set(apart);
  for (;;) {
    if (functions.size === 0) return program;
    const rebuilt = new Rebuilder(program, order, wishes, names, like).rebuild([...functions]);
    if (rebuilt.program !== undefined) return rebuilt.program;
    for (const one of functions) if (rebuilt.failed.has(one.chunk)) functions.delete(one);
  }
}

/** As `inOrder` will have it; everything else comes behind. */
function sorted({ chunks, entry }: Program): readonly Chunk[] {
  const text = chunks.filter((chunk) => chunk.role === 'text' && chunk !== entry.chunk);
  return [entry.chunk, ...text, ...chunks.filter((chunk) => chunk.role !== 'text' && chunk !== entry.chunk)];
}

type Rebuilt = { readonly program: Program } | { readonly program: undefined; readonly failed: ReadonlySet<Chunk> };

class Rebuilder {
  readonly #program: Program;
  readonly #order: readonly Chunk[];
  readonly #wishes: RebuildWishes;
  readonly #names: PlaceNames;
  readonly #like: ElfSymbol;
  readonly #estimate: Estimate;
  readonly #isThumb1: boolean;

  constructor(program: Program, order: readonly Chunk[], wishes: RebuildWishes, names: PlaceNames, like: ElfSymbol) {
    this.#program = program;
    this.#order = order;
    this.#wishes = wishes;
    this.#names = names;
    this.#like = like;
    this.#estimate = new Estimate(order.filter(({ role }) => role !== 'bss'));
    this.#isThumb1 = program.arch.thumb1 === true;
  }

  rebuild(functions: readonly ThumbFunction[]): Rebuilt {
    const { resolve } = this.#program;
    const makeSymbol = (name: string) => madeSymbol(this.#like, name);
    const meaningOf = meanings(resolve, this.#names);
    const context = { meaningOf, isThumb1: this.#isThumb1, makeSymbol };
    const near = (from: ThumbFunction, to: ThumbFunction) => this.#estimate.isNear(from, to.chunk);
    const apart: ThumbProgram = { functions, heirs: new Map(), labels: new Map() };
    const shared = this.#wishes.outline ? outlineThumb(apart, context, near) : apart;
    return this.#assemble(this.#withShortJumps(shared));
  }

  /** Jumps out of functions in their short form, where it reaches. */
  #withShortJumps(program: ThumbProgram): ThumbProgram {
    const labelled = linesWithLabels(program);
    const owners = new Map<Line, Chunk>();
    for (const { chunk, lines } of program.functions)
      for (const line of lines) if (labelled.has(line)) owners.set(line, chunk);
    const targetOf = (symbol: ElfSymbol): Chunk | undefined => {
      const line = program.labels.get(symbol);
      if (line !== undefined) return owners.get(heirOf(program, line));
      const target = this.#program.resolve(symbol);
      return target.kind === 'chunk' ? target.chunk : undefined;
    };
    const heirs = new Map(program.heirs);
    const functions = program.functions.map((one) => {
      const shorten = (code: Code): Code => {
        const { relocation } = code;
        if (relocation === undefined || !isFarJump(code)) return code;
        const target = targetOf(relocation.symbol);
        if (target === undefined || !this.#estimate.isNear(one, target)) return code;
        return { ...code, ...jump('short'), relocation: { ...relocation, type: R_ARM.THM_JUMP11 } };
      };
      const lines = one.lines.map((line) => {
        if (!line.parts.some(isFarJump)) return line;
        const parts = line.parts.map(shorten);
        if (parts.every((part, i) => part === line.parts[i])) return line;
        const by = { ...line, parts };
        heirs.set(line, by);
        return by;
      });
      return { ...one, lines };
    });
    return { ...program, functions, heirs };
  }

  #assemble(program: ThumbProgram): Rebuilt {
    const made = program.functions.filter(({ chunk }) => chunk.from === undefined);
    const byChunk = new Map(program.functions.map((one) => [one.chunk, one]));
    const lastText = this.#order.findLastIndex(({ role }) => role === 'text');
    const order = this.#order.toSpliced(lastText + 1, 0, ...made.map(({ chunk }) => chunk));
    const stretches = order
      .filter(({ role }) => role !== 'bss')
      .map((chunk) => {
        const code = byChunk.get(chunk);
        return { chunk, function: code, size: (code === undefined ? chunk.size : sizeOfCode(code)) + 2 };
      });
    const { pools, poolOf } = placePools(stretches, this.#wishes.shareLiterals);
    const literals = new PoolSymbols(pools, () => madeSymbol(this.#like, '.literal'));
    const assembled = new Map<ThumbFunction, Assembled>();
    const failed = new Set<Chunk>();
    for (const one of program.functions) {
      const symbolOf = (literal: Literal) => literals.symbolOf(poolOf.get(one)!, literal);
      const result = assemble(one, this.#isThumb1, (line) => heirOf(program, line), symbolOf);
      if (result === undefined) failed.add(one.chunk);
      else assembled.set(one, result);
    }
    if (failed.size > 0) return { program: undefined, failed };
    const poolsBehind = new Map(pools.map((pool) => [stretches[pool.behind]!.chunk, literals.chunkOf(pool)]));
    const far = farFromPool(order, byChunk, assembled, literals.targets, poolsBehind);
    if (far.size > 0) return { program: undefined, failed: far };
    return { program: this.#replaced(program, assembled, order, literals.targets, poolsBehind) };
  }

  #replaced(
    program: ThumbProgram,
    assembled: ReadonlyMap<ThumbFunction, Assembled>,
    order: readonly Chunk[],
    literals: ReadonlyMap<ElfSymbol, Target>,
    poolsBehind: ReadonlyMap<Chunk, Chunk>,
  ): Program {
    this.#followHeirs(program, assembled);
    const replacements = new Map<Chunk, Replacement>();
    const labelled = linesWithLabels(program);
    const places = new Map<Line, Target>();
    for (const [one, { data, relocations, align, starts, moved }] of assembled) {
      const chunk = { ...one.chunk, data, size: data.length, relocations, align };
      replacements.set(one.chunk, { chunk, moved: mover(moved, data.length) });
      one.lines.forEach((line, i) => {
        if (labelled.has(line)) places.set(line, { kind: 'chunk', chunk, offset: starts[i]! });
      });
    }
    const labels = [...program.labels].map(([symbol, line]) => [symbol, places.get(heirOf(program, line))!] as const);
    const replaced = replaceChunks(this.#program, replacements, new Map([...literals, ...labels]));
    const chunks = order.flatMap((chunk) => {
      const pool = poolsBehind.get(chunk);
      const now = replacements.get(chunk)?.chunk ?? chunk;
      return pool === undefined ? [now] : [now, pool];
    });
    return { ...replaced, chunks };
  }

  /** What led to a line that was replaced leads to what replaced it. */
  #followHeirs(program: ThumbProgram, assembled: ReadonlyMap<ThumbFunction, Assembled>): void {
    const followed = [...program.heirs.keys()].map((line) => ({ line, heir: heirOf(program, line) }));
    const heirs = new Set(followed.map(({ heir }) => heir));
    const byLine = new Map<Line, { readonly moved: Map<number, number>; readonly start: number }>();
    for (const [{ lines }, { moved, starts }] of assembled)
      lines.forEach((line, i) => {
        if (heirs.has(line)) byLine.set(line, { moved, start: starts[i]! });
      });
    for (const { line, heir } of followed) {
      const old = line.parts[0]?.old;
      const there = byLine.get(heir);
      if (old !== undefined && there !== undefined) there.moved.set(old, there.start);
    }
  }
}

/** How far a load may be from its literal, in bytes; gaps for alignment can still take two of what the field has. */
const REACH: ReadonlyMap<number, number> = new Map([[R_ARM.THM_PC12, 4092]]);
const SHORT_REACH = 1020;

/**
 * What a short load does not reach in the pool behind a large function, because the compiler had put that literal
 * nearer.
 */
function farFromPool(
  order: readonly Chunk[],
  functions: ReadonlyMap<Chunk, ThumbFunction>,
  assembled: ReadonlyMap<ThumbFunction, Assembled>,
  literals: ReadonlyMap<ElfSymbol, Target>,
  poolsBehind: ReadonlyMap<Chunk, Chunk>,
): ReadonlySet<Chunk> {
  const row = new Row();
  const codeOf = (chunk: Chunk) => {
    const one = functions.get(chunk);
    return one === undefined ? undefined : assembled.get(one);
  };
  for (const chunk of order) {
    if (chunk.role === 'bss') continue;
    const code = codeOf(chunk);
    row.add(chunk, { size: code?.data.length ?? chunk.size, align: code?.align ?? chunk.align });
    const pool = poolsBehind.get(chunk);
    if (pool !== undefined) row.add(pool);
  }
  const isFar = (chunk: Chunk) =>
    codeOf(chunk)?.relocations.some(({ symbol, offset, type }) => {
      const target = literals.get(symbol);
      if (target?.kind !== 'chunk') return false;
      const distance = row.startOf(target.chunk)! + target.offset - (row.startOf(chunk)! + offset);
      return distance > (REACH.get(type) ?? SHORT_REACH);
    });
  return new Set(order.filter(isFar));
}

/** The lines that symbols lead to now. */
function linesWithLabels(program: ThumbProgram): ReadonlySet<Line> {
  return new Set([...program.labels.values()].map((line) => heirOf(program, line)));
}

function isFarJump({ relocation }: Code): boolean {
  return relocation?.type === R_ARM.THM_JUMP24;
}

function sizeOfCode({ lines }: ThumbFunction): number {
  return lines.reduce((sum, line) => sum + sizeOfLine(line), 0);
}

/** Old byte offset → new one; what went counts as what comes behind it. Bit 0 says Thumb and stays. */
function mover(moved: ReadonlyMap<number, number>, end: number): (offset: number) => number {
  let sorted: readonly (readonly [number, number])[] | undefined;
  return (offset) => {
    const old = offset & ~1;
    const exact = moved.get(old);
    if (exact !== undefined) return exact | (offset & 1);
    sorted ??= [...moved].sort(([a], [b]) => a - b);
    const index = firstNotBelow(sorted.length, (i) => sorted![i]![0] < old);
    return (sorted[index]?.[1] ?? end) | (offset & 1);
  };
}

/** Pools as chunks, and symbols for what is in them. */
class PoolSymbols {
  readonly targets = new Map<ElfSymbol, Target>();
  readonly #chunks = new Map<Pool, Chunk>();
  readonly #symbols = new Map<Pool, Map<string, ElfSymbol>>();

  constructor(pools: readonly Pool[], makeSymbol: () => ElfSymbol) {
    pools.forEach((pool, number) => {
      const data = Uint8Array.from(pool.literals.flatMap(({ bytes }) => [...bytes]));
      let offset = 0;
      const offsets = pool.literals.map(({ bytes }) => {
        offset += bytes.length;
        return offset - bytes.length;
      });
      const relocations = pool.literals.flatMap(({ relocation }, i) =>
        relocation === undefined ? [] : [{ ...relocation, offset: offsets[i]! }],
      );
      const size = data.length;
      const chunk = makeChunk({ name: `.text.literals.${number}`, role: 'text', align: 4, size, data, relocations });
      this.#chunks.set(pool, chunk);
      const symbols = new Map<string, ElfSymbol>();
      pool.literals.forEach(({ key }, i) => {
        const symbol = makeSymbol();
        symbols.set(key, symbol);
        this.targets.set(symbol, { kind: 'chunk', chunk, offset: offsets[i]! });
      });
      this.#symbols.set(pool, symbols);
    });
  }

  chunkOf(pool: Pool): Chunk {
    return this.#chunks.get(pool)!;
  }

  symbolOf(pool: Pool, { key }: Literal): ElfSymbol {
    return this.#symbols.get(pool)!.get(key)!;
  }
}
