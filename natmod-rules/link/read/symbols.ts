/**
 * Symbol resolution by the usual rules of ELF linkers (gABI, "Symbol Table"): strong over common over weak, an
 * undefined weak symbol is 0, two strong definitions are an error. What the firmware offers by name comes from its
 * function table.
 */
import type { Arch } from '../../arch/index.ts';
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../../elf/object.ts';
import { NatmodError } from '../../problem.ts';
import type { FamilyRules, ShorterRoutines } from '../families/types.ts';
import { BY_LINKER, FUN_TABLE_SYMBOLS, isFirmwareFunction } from '../model/firmware.ts';
import type { Chunk, Resolve, Target } from '../model/model.ts';
import { allocateCommons, collectDefinitions, type Definition } from './definitions.ts';
import { findEntry } from './entry.ts';
import { provide } from './provided.ts';
import { isPcThunk, type Selection } from './select.ts';
import { chosenAtRunTime, type Failure, leftOut, outside, threadLocal } from './symbol-problems.ts';
import { type Reference, undefinedSymbol } from './undefined.ts';

export interface Resolution {
  readonly resolve: Resolve;
  /** BSS for common symbols (`int x;` under -fcommon). */
  readonly commons: readonly Chunk[];
  /** Where mpy_init is. */
  readonly entry: Target & { kind: 'chunk' };
  /** Which chunks the module needs: all of them, or those that can be reached from mpy_init. */
  readonly kept: ReadonlySet<Chunk>;
  /** Functions that the linker wrote because nothing defines them, with their data. */
  readonly provided: readonly Chunk[];
  /** Entries of the firmware's function table that are used under a function's name, in the order they were met. */
  readonly firmware: readonly number[];
}

/** Addresses outside the module, by name. */
export interface FixedSymbols {
  /** Go before libraries and the firmware. */
  readonly externs: ReadonlyMap<string, number>;
  /** For what nothing else defines. */
  readonly rom: ReadonlyMap<string, number>;
  /** Names of the libraries that were searched before, for messages. */
  readonly libraries?: readonly string[];
}

export interface ResolutionWishes {
  /** Only what can be reached from mpy_init is part of the module. */
  readonly dropUnused?: boolean;
  /** What to take instead of routines of libraries. */
  readonly shorter?: ShorterRoutines;
}

/**
 * Binds every symbol that a selected section refers to; with `dropUnused`, only what can be reached from mpy_init
 * counts. Errors, all of them at once: `duplicate-symbol`, `undefined-symbol`, `run-time-choice`, `dropped-section`,
 * `no-entry`.
 */
export function resolveSymbols(
  arch: Arch,
  rules: FamilyRules,
  objects: readonly ObjectFile[],
  selection: Selection,
  fixed: FixedSymbols,
  { dropUnused = false, shorter }: ResolutionWishes = {},
): Resolution {
  const { definitions, commonAligns, problems } = collectDefinitions(objects, selection);
  const commons = allocateCommons(definitions, commonAligns);
  const provided = new Map<string, readonly Chunk[]>();
  const instead = shorter !== undefined && isLibrarys(definitions.get(shorter.unless)) ? shorter : undefined;
  const targets = new Map<ElfSymbol, Target>();
  const firmware = new Set<number>();
  const reported = new Set<string>();
  const entry = findEntry(rules, objects, selection, definitions);
  const roots = dropUnused && entry.kind === 'chunk' ? [entry.chunk] : selection.chunks;
  const kept = new Set<Chunk>([...roots, ...selection.constructors]);
  // A set that grows is walked to its end: what a kept chunk refers to is kept, too.
  for (const chunk of kept) {
    for (const reference of referencesOf(rules, chunk)) {
      const { symbol } = reference;
      if (reported.has(symbol.name)) continue;
      const known = targets.get(symbol);
      const target =
        known ??
        targetOf(reference, {
          arch,
          rules,
          selection,
          definitions,
          commons,
          fixed,
          provided,
          instead,
        });
      if (target.kind === 'problem') {
        problems.push(target.problem);
        reported.add(symbol.name);
        continue;
      }
      targets.set(symbol, target);
      if (target.kind === 'chunk') kept.add(target.chunk);
      if (target.kind === 'table-entry' && isFirmwareFunction(target.index)) firmware.add(target.index);
    }
  }
  if (entry.kind === 'problem') problems.push(entry.problem);
  if (problems.length > 0 || entry.kind === 'problem') throw new NatmodError(problems);
  const resolve: Resolve = (symbol) => targets.get(symbol) ?? NO_SYMBOL;
  const made = [...provided.values()].flat();
  return { resolve, commons: [...commons.values()], provided: made, entry, kept, firmware: [...firmware] };
}

