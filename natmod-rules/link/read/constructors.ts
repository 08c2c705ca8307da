/**
 * Constructors: functions that run before mpy_init, which compilers list in tables (.preinit_array, .init_array, the
 * older .ctors; gABI, "Initialization and Termination Functions"). The firmware knows nothing of them, so the linker
 * writes a routine that the module starts with. It calls each of them, in order, and then jumps to mpy_init with the
 * arguments and the return address it was entered with itself. The loader has filled every table before, so
 * constructors may use all of the module's variables and call the firmware; only the names that
 * MP_DYNRUNTIME_INIT_ENTRY makes visible are still those of the importer.
 */
import type { Arch } from '../../arch/index.ts';
import type { ElfSymbol, Relocation } from '../../elf/object.ts';
import type { FamilyRules } from '../families/types.ts';
import { type Chunk, LINKER, makeChunk, type Target } from '../model/model.ts';
import type { Program } from '../shrink/program.ts';

const TABLE = /^\.(preinit_array|init_array|ctors)(?:\.(\d+))?$/;

/** What comes without a number comes after all that has one. */
const LAST = 65536;

/** A machine word of a table: byte offset in it. */
interface Entry {
  readonly chunk: Chunk;
  readonly offset: number;
}

/**
 * The entries of all tables in the order of their calls: .preinit_array first, then by priority, small numbers first.
 * Equal ones keep link order in .init_array; .ctors comes behind and is read backwards, its number counts down from
 * 65535.
 */
function inCallOrder(tables: readonly Chunk[], wordSize: number): Entry[] {
  const keyed = tables.map((chunk, index) => {
    const [, kind, number] = TABLE.exec(chunk.name) ?? [];
    const given = number === undefined ? LAST : Math.min(Number(number), LAST - 1);
    if (kind === 'ctors') return { chunk, order: [1, given === LAST ? LAST : LAST - 1 - given, 1, -index], back: true };
    return { chunk, order: [kind === 'preinit_array' ? 0 : 1, given, 0, index], back: false };
  });
  keyed.sort((a, b) => a.order.map((value, i) => value - b.order[i]!).find((d) => d !== 0) ?? 0);
  return keyed.flatMap(({ chunk, back }) => {
    const count = Math.floor(chunk.size / wordSize);
    const entries = Array.from({ length: count }, (_, i) => ({ chunk, offset: i * wordSize }));
    return back ? entries.reverse() : entries;
  });
}

/**
 * The program with a routine in front that calls what `tables` list and then goes on to the entry it had; the program
 * itself when there is nothing to call. Words of 0 and -1 without relocation, and undefined weak functions, are left
 * out.
 */
export function callConstructors(program: Program, tables: readonly Chunk[]): Program {
  const { arch, rules, resolve, entry } = program;
  const table = new Table(arch.wordSize);
  for (const { chunk, offset } of inCallOrder(tables, arch.wordSize)) {
    const word = chunk.data.subarray(offset, offset + arch.wordSize);
    const relocations = chunk.relocations.filter((r) => r.offset === offset);
    const nobody = relocations.length === 0 ? isMark(word) : isAbsent(resolve(relocations[0]!.symbol));
    if (!nobody) table.add(word, relocations);
  }
  if (table.length === 0) return program;
  const start = startRoutine(arch, rules, table, madeSymbol('mpy_init'));
  const bound = new Map<ElfSymbol, Target>([[start.init, entry]]);
  return {
    ...program,
    chunks: [start.chunk, ...program.chunks],
    resolve: (symbol) => bound.get(symbol) ?? resolve(symbol),
    entry: { kind: 'chunk', chunk: start.chunk, offset: start.offset },
  };
}

/** Old compilers begin tables with the one and end them with the other. */
function isMark(word: Uint8Array): boolean {
  return word.every((byte) => byte === 0) || word.every((byte) => byte === 0xff);
}

function isAbsent(target: Target): boolean {
  return target.kind === 'fixed' && target.weak === true;
}

/** A symbol that no object has. */
function madeSymbol(name: string): ElfSymbol {
  return { object: LINKER, index: -1, name, bind: 0, type: 0, shndx: 0, value: 0, size: 0 };
}

/** Machine words with their relocations. */
class Table {
  readonly words: number[] = [];
  readonly relocations: Relocation[] = [];
  readonly #wordSize: number;

  constructor(wordSize: number) {
    this.#wordSize = wordSize;
  }

  get length(): number {
    return this.words.length / this.#wordSize;
  }

  add(word: Uint8Array, relocations: readonly Relocation[]): void {
    const offset = this.words.length;
    this.words.push(...word);
    this.relocations.push(...relocations.map((r) => ({ ...r, offset })));
  }
}

interface Start {
  readonly chunk: Chunk;
  /** Where it is entered; bit 0 set for Thumb. */
  readonly offset: number;
  /** The symbol by which it refers to mpy_init. */
  readonly init: ElfSymbol;
}

function startRoutine(arch: Arch, rules: FamilyRules, table: Table, init: ElfSymbol): Start {
  const { wordSize } = arch;
  const { code, table: place } = rules.startCode(arch, table.length);
  const empty = new Uint8Array(wordSize);
  if (place === 'behind') table.add(empty, []);
  table.add(empty, [{ offset: 0, type: rules.wordType(wordSize), symbol: init, addend: 0 }]);
  const parts = place === 'behind' ? [...code, ...table.words] : [...table.words, ...code];
  const before = place === 'behind' ? code.length : 0;
  const data = Uint8Array.from(parts);
  const relocations = table.relocations.map((r) => ({ ...r, offset: r.offset + before }));
  const chunk = makeChunk({ name: '.start', role: 'text', align: wordSize, size: data.length, data, relocations });
  const entry = place === 'behind' ? 0 : table.words.length;
  return { chunk, offset: entry + rules.functionBit, init };
}
