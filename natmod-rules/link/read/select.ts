/**
 * Which sections of the objects go into the module, and as what. Names that no rule knows are judged by their ELF
 * flags, so that nothing the program needs is ever dropped in silence; what a module cannot have is refused by name.
 */
import * as elf from '../../elf/constants.ts';
import type { ObjectFile, Section } from '../../elf/object.ts';
import { NatmodError, type Problem, type ProblemCode } from '../../problem.ts';
import { type Chunk, makeChunk, type Role } from '../model/model.ts';
import { LIBRARY_THREADS_HINT, SMALL_FORM_HINT, THREAD_LOCAL_HINT } from './language-hints.ts';
import { userOfSection } from './undefined.ts';

export interface Selection {
  /** In link order: objects as given, sections as numbered. */
  readonly chunks: readonly Chunk[];
  /** Tables of functions to call before mpy_init; not among `chunks`. */
  readonly constructors: readonly Chunk[];
  /** The chunk of a section; sections left out have none. */
  chunkOf(object: ObjectFile, sectionIndex: number): Chunk | undefined;
}

/**
 * Turns sections into chunks; keeps each COMDAT group once. Initialised data of libraries is always taken, that of the
 * module's own objects with `allowData`, and so are constructors; destructors are left out then, because no module is
 * ever unloaded. Code starts where an instruction can: assembler sources of C libraries ask for no alignment, and there
 * may be a text of odd length before them. Errors: `writable-data`, `thread-local`, `constructors`, each with the
 * section and its variables.
 * @param codeAlign bytes, of the CPU's instructions
 */
export function selectSections(objects: readonly ObjectFile[], codeAlign: number, allowData = false): Selection {
  const problems: Problem[] = [];
  const chunks: Chunk[] = [];
  const constructors: Chunk[] = [];
  const bySection = new Map<ObjectFile, Map<number, Chunk>>();
  const keeper = new Map<string, ObjectFile>();
  for (const object of objects) {
    const own = new Map<number, Chunk>();
    bySection.set(object, own);
    const referenced = referencedSections(object);
    for (const section of object.sections) {
      if (section.size === 0 && !referenced.has(section.index)) continue;
      const role = roleOf(section);
      if (role === 'ignored' || isDuplicate(section, object, keeper)) continue;
      if (role === DESTRUCTORS && allowData) continue;
      const isTable = role === CONSTRUCTORS && allowData;
      if (typeof role !== 'string' && !isTable && !(role === DATA && (allowData || object.library !== undefined))) {
        problems.push(refusal(object, section, role));
        continue;
      }
      const { name, align, size, data, relocations } = section;
      const fromLibrary = object.library !== undefined;
      const chunkRole = typeof role === 'string' ? role : isTable ? 'rodata' : 'data';
      const chunk = makeChunk({
        name,
        object: object.name,
        role: chunkRole,
        align: chunkRole === 'text' ? Math.max(align, codeAlign) : align,
        size,
        data: chunkRole === 'bss' ? new Uint8Array() : data,
        relocations,
        section,
        from: object,
        fromLibrary,
      });
      own.set(section.index, chunk);
      (isTable ? constructors : chunks).push(chunk);
    }
  }
  if (problems.length > 0) throw new NatmodError(problems);
  return { chunks, constructors, chunkOf: (object, index) => bySection.get(object)?.get(index) };
}

/** Program counter thunks of 32-bit x86 stay with their object, as the reference linker has it. */
export function isPcThunk(name: string): boolean {
  return name.startsWith(PC_THUNK);
}

/** Whether a section of that name has one. */
export function hasPcThunk(section: string): boolean {
  return section.includes(PC_THUNK);
}

/** Routines of compilers for x86 that return their return address; the register's name follows. */
const PC_THUNK = '__x86.get_pc_thunk.';

/**
 * Whether a section takes part in a link at all: it is in memory at run time and no table for debugging or unwinding.
 */
export function isLinked(section: Section): boolean {
  return roleOf(section) !== 'ignored';
}

function isDuplicate(section: Section, object: ObjectFile, keeper: Map<string, ObjectFile>): boolean {
  if (section.comdat === undefined || isPcThunk(section.comdat)) return false;
  const first = keeper.get(section.comdat);
  if (first === undefined) keeper.set(section.comdat, object);
  return first !== undefined && first !== object;
}

