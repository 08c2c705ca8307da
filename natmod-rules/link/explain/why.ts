/** Why something is in a module: the way of references that leads to it from mpy_init. */
import * as elf from '../../elf/constants.ts';
import type { Relocation } from '../../elf/object.ts';
import { FUN_TABLE_MEMBERS } from '../../package/fun-table.ts';
import type { FamilyRules } from '../families/types.ts';
import type { Chunk, Image, Origin, Target } from '../model/model.ts';
import { SymbolTable } from './ranges.ts';

/** How a chunk is reached first; `from` is undefined for where the way begins. */
export interface FirstReference {
  readonly from?: Chunk;
  /** Byte offset of the reference in `from`. */
  readonly offset: number;
  /** The symbol that is named there; empty for a section, `ENTRY` for where the way begins. */
  readonly symbol: string;
}

/**
 * The first reference to everything that can be reached from mpy_init, on one of the shortest ways; chunks are those
 * before any pass. What the linker keeps without a reference begins ways of its own.
 */
export function firstReferences(
  { program }: Origin,
  { types }: Pick<FamilyRules, 'types'>,
): Map<Chunk, FirstReference> {
  const first = new Map<Chunk, FirstReference>([[program.entry.chunk, { offset: 0, symbol: ENTRY }]]);
  // A map that grows is walked to its end.
  for (const [from] of first) {
    for (const { target, offset, symbol } of referencesFrom(from, program.resolve, types)) {
      if (target.kind === 'chunk' && !first.has(target.chunk)) first.set(target.chunk, { from, offset, symbol });
    }
  }
  return first;
}

/** It stands for the place where a module is entered. */
const ENTRY = '\0entry';

interface Found {
  readonly target: Target;
  readonly offset: number;
  readonly symbol: string;
}

function* referencesFrom(chunk: Chunk, resolve: Image['resolve'], types: FamilyRules['types']): Generator<Found> {
  for (const { symbol, offset, type, addend } of chunk.relocations) {
    if (symbol.index === 0 || types.get(type)?.expression === 'none') continue;
    const target = resolve(symbol);
    if (target.kind === 'chunk' && target.chunk.role === 'literal') {
      // Code on Xtensa refers to a literal, and that to what is meant.
      const isIt = (literal: Relocation) => literal.offset === target.offset + addend;
      for (const { symbol: meant } of target.chunk.relocations.filter(isIt)) {
        yield { target: resolve(meant), offset, symbol: meant.name };
      }
    }
    yield { target, offset, symbol: symbol.name };
  }
  for (const { target, offset } of chunk.words) yield { target, offset, symbol: '' };
}

/** One step on the way from mpy_init: a function or variable, and where it lies. */
export interface Step {
  readonly symbol: string;
  readonly object: string;
  readonly section: string;
  /** What was named to get here, where that is another symbol of the same section. */
  readonly by?: string;
}

/** What can be said of a name. */
export type Why =
  /** It is in the module; the last step of `chain` is the symbol itself. */
  | { readonly kind: 'reached'; readonly chain: readonly Step[] }
  /** It is in the module, and nothing that mpy_init leads to refers to it. */
  | { readonly kind: 'kept-anyway'; readonly at: Step }
  /** It was left out. `referredBy`: what refers to it, and was left out, too. */
  | { readonly kind: 'dropped'; readonly at: Step; readonly size: number; readonly referredBy: readonly string[] }
  /** It is no part of the module, but of the firmware or at a fixed address; `chain` ends with what refers to it. */
  | { readonly kind: 'outside'; readonly what: string; readonly chain: readonly Step[] }
  /** No object has it. `names`: those that there are. */
  | { readonly kind: 'unknown'; readonly names: readonly string[] };

/** Everything that a name stands for: local symbols of several objects may share it. */
export function whySymbol(image: Image, name: string): readonly Why[] {
  const { before, rules } = image;
  const seeker = new Seeker(image, new SymbolTable(rules), firstReferences(before, rules));
  const found = seeker.definitionsOf(name);
  if (found.length > 0) return found;
  const outside = seeker.outside(name);
  return outside === undefined ? [{ kind: 'unknown', names: seeker.names() }] : [outside];
}

/** What compilers append to the name of a function that they made a special version of: `f.constprop.0`. */
const CLONE = /([.$](constprop|isra|part|cold|lto_priv|llvm)([.$]\d+)?)+$/;

class Seeker {
  readonly #image: Image;
  readonly #table: SymbolTable;
  readonly #first: ReadonlyMap<Chunk, FirstReference>;
  readonly #kept: ReadonlySet<Chunk>;
  readonly #all: readonly Chunk[];

