/**
 * The linker: relocatable objects in, a native .mpy module out. Each pass takes plain data and returns new data.
 *
 *   readObject        bytes → sections, symbols, relocations
 *   pullMembers       what static libraries add
 *   arrangeRelative   RISC-V: their code for a fixed address made loadable anywhere; runs the passes from here to layOut
 *   selectSections    what goes into the module, and as what
 *   resolveSymbols    what every symbol stands for
 *   callConstructors  what runs before mpy_init
 *   compact           fewer bytes for the same program, if that is wanted
 *   makeStubs         ways to the firmware's memset and memmove, and to routines in ROM
 *   buildGot          one word per symbol that is reached indirectly (Xtensa: buildLiterals)
 *   assignBlocks      which block of memory everything goes to
 *   layOut            an address for everything, and the jump to mpy_init
 *   relocate          the bytes, and what the firmware's loader has to add to them
 *   holdMemory        a word more if BSS and rodata would be lost to the garbage collector
 *   writeNativeModule the file
 */
import type { Arch } from '../arch/index.ts';
import { type ObjectFile, readObject } from '../elf/object.ts';
import { writeNativeModule } from '../package/index.ts';
import { fail, NatmodError, type Problem } from '../problem.ts';
import { arrangeRelative } from './families/riscv/members.ts';
import { buildLiterals } from './families/xtensa/literals.ts';
import type { Chunk, Got, Image } from './model/model.ts';
import { checkAlignment } from './place/alignment.ts';
import { assignBlocks } from './place/blocks.ts';
import { buildGot } from './place/got.ts';
import { holdMemory } from './place/hold-memory.ts';
import { layOut } from './place/layout.ts';
import { makeStubs, type Stubs } from './place/stubs.ts';
import { checkMachine, checkMembers, checkObjects } from './read/check-abi.ts';
import { checkRelocations } from './read/check-relocations.ts';
import { callConstructors } from './read/constructors.ts';
import { type Library, pullMembers } from './read/libraries.ts';
import { isProvided } from './read/provided.ts';
import { selectSections } from './read/select.ts';
import { type FixedSymbols, resolveSymbols } from './read/symbols.ts';
import { compact, type Program } from './shrink/index.ts';
import { type CompactChoice, type CompactPass, passesOf } from './shrink/passes.ts';
import { relocate } from './write/relocate.ts';

export interface LinkOptions {
  readonly arch: Arch;
  /** In link order. */
  readonly objects: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Names behind the indices of `mp_native_qstr_table`, from 1 on. */
  readonly qstrs: readonly string[];
  /** Name that the module carries as its source file: `features0.mpy`. */
  readonly sourceName: string;
  /** Bits of the architecture-flags varint. */
  readonly archFlags?: number;
  /** Searched in this order for symbols that the objects leave undefined. */
  readonly libraries?: readonly Library[];
  /**
   * Make the module as small as possible, instead of like the reference linker's, and take what that refuses: initialised data, and
   * static variables where code can reach them. A list has only those passes done.
   */
  readonly compact?: CompactChoice;
  /** Symbols at fixed addresses in ROM. */
  readonly externs?: ReadonlyMap<string, number>;
  /** Routines at fixed addresses that serve what no object, library or `externs` defines. */
  readonly rom?: ReadonlyMap<string, number>;
}

export interface LinkResult {
  readonly mpy: Uint8Array;
  /** Bytes of each block, and the number of GOT slots. */
  readonly sizes: { readonly text: number; readonly rodata: number; readonly bss: number; readonly got: number };
  readonly image: Image;
}

/** Links a module. Throws a NatmodError with every problem of the first pass that found any. */
export function link(options: LinkOptions): LinkResult {
  const { arch, qstrs, sourceName, archFlags } = options;
  const externs = options.externs ?? new Map<string, number>();
  const objects = readObjects(options);
  const members = pullMembers(objects, options.libraries ?? [], (name) => externs.has(name) || isProvided(arch, name));
  checkMembers(arch, members, archFlags);
  checkRelocations(arch, [...objects, ...members]);
  const libraries = options.libraries?.map(({ file }) => file);
  const fixed = { externs, rom: options.rom ?? new Map<string, number>(), libraries };
  const passes = passesOf(options.compact);
  const arrangeAll = (added: readonly ObjectFile[]) => arrange({ arch, fixed, passes }, [...objects, ...added]);
  const arranged = arch.family === 'riscv' ? arrangeRelative(members, arrangeAll) : arrangeAll(members);
  const first = relocate(arranged);
  const image = (passes.has('variables') ? holdMemory(arranged, first) : undefined) ?? arranged;
  const { text, rodata, relocations } = image === arranged ? first : relocate(image);
  const bssSize = image.size.bss;
  const parts = { arch, archFlags, sourceName, qstrs, text, rodata, bssSize, relocations };
  const mpy = writeNativeModule({ ...parts, shortRelocations: passes.has('short-relocations') });
  return { mpy, image, sizes: { ...image.size, got: image.got.slots.length } };
}