function referencedSections(object: ObjectFile): Set<number> {
  const indices = new Set<number>();
  for (const section of object.sections) {
    if (roleOf(section) === 'ignored') continue;
    for (const relocation of section.relocations) indices.add(relocation.symbol.shndx);
  }
  // Other objects may refer to these.
  for (const symbol of object.symbols) if (symbol.bind !== elf.STB_LOCAL) indices.add(symbol.shndx);
  return indices;
}

interface Refusal {
  readonly code: ProblemCode;
  readonly what: string;
  readonly hint: string;
}

const DATA: Refusal = {
  code: 'writable-data',
  what: 'initialised writable data is not supported in a native module',
  hint: `make it const, or leave it without an initialiser (it is then zeroed BSS) and set its value in mpy_init,\nor ${SMALL_FORM_HINT}`,
};
const LOCAL_HINT = `make that variable static and const as a whole, such as static const int *const table[] = {...},\nor ${SMALL_FORM_HINT}`;
const TLS: Refusal = {
  code: 'thread-local',
  what: 'thread-local variables are not supported in a native module',
  hint: THREAD_LOCAL_HINT,
};
const CONSTRUCTORS: Refusal = {
  code: 'constructors',
  what: 'constructors are not called in the plain form of a native module',
  hint: `call the function from mpy_init instead of marking it as constructor,\nor ${SMALL_FORM_HINT}`,
};
const DESTRUCTORS: Refusal = {
  code: 'constructors',
  what: 'destructors are not supported in the plain form of a native module: nothing would call them',
  hint: `remove the mark; or, to have them left out, ${SMALL_FORM_HINT}`,
};

const UNWIND = /^\.(eh_frame|eh_frame_hdr|gcc_except_table|ARM\.(exidx|extab)|xtensa\.info|note)(\.|$)/;
const START = /^\.(init_array|preinit_array|ctors)(\.|$)/;
const END = /^\.(fini_array|dtors)(\.|$)/;

function roleOf(section: Section): Role | 'ignored' | Refusal {
  const { name, flags, type } = section;
  if ((flags & elf.SHF_ALLOC) === 0 || type === elf.SHT_NULL || type === elf.SHT_NOTE || UNWIND.test(name))
    return 'ignored';
  if ((flags & elf.SHF_TLS) !== 0) return TLS;
  if (type === elf.SHT_INIT_ARRAY || type === elf.SHT_PREINIT_ARRAY || START.test(name)) return CONSTRUCTORS;
  if (type === elf.SHT_FINI_ARRAY || END.test(name)) return DESTRUCTORS;
  if (type === elf.SHT_NOBITS) return 'bss';
  if (name === '.literal' || name.startsWith('.literal.')) return 'literal';
  if ((flags & elf.SHF_EXECINSTR) !== 0) return 'text';
  if ((flags & elf.SHF_WRITE) === 0 || /^\.(rodata|srodata|data\.rel\.ro)/.test(name)) return 'rodata';
  return isZero(section) ? 'bss' : DATA;
}

/** Compilers write out the zeros of variables in a section that the author named: `section(".dma_buffer")`. */
function isZero({ name, size, data, relocations }: Section): boolean {
  return !/^\.s?data(\.|$)/.test(name) && size > 0 && relocations.length === 0 && data.every((byte) => byte === 0);
}

function refusal(object: ObjectFile, section: Section, judged: Refusal): Problem {
  const names = object.symbols
    .filter(
      (s) => s.shndx === section.index && s.type !== elf.STT_SECTION && s.name !== '' && !/^(\$|\.L)/.test(s.name),
    )
    .map((s) => s.name);
  // Where the CPU has no thread-local variables, compilers describe them to a library.
  const why = names.some((name) => name.startsWith('__emutls_')) ? TLS : judged;
  const listed = names.length > 4 ? [...names.slice(0, 4), `${names.length - 4} more`] : names;
  // What a function fills a variable of its own with has no name.
  const user = judged === DATA && names.length === 0 ? userOfSection(object, section) : undefined;
  const nameless = user === undefined ? '' : `: start values of a variable in ${user}`;
  const what = listed.length === 0 ? nameless : `: ${listed.join(', ')}`;
  return {
    code: why.code,
    message: `${why.what} (${section.size} bytes${what})`,
    where: { file: object.name, section: section.name, symbol: names[0] },
    hint:
      why === TLS && object.library !== undefined ? LIBRARY_THREADS_HINT : user === undefined ? why.hint : LOCAL_HINT,
  };
}