  constructor(image: Image, table: SymbolTable, first: ReadonlyMap<Chunk, FirstReference>) {
    this.#image = image;
    this.#table = table;
    this.#first = first;
    this.#kept = new Set(image.before.program.chunks);
    this.#all = [...new Set([...image.before.selected, ...this.#kept])];
  }

  definitionsOf(name: string): Why[] {
    return this.#all.flatMap((chunk): Why[] => {
      const symbols = this.#table.symbolsOf(chunk);
      const symbol = symbols.find((s) => s.name === name) ?? symbols.find((s) => s.name.replace(CLONE, '') === name);
      if (symbol === undefined && chunk.symbol !== name) return [];
      const own = symbol?.name ?? name;
      const at: Step = { symbol: own, object: chunk.object, section: chunk.name };
      if (!this.#kept.has(chunk)) {
        const size = symbol?.size || chunk.size;
        return [{ kind: 'dropped', at, size, referredBy: this.#referrers(own, symbol?.bind === elf.STB_LOCAL, chunk) }];
      }
      const way = this.#wayTo(chunk, own);
      return [way === undefined ? { kind: 'kept-anyway', at } : { kind: 'reached', chain: way }];
    });
  }

  /** A way that ends with `name` in `chunk`. */
  #wayTo(chunk: Chunk, name: string): Step[] | undefined {
    const steps: Step[] = [];
    let here = chunk;
    let carrier = name;
    for (;;) {
      const reference = this.#first.get(here);
      if (reference === undefined) return undefined;
      if (here.role === 'literal' && reference.from !== undefined) {
        here = reference.from;
        carrier = this.#table.nameAt(here, reference.offset);
        continue;
      }
      const named = this.#nameOf(reference) || carrier;
      const by = named === carrier ? {} : { by: named };
      steps.unshift({ symbol: carrier, object: here.object, section: here.name, ...by });
      if (reference.from === undefined) return steps;
      here = reference.from;
      carrier = this.#table.nameAt(here, reference.offset);
    }
  }

  #nameOf({ symbol }: FirstReference): string {
    const { chunk, offset } = this.#image.before.program.entry;
    return symbol === ENTRY ? this.#table.nameAt(chunk, offset) : symbol;
  }

  /** Left-out functions and variables that refer to a left-out symbol. */
  #referrers(name: string, isLocal: boolean, to: Chunk): string[] {
    const names = new Set<string>();
    for (const chunk of this.#all) {
      if (this.#kept.has(chunk) || chunk === to) continue;
      for (const { symbol, offset } of chunk.relocations) {
        const isIt = symbol.name === name && (!isLocal || chunk.from === to.from);
        const isSection =
          symbol.type === elf.STT_SECTION && chunk.from === to.from && symbol.shndx === to.section?.index;
        if (isIt || isSection) names.add(this.#table.nameAt(chunk, offset));
      }
    }
    return [...names];
  }

  /** What the firmware or a ROM has under that name, or under that of an entry of the function table. */
  outside(name: string): Why | undefined {
    for (const [chunk] of this.#first) {
      for (const { symbol, offset } of chunk.relocations) {
        if (symbol.name !== name) continue;
        const target = this.#image.before.program.resolve(symbol);
        if (target.kind === 'chunk') continue;
        const carrier = this.#table.nameAt(chunk, offset);
        return { kind: 'outside', what: describeOutside(target), chain: this.#wayTo(chunk, carrier) ?? [] };
      }
    }
    return undefined;
  }

  /** Every name that could have been meant. */
  names(): string[] {
    const names = new Set<string>();
    for (const chunk of this.#all) {
      for (const { name } of this.#table.symbolsOf(chunk)) names.add(name);
      for (const { symbol } of chunk.relocations) if (/^\w/.test(symbol.name)) names.add(symbol.name);
    }
    return [...names];
  }
}

/** What is not in the module, in words. */
export function describeOutside(target: Exclude<Target, { kind: 'chunk' }>): string {
  switch (target.kind) {
    case 'table-entry':
      return `mp_fun_table.${FUN_TABLE_MEMBERS[target.index] ?? target.index}`;
    case 'fun-table':
      return 'mp_fun_table';
    case 'qstr-table':
      return 'mp_native_qstr_table';
    case 'obj-table':
      return 'mp_native_obj_table';
    case 'got':
      return 'GOT';
    case 'fixed':
      return target.weak === true ? 'nothing (an undefined weak symbol)' : `address 0x${target.address.toString(16)}`;
  }
}
