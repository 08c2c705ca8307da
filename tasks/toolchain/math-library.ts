/**
 * Mathematical functions for x86 and x64. glibc chooses many of them for the CPU at run time (IFUNC) and has a
 * thread-local errno; a module can have neither. So another library takes the place of glibc's.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { readArchive } from '../../natmod-rules/elf/archive.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { definedSymbols, type ObjectFile, readObject } from '../../natmod-rules/elf/object.ts';
import type { ObjectReader } from '../../natmod-rules/elf/object-reader.ts';
import { type Library, pullMembers } from '../../natmod-rules/link/read/libraries.ts';
import { isMathematical } from '../../natmod-rules/link/read/undefined.ts';
import { findMusl } from '../bootstrap/musl.mjs';
import { cachedTrees } from '../bootstrap/sources.mjs';
import { noteFolder } from '../system/file-trace.ts';
import { isFile, isFolder } from '../system/look.ts';
import { sdkDir } from '../system/project.ts';
import { askCompiler, type Toolchain } from './find.ts';
import { objectLibrary } from './object-library.ts';
import type { CompileRoutine } from './own-routines.ts';

/** What is being linked. */
export interface MathJob {
  readonly toolchain: Toolchain;
  readonly cflags: readonly string[];
  /** Where MicroPython's own functions are, when it is a full source tree. */
  readonly mpyDir: string;
  readonly reader: ObjectReader;
  /** Compiles one of these functions; undefined when that fails. */
  readonly compile: CompileRoutine;
}

export interface MathChoice {
  readonly libraries: readonly Library[];
  /** What was taken in place of glibc, for people; undefined when nothing had to be. */
  readonly taken?: string;
}

/**
 * Puts a C library that can serve in the place of glibc's libm, where the objects need one of its functions that no
 * module can have. Without any, the libraries come back as they are, and the linker tells what is wrong with them.
 *
 * @throws NatmodError those of readers
 */
export async function replaceGlibc(
  libraries: readonly Library[],
  objects: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  job: MathJob,
  candidates: readonly Candidate[] = CANDIDATES,
): Promise<MathChoice> {
  const { arch } = job.toolchain;
  if (arch.family !== 'x86' && arch.family !== 'x64') return { libraries };
  const unfit = new Set(libraries.filter((library) => choosesAtRunTime(library, job.reader)));
  if (unfit.size === 0) return { libraries };
  const lacking = (some: readonly Library[]) =>
    wantedBeyond(objects, some, job.reader).some((name) => [...unfit].some((one) => one.definitions(name)));
  const fit = libraries.filter((library) => !unfit.has(library));
  if (!lacking(fit)) return { libraries };
  // Never some functions of one library and some of another: both have parts of equal names that are not the same.
  const plain = libraries.map((library) => (unfit.has(library) ? onlyPlain(library, job.reader) : library));
  if (!lacking(plain)) return { libraries: plain };
  for (const candidate of candidates) {
    const found = await candidate(arch, job);
    if (found === undefined || !serves(found, job)) continue;
    const first = libraries.findIndex((library) => unfit.has(library));
    const before = libraries.slice(0, first).filter((library) => !unfit.has(library));
    const behind = libraries.slice(first).filter((library) => !unfit.has(library));
    return { libraries: [...before, found, ...behind], taken: found.file };
  }
  return { libraries };
}

/**
 * A library where only those members are found that a module can have: with nothing that is chosen at run time or
 * belongs to a thread, and whose needs it can serve in the same way.
 */
export function onlyPlain(library: Library, reader: ObjectReader): Library {
  const known = new Map<string, boolean>();
  const isPlain = (symbol: string): boolean => {
    const before = known.get(symbol);
    if (before !== undefined) return before;
    // Members that need each other are judged by the rest of what they need.
    known.set(symbol, true);
    const member = library.definitions(symbol);
    const plain =
      member !== undefined && isPlainMember(reader.read(member.data(), `${library.file}(${member.name})`), isPlain);
    known.set(symbol, plain);
    return plain;
  };
  return { file: library.file, definitions: (symbol) => (isPlain(symbol) ? library.definitions(symbol) : undefined) };
}

function isPlainMember({ symbols }: ObjectFile, isServed: (name: string) => boolean): boolean {
  return symbols.every(({ type, shndx, bind, name }) => {
    if (type === elf.STT_GNU_IFUNC || type === elf.STT_TLS) return false;
    const isNeeded = shndx === elf.SHN_UNDEF && bind === elf.STB_GLOBAL && name !== '_GLOBAL_OFFSET_TABLE_';
    return !isNeeded || isServed(name);
  });
}

type Candidate = (arch: Arch, job: MathJob) => Promise<Library | undefined>;

const CANDIDATES: readonly Candidate[] = [compilersMusl, installedMusl, treesFunctions];

// Functions that glibc has in several variants on every CPU of the family.
const DISPATCHED = ['expf', 'sinf', 'exp', 'sin', 'memcpy'];

