/**
 * Symbol resolution by the usual rules of ELF linkers (gABI, "Symbol Table"): strong over common over weak, an
 * undefined weak symbol is 0, two strong definitions are an error. What the firmware offers by name comes from its
 * function table.
 */
import type { Arch } from '../../arch/index.ts';
import { REBUILD } from '../../elf/bytes.ts';
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../../elf/object.ts';
import { fail, NatmodError, type Problem } from '../../problem.ts';
import type { FamilyRules } from '../families/types.ts';
import { BY_LINKER, FUN_TABLE_SYMBOLS, isFirmwareFunction } from '../model/firmware.ts';
import { type Chunk, makeChunk, type Resolve, type Target } from '../model/model.ts';
import { THREAD_LOCAL_HINT } from './language-hints.ts';
import { provide } from './provided.ts';
import { isPcThunk, type Selection } from './select.ts';
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
  dropUnused = false,
): Resolution {
  const { definitions, commonAligns, problems } = collectDefinitions(objects, selection);
  const commons = allocateCommons(definitions, commonAligns);
  const provided = new Map<string, readonly Chunk[]>();
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
      const target = known ?? targetOf(reference, { arch, rules, selection, definitions, commons, fixed, provided });
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

interface Definition {
  readonly symbol: ElfSymbol;
  readonly object: ObjectFile;
  readonly strength: number;
}

const WEAK = 1;
const COMMON = 2;
const STRONG = 3;

interface Failure {
  readonly kind: 'problem';
  readonly problem: Problem;
}

function collectDefinitions(objects: readonly ObjectFile[], selection: Selection) {
  const definitions = new Map<string, Definition>();
  const problems: Problem[] = [];
  // The largest alignment that any object asks for counts, whichever of them has the largest size.
  const commonAligns = new Map<string, number>();
  for (const object of objects) {
    for (const symbol of object.symbols) {
      if (symbol.bind === elf.STB_LOCAL || symbol.shndx === elf.SHN_UNDEF || symbol.name === '') continue;
      if (isPcThunk(symbol.name)) continue;
      const inModule = symbol.shndx >= elf.SHN_LORESERVE || selection.chunkOf(object, symbol.shndx) !== undefined;
      if (!inModule) continue;
      const strength = symbol.shndx === elf.SHN_COMMON ? COMMON : symbol.bind === elf.STB_GLOBAL ? STRONG : WEAK;
      const before = definitions.get(symbol.name);
      if (before?.strength === STRONG && strength === STRONG) problems.push(duplicate(before, symbol, object));
      else if (before === undefined || winsOver(strength, symbol, before)) {
        definitions.set(symbol.name, { symbol, object, strength });
      }
      if (strength === COMMON)
        commonAligns.set(symbol.name, Math.max(alignOf(symbol, object), commonAligns.get(symbol.name) ?? 1));
    }
  }
  return { definitions, commonAligns, problems };
}

function winsOver(strength: number, symbol: ElfSymbol, before: Definition): boolean {
  if (strength === COMMON && before.strength === COMMON) return symbol.size > before.symbol.size;
  return strength > before.strength;
}

function duplicate(before: Definition, symbol: ElfSymbol, object: ObjectFile): Problem {
  const section = object.sections[symbol.shndx]?.name ?? 'absolute';
  const first = before.object.sections[before.symbol.shndx]?.name ?? 'absolute';
  return {
    code: 'duplicate-symbol',
    message: `'${symbol.name}' is defined twice; the first definition is in ${before.object.name} (${first}+0x${before.symbol.value.toString(16)})`,
    where: { file: object.name, section, offset: symbol.value, symbol: symbol.name },
    hint: 'rename one of them, or make it static',
  };
}

const LARGEST_ALIGN = 0x10000;

/** The alignment of a common symbol, in bytes. */
function alignOf({ name, value }: ElfSymbol, object: ObjectFile): number {
  if (value <= LARGEST_ALIGN && (value & (value - 1)) === 0) return Math.max(1, value);
  const where = { file: object.name, symbol: name };
  const message = `common symbol '${name}' asks for an alignment of ${value} bytes`;
  return fail('corrupt-object', message, where, REBUILD);
}

function allocateCommons(
  definitions: ReadonlyMap<string, Definition>,
  aligns: ReadonlyMap<string, number>,
): Map<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  for (const [name, { symbol, object, strength }] of definitions) {
    if (strength !== COMMON) continue;
    const align = aligns.get(name)!;
    chunks.set(
      name,
      makeChunk({ name: `COMMON.${name}`, symbol: name, object: object.name, role: 'bss', align, size: symbol.size }),
    );
  }
  return chunks;
}

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

function placeOf({ object, section, offset, symbol }: Reference) {
  return { file: object.name, section: section.name, offset, symbol: symbol.name };
}