/** For relocations that name no symbol, such as R_ARM_V4BX. */
const NO_SYMBOL: Target = { kind: 'fixed', address: 0 };

function* referencesOf({ types }: FamilyRules, { from, section, relocations }: Chunk): Generator<Reference> {
  if (from === undefined || section === undefined) return;
  for (const { symbol, offset, type } of relocations) {
    const isHint = types.get(type)?.expression === 'none';
    if (symbol.index !== 0 && !isHint) yield { symbol, object: from, section, offset };
  }
}

interface Tables {
  readonly arch: Arch;
  readonly rules: FamilyRules;
  readonly selection: Selection;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly commons: ReadonlyMap<string, Chunk>;
  readonly fixed: FixedSymbols;
  /** Grows as functions are asked for. */
  readonly provided: Map<string, readonly Chunk[]>;
  readonly instead: ShorterRoutines | undefined;
}

function targetOf(reference: Reference, tables: Tables): Target | Failure {
  const { symbol, object } = reference;
  if (symbol.type === elf.STT_TLS) return threadLocal(reference);
  const isOwn = symbol.bind === elf.STB_LOCAL || (isPcThunk(symbol.name) && symbol.shndx !== elf.SHN_UNDEF);
  if (isOwn) return defined(symbol, object, reference, tables.selection);
  const byLinker = BY_LINKER.get(symbol.name);
  if (byLinker !== undefined) return byLinker;
  const definition = tables.definitions.get(symbol.name);
  if (definition !== undefined) {
    const chunk = tables.commons.get(symbol.name);
    if (chunk !== undefined) return { kind: 'chunk', chunk, offset: 0 };
    const shorter = isLibrarys(definition) ? shorterTarget(symbol.name, tables) : undefined;
    if (shorter !== undefined) return shorter;
    return defined(definition.symbol, definition.object, reference, tables.selection);
  }
  const address = tables.fixed.externs.get(symbol.name);
  if (address !== undefined) return { kind: 'fixed', address };
  const index = FUN_TABLE_SYMBOLS.get(symbol.name);
  if (index !== undefined) return { kind: 'table-entry', index };
  if (symbol.bind === elf.STB_WEAK) return { kind: 'fixed', address: 0, weak: true };
  if (symbol.shndx !== elf.SHN_UNDEF) return leftOut(reference);
  return (
    providedTarget(symbol.name, tables) ??
    romTarget(symbol.name, tables) ?? {
      kind: 'problem',
      problem: undefinedSymbol(reference, tables.arch, tables.fixed.libraries),
    }
  );
}

/** Of a library, or of nobody. */
function isLibrarys(definition: Definition | undefined): boolean {
  return definition === undefined || definition.object.library !== undefined;
}

function shorterTarget(name: string, { rules, provided, instead }: Tables): Target | undefined {
  const offset = instead?.entries.get(name);
  if (instead === undefined || offset === undefined) return undefined;
  provided.set('', [instead.chunk]);
  return { kind: 'chunk', chunk: instead.chunk, offset: offset + rules.functionBit };
}

function providedTarget(name: string, { arch, rules, provided }: Tables): Target | undefined {
  const chunks = provided.get(name) ?? provide(arch, rules, name);
  if (chunks === undefined) return undefined;
  provided.set(name, chunks);
  return { kind: 'chunk', chunk: chunks[0]!, offset: rules.functionBit };
}

function romTarget(name: string, { fixed }: Tables): Target | undefined {
  const address = fixed.rom.get(name);
  return address === undefined ? undefined : { kind: 'fixed', address };
}

function defined(symbol: ElfSymbol, object: ObjectFile, reference: Reference, selection: Selection): Target | Failure {
  if (symbol.type === elf.STT_GNU_IFUNC) return chosenAtRunTime(symbol, object);
  if (symbol.shndx === elf.SHN_ABS) return { kind: 'fixed', address: symbol.value };
  const chunk = selection.chunkOf(object, symbol.shndx);
  if (chunk === undefined) return leftOut(reference);
  if (symbol.value > chunk.size + 1 && !isAnchor(symbol, chunk)) return outside(symbol, object, chunk);
  return { kind: 'chunk', chunk, offset: symbol.value };
}

/**
 * GCC (-fsection-anchors) reaches variables from points at even distances, by offsets in both directions. The last
 * point may lie behind the section, by no more than an instruction reaches back: 2 KiB on RISC-V.
 */
function isAnchor({ bind, type, size, value }: ElfSymbol, chunk: Chunk): boolean {
  return bind === elf.STB_LOCAL && type === elf.STT_NOTYPE && size === 0 && value <= chunk.size + 2048;
}