/** Whether a library picks its functions at run time. */
export function choosesAtRunTime(library: Library, reader: ObjectReader): boolean {
  return DISPATCHED.some((name) => {
    const member = library.definitions(name);
    if (member === undefined) return false;
    const object = reader.read(member.data(), `${library.file}(${member.name})`);
    return object.symbols.some((symbol) => symbol.type === elf.STT_GNU_IFUNC && symbol.name === name);
  });
}

/** Names that stay undefined when objects are linked with libraries. */
export function wantedBeyond(
  objects: readonly { name: string; bytes: Uint8Array }[],
  libraries: readonly Library[],
  reader: ObjectReader,
): string[] {
  const own = objects.map(({ name, bytes }) => reader.read(bytes, name));
  const all = [...own, ...pullMembers(own, libraries, () => false, reader)];
  const defined = new Set(all.flatMap(({ symbols }) => symbols.filter(isDefinition).map((symbol) => symbol.name)));
  const undefinedOnes = all.flatMap(({ symbols }) => symbols.filter((s) => s.shndx === elf.SHN_UNDEF && s.name !== ''));
  return [...new Set(undefinedOnes.map(({ name }) => name))].filter((name) => !defined.has(name));
}

function isDefinition(symbol: ObjectFile['symbols'][number]): boolean {
  return symbol.bind !== elf.STB_LOCAL && symbol.shndx !== elf.SHN_UNDEF;
}

/** Has the functions, for this CPU, as plain functions. */
function serves(library: Library, { toolchain: { arch }, reader }: MathJob): boolean {
  const member = library.definitions('sin') ?? library.definitions('sinf');
  if (member === undefined) return false;
  const { header } = reader.read(member.data(), `${library.file}(${member.name})`);
  return (
    header.machine === arch.elfMachine && header.is64 === (arch.wordSize === 8) && !choosesAtRunTime(library, reader)
  );
}

/** The one of a compiler that is made for musl. */
async function compilersMusl(_arch: Arch, { toolchain, cflags }: MathJob): Promise<Library | undefined> {
  if (!(await askCompiler(toolchain, cflags, '-dumpmachine')).includes('musl')) return undefined;
  return openLibc(await askCompiler(toolchain, cflags, '-print-file-name=libc.a'));
}

async function installedMusl(arch: Arch, job: MathJob): Promise<Library | undefined> {
  const places = [findMusl(arch.name === 'x64' ? 'x64' : 'x86'), '/usr/local/musl/lib/libc.a'];
  for (const place of places) {
    const library = place === undefined ? undefined : await openLibc(place);
    if (library !== undefined && serves(library, job)) return library;
  }
  return undefined;
}

async function openLibc(path: string): Promise<Library | undefined> {
  return isFile(path) ? onlyMathematics(readArchive(await readFile(path), path, { definedSymbols })) : undefined;
}

/**
 * A library of a C library for a whole process, where only what is for math.h, and what that needs, is found. The rest
 * of such a library counts on a process of its own: its memory, its threads, its errno.
 */
export function onlyMathematics(library: Library): Library {
  const needed = new Set<string>();
  return {
    file: library.file,
    definitions(symbol) {
      if (!isMathematical(symbol) && !needed.has(symbol)) return undefined;
      const member = library.definitions(symbol);
      if (member === undefined) return undefined;
      const { symbols } = readObject(member.data(), `${library.file}(${member.name})`);
      for (const { name, shndx } of symbols) if (shndx === elf.SHN_UNDEF && name !== '') needed.add(name);
      return member;
    },
  };
}

/**
 * lib/libm and lib/libm_dbl of MicroPython, compiled as the module is. What does not compile is left out, and the
 * linker says so.
 */
async function treesFunctions(arch: Arch, job: MathJob): Promise<Library | undefined> {
  const trees = [
    job.mpyDir,
    ...cachedTrees()
      .map(({ dir }) => dir)
      .reverse(),
  ];
  const tree = trees.find((dir) => isFolder(join(dir, 'lib', 'libm')) && isFolder(join(dir, 'lib', 'libm_dbl')));
  if (tree === undefined) return undefined;
  const folders = ['libm', 'libm_dbl'].map((name) => join(tree, 'lib', name));
  for (const folder of folders) noteFolder(folder);
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.c') && !name.startsWith('thumb_'))
      .sort()
      .map((name) => join(folder, name)),
  );
  const flags = libmFlags(arch, job.cflags);
  const objects = await Promise.all(files.map((file) => job.compile(file, job.toolchain, flags)));
  const members = files.flatMap((file, i) =>
    objects[i] === undefined ? [] : [{ name: objectName(file), bytes: objects[i] }],
  );
  return objectLibrary(`${tree}/lib/libm`, members);
}

// Its authors count on float and double being computed as such, which the old x87 unit does not do.
function libmFlags(arch: Arch, cflags: readonly string[]): string[] {
  const kept = cflags.filter((flag) => /^-(m|f|O|std=)/.test(flag));
  return [
    ...kept,
    ...(arch.name === 'x86' ? ['-msse2', '-mfpmath=sse'] : []),
    '-fno-math-errno',
    '-w',
    '-isystem',
    join(sdkDir, 'libm'),
  ];
}

function objectName(file: string): string {
  return `${file.split(/[/\\]/).slice(-2).join('-')}.o`;
}