function readObjects({ arch, objects, archFlags }: LinkOptions): ObjectFile[] {
  if (objects.length === 0)
    fail('no-objects', 'there is nothing to link', undefined, 'name at least one C source in SRC');
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const read: ObjectFile[] = [];
  for (const { name, bytes } of objects) {
    const own = unlike(name, seen);
    seen.add(own);
    try {
      const object = readObject(bytes, own);
      checkMachine(arch, object);
      read.push(object);
    } catch (error) {
      if (!(error instanceof NatmodError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new NatmodError(problems);
  checkObjects(arch, read, archFlags);
  return read;
}

/** Local symbols are told apart by their object's name, so that must be its own. */
function unlike(name: string, others: ReadonlySet<string>): string {
  let own = name;
  for (let count = 2; others.has(own); count++) own = `${name}#${count}`;
  return own;
}

interface ArrangeOptions {
  readonly arch: Arch;
  readonly fixed: FixedSymbols;
  readonly passes: ReadonlySet<CompactPass>;
}

/** Everything between reading and writing bytes. */
function arrange(options: ArrangeOptions, objects: readonly ObjectFile[]): Image {
  const { arch, fixed, passes } = options;
  const allVariables = passes.has('variables');
  const selection = selectSections(objects, allVariables);
  const resolution = resolveSymbols(arch, objects, selection, fixed, passes.has('gc-sections'));
  const { commons, provided, kept, firmware } = resolution;
  const isKept = (chunk: Chunk) => !passes.has('gc-sections') || kept.has(chunk);
  const selected = [...selection.chunks, ...commons];
  const follow: Program['follow'] = (target) => target;
  const functions: Program = { ...resolution, arch, follow, chunks: [...selected.filter(isKept), ...provided] };
  const all = callConstructors(functions, selection.constructors);
  const blocksOf = ({ chunks, resolve }: Program) => assignBlocks(arch, chunks, resolve, allVariables);
  const placeAll = (program: Program) => layOut(arch, program.chunks, blocksOf(program), program.entry, true).place;
  const program = passes.size > 0 ? compact(all, passes, blocksOf, placeAll) : all;
  const { chunks: pieces, resolve, entry } = program;
  // Relaxation has made them already.
  const entries = arch.family === 'riscv' && passes.has('relax') ? [] : firmware;
  const stubs = makeStubs(arch, entries, pieces, resolve);
  const { chunks, got, literal } =
    arch.family === 'xtensa'
      ? withLiterals(arch, pieces, stubs, resolve)
      : withGot(arch, pieces, stubs, resolve, passes.has('merge-got'));
  const blocks = assignBlocks(arch, chunks, resolve, allVariables);
  if (allVariables) checkAlignment(arch, chunks, blocks);
  const { place, size, entryJump } = layOut(arch, chunks, blocks, entry, passes.has('sort-sections'));
  const before = { objects, selected, program: all, follow: program.follow };
  return { arch, chunks, place, resolve, got, literal, entryJump, size, stubs, before };
}

type Parts = Pick<Image, 'chunks' | 'got' | 'literal'>;

/** Stubs come behind the first section, newest first, and the GOT comes last: the order of the reference linker. */
function withGot(
  arch: Arch,
  pieces: readonly Chunk[],
  stubs: Stubs,
  resolve: Image['resolve'],
  mergeSlots: boolean,
): Parts {
  const got: Got = buildGot(arch, pieces, resolve, mergeSlots);
  const chunks = [
    ...pieces.slice(0, 1),
    ...[...stubs.values()].map((stub) => stub.chunk).reverse(),
    ...pieces.slice(1),
    got.chunk,
  ];
  return { chunks, got, literal: () => undefined };
}

/** GOT and literals lie before the code, because l32r only reaches back. */
function withLiterals(arch: Arch, pieces: readonly Chunk[], stubs: Stubs, resolve: Image['resolve']): Parts {
  const literalSections = pieces.filter((c) => c.role === 'literal');
  const rest = pieces.filter((c) => c.role !== 'literal');
  const pool = buildLiterals(arch, literalSections, resolve);
  const calls = [...stubs.values()].map((stub) => stub.chunk);
  return { chunks: [pool.got.chunk, pool.chunk, ...calls, ...rest], got: pool.got, literal: pool.find };
}