const OTHER_LIBRARY =
  'this is how glibc is made; take another C library: install musl (Debian: musl-dev), or run `gulp sources`, which brings\n' +
  "MicroPython's own mathematical functions";

function threadLocal(reference: Reference): Failure {
  const message = `'${reference.symbol.name}' is a thread-local variable, which a native module cannot have`;
  const hint = reference.object.library === undefined ? THREAD_LOCAL_HINT : OTHER_LIBRARY;
  return { kind: 'problem', problem: { code: 'thread-local', message, where: placeOf(reference), hint } };
}

function leftOut(reference: Reference): Failure {
  const { symbol, object } = reference;
  if (symbol.shndx === elf.SHN_UNDEF) return nowhere(reference);
  const section = object.sections[symbol.shndx];
  const name = section === undefined ? 'a section that does not exist' : section.name || `section ${section.index}`;
  const what = symbol.name === '' ? name : `'${symbol.name}' in ${name}`;
  const message = `a reference to ${what}, which is not part of the module`;
  const hint = 'the section holds debugging or unwinding data, or its COMDAT group was taken from another object';
  return { kind: 'problem', problem: { code: 'dropped-section', message, where: placeOf(reference), hint } };
}

/** A local symbol is looked for in its own object only. */
function nowhere(reference: Reference): Failure {
  const { symbol, object } = reference;
  const message = `symbol '${symbol.name}' is local to ${object.name}, and nothing in there defines it`;
  const hint = 'a tool has made it local after the compiler (objcopy, ld -r): leave that out, or define it there';
  return { kind: 'problem', problem: { code: 'undefined-symbol', message, where: placeOf(reference), hint } };
}

function chosenAtRunTime(symbol: ElfSymbol, object: ObjectFile): Failure {
  const where = {
    file: object.name,
    section: object.sections[symbol.shndx]?.name,
    offset: symbol.value,
    symbol: symbol.name,
  };
  const message = `'${symbol.name}' is chosen for the CPU at run time (IFUNC), which a native module cannot do`;
  const hint = object.library === undefined ? 'remove target_clones, or the attribute ifunc, from it' : OTHER_LIBRARY;
  return { kind: 'problem', problem: { code: 'run-time-choice', message, where, hint } };
}

function outside(symbol: ElfSymbol, object: ObjectFile, chunk: Chunk): Failure {
  const where = { file: object.name, section: chunk.name, offset: symbol.value, symbol: symbol.name };
  const message = `symbol '${symbol.name}' lies outside its section of ${chunk.size} bytes`;
  return {
    kind: 'problem',
    problem: { code: 'corrupt-object', message, where, hint: 'delete the file and build it again' },
  };
}

function findEntry(
  { functionBit, codeAlign }: FamilyRules,
  objects: readonly ObjectFile[],
  selection: Selection,
  definitions: ReadonlyMap<string, Definition>,
): (Target & { kind: 'chunk' }) | Failure {
  const entry = definitions.get('mpy_init');
  const chunk = entry && selection.chunkOf(entry.object, entry.symbol.shndx);
  if (entry !== undefined && chunk?.role === 'text') {
    const { symbol, object } = entry;
    if (symbol.value >= chunk.size) return outside(symbol, object, chunk);
    const odd = symbol.value % 2 !== 0;
    if (functionBit === 1 && !odd) return misplacedEntry(object, chunk, symbol, NO_THUMB);
    if (functionBit === 0 && codeAlign > 1 && odd) return misplacedEntry(object, chunk, symbol, ODD);
    return { kind: 'chunk', chunk, offset: symbol.value };
  }
  const local = objects.find((o) => o.symbols.some((s) => s.name === 'mpy_init' && s.bind === elf.STB_LOCAL));
  const hint =
    local === undefined
      ? 'every module has one function mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)'
      : `it is static in ${local.name}; remove the word static`;
  const message =
    entry === undefined
      ? 'no object defines mpy_init, where a module starts'
      : 'mpy_init is not a function of the module';
  const where = { file: entry?.object.name ?? objects[0]?.name, symbol: 'mpy_init' };
  return { kind: 'problem', problem: { code: 'no-entry', message, where, hint } };
}

const NO_THUMB = {
  message: 'mpy_init is not marked as a Thumb function, so nothing can call it',
  hint: 'in assembler sources write .thumb_func (or .type mpy_init, %function behind .thumb) before the label',
};
const ODD = {
  message: 'mpy_init is at an odd address, where this CPU has no instructions',
  hint: 'in assembler sources write .balign 2 before the label',
};

function misplacedEntry(
  object: ObjectFile,
  { name }: Chunk,
  { value }: ElfSymbol,
  text: Pick<Problem, 'message' | 'hint'>,
): Failure {
  const where = { file: object.name, section: name, offset: value, symbol: 'mpy_init' };
  return { kind: 'problem', problem: { code: 'no-entry', ...text, where } };
}
