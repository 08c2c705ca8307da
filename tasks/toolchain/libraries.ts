import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Archive, readArchive } from '../../natmod-rules/elf/archive.ts';
import { isLinkerScript, readLibraryScript } from '../../natmod-rules/elf/linker-script.ts';
import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { isCompilersOwn, isTrapping } from '../../natmod-rules/link/read/undefined.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { settledLook } from '../system/file-hashes.ts';
import { textIfThere } from '../system/if-there.ts';
import { isFile } from '../system/look.ts';
import { askCompiler, type Toolchain } from './find.ts';
import { onlyMathematics } from './math-library.ts';
import { zigLibraries } from './zig-libraries.ts';

const MAX_SCRIPT_DEPTH = 8;

/**
 * Opens static libraries in the order given. A linker script in place of a library stands for those it names.
 *
 * @param names paths, absolute or from `cwd`, or `m` for the compiler's `libm.a`
 * @throws NatmodError `no-library`, and those of readers
 */
export async function openLibraries(
  names: readonly string[],
  { cwd, toolchain, cflags }: { cwd: string; toolchain: Toolchain; cflags: readonly string[] },
): Promise<Library[]> {
  const libraries: Library[] = [];
  for (const name of names) {
    const path = resolve(cwd, name);
    const found = isFile(path) ? path : await findLibrary(name, toolchain, cflags);
    if (found === undefined) fail('no-library', 'this library does not exist', { file: name });
    libraries.push(...(await openLibrary(found, (library) => findLibrary(library, toolchain, cflags), 0)));
  }
  return libraries;
}

/**
 * The compiler's own libraries for LINK_RUNTIME: libgcc, and libm or (picolibc has all of it in one) libc.
 * @returns absolute paths of those that exist
 */
export async function runtimeLibraries(
  toolchain: Toolchain,
  cflags: readonly string[],
  tell?: (line: string) => void,
): Promise<string[]> {
  const { zig } = toolchain;
  if (zig !== undefined) return zigLibraries({ ...toolchain, zig }, tell);
  if (toolchain.gcc !== undefined) return runtimeLibraries(toolchain.gcc, cflags, tell);
  const gcc = await compilersRoutines(toolchain, cflags);
  const other = await findLibrary(picolibcSpecs(toolchain, cflags) === undefined ? 'm' : 'c', toolchain, cflags);
  return [gcc, other].filter((path) => path !== undefined && isFile(path)) as string[];
}

/**
 * libgcc or compiler-rt, where only the routines that compilers call by themselves are found; nothing when there is
 * neither.
 */
export async function compilersLibrary(
  toolchain: Toolchain,
  cflags: readonly string[],
  cwd: string,
): Promise<Library[]> {
  const { zig } = toolchain;
  const path =
    zig !== undefined
      ? (await zigLibraries({ ...toolchain, zig }))[0]
      : await compilersRoutines(toolchain.gcc ?? toolchain, cflags);
  if (path === undefined || !isFile(path)) return [];
  const libraries = await openLibraries([path], { cwd, toolchain, cflags });
  // These stop the CPU.
  const isTaken = (name: string) => isCompilersOwn(name) && !isTrapping(name);
  return libraries.map(({ file, definitions }) => ({
    file,
    definitions: (symbol) => (isTaken(symbol) ? definitions(symbol) : undefined),
  }));
}

/** libgcc or, where clang is alone, its own builtins. */
async function compilersRoutines(toolchain: Toolchain, cflags: readonly string[]): Promise<string | undefined> {
  const question = '-print-libgcc-file-name';
  const gcc = await askCompiler(toolchain, cflags, question);
  return isFile(gcc) ? gcc : askCompiler(toolchain, [...cflags, '-rtlib=compiler-rt'], question);
}

/** `m` and `:libm.a` are searched where the compiler searches; undefined when it has no such library. */
async function findLibrary(name: string, toolchain: Toolchain, cflags: readonly string[]): Promise<string | undefined> {
  if (/[/\\]/.test(name)) return undefined;
  const { zig } = toolchain;
  if (zig !== undefined) return name === 'm' ? (await zigLibraries({ ...toolchain, zig })).at(-1) : undefined;
  const file = name.startsWith(':') ? name.slice(1) : `lib${name}.a`;
  const path = await askCompiler(toolchain, cflags, `-print-file-name=${file}`);
  if (path !== file && isFile(path)) return path;
  const picolibc = await picolibcFolder(toolchain, cflags);
  if (picolibc !== undefined && isFile(join(picolibc, file))) return join(picolibc, file);
  return toolchain.gcc === undefined ? undefined : findLibrary(name, toolchain.gcc, cflags);
}

/** The file that says where picolibc is, where a compiler is told to take that. */
function picolibcSpecs({ flags }: Toolchain, cflags: readonly string[]): string | undefined {
  const told = [...flags, ...cflags].find((flag) => /^-{1,2}specs=.*picolibc/.test(flag));
  return told?.replace(/^-{1,2}specs=/, '');
}

/** GCC does not search the folders that the specs file of picolibc brings, so they are read from it. */
async function picolibcFolder(toolchain: Toolchain, cflags: readonly string[]): Promise<string | undefined> {
  const specs = picolibcSpecs(toolchain, cflags);
  const folder = /[\s:](\/[^\s:;}]*\/lib)\/%M[}\s]/.exec(specs === undefined ? '' : textIfThere(specs))?.[1];
  return folder && join(folder, await askCompiler(toolchain, cflags, '-print-multi-directory'));
}

async function openLibrary(
  path: string,
  find: (name: string) => Promise<string | undefined>,
  depth: number,
): Promise<readonly Library[]> {
  const bytes = await readCached(path);
  if (!isLinkerScript(bytes)) {
    const archive = readArchive(bytes, path, { loadMember: (member) => readMember(path, member), definedSymbols });
    // Members of a thin archive are read while it is linked; looking at them here lets incremental builds know of them.
    if (archive.thin) for (const { name } of archive.members) isFile(resolve(dirname(path), name));
    return basename(path) === 'libm.a' && isEmpty(archive) ? openSibling(path, archive) : [archive];
  }
  if (depth === MAX_SCRIPT_DEPTH) fail('bad-script', 'linker scripts name each other in a circle', { file: path });
  const libraries: Library[] = [];
  for (const { path: input } of readLibraryScript(bytes.toString('utf8'), path).inputs) {
    const place = typeof input === 'string' ? resolve(dirname(path), input) : await find(input.library);
    if (place === undefined || !isFile(place)) {
      const name = typeof input === 'string' ? input : `-l${input.library}`;
      fail('no-library', `this linker script names ${name}, which does not exist`, { file: path });
    }
    libraries.push(...(await openLibrary(place, find, depth + 1)));
  }
  return libraries;
}

/** A C library of Linux, and not one for bare metal. */
function isForProcess(library: Library): boolean {
  return library.definitions('__errno_location') !== undefined;
}

function isEmpty(archive: Archive): boolean {
  // Without an index every member would have to be read.
  return (archive.hasIndex || archive.members.length < 4) && archive.symbols().next().done === true;
}

/** musl and some builds of picolibc have all of libm in libc.a, and beside it an empty libm.a. */
async function openSibling(path: string, empty: Archive): Promise<readonly Library[]> {
  const libc = join(dirname(path), 'libc.a');
  if (!isFile(libc)) return [empty];
  const archive = readArchive(await readCached(libc), libc, { definedSymbols });
  return [isForProcess(archive) ? onlyMathematics(archive) : archive];
}

function readMember(archive: string, member: string): Uint8Array {
  try {
    return readFileSync(resolve(dirname(archive), member));
  } catch {
    return fail('no-library', 'the file that this thin archive names does not exist', { file: archive, member });
  }
}

const contents = new Map<string, { readonly look: string; readonly bytes: Buffer }>();

// Many modules link the same few libraries, and one of them may have megabytes.
async function readCached(path: string): Promise<Buffer> {
  const look = settledLook(path);
  const known = contents.get(path);
  if (known !== undefined && known.look === look) return known.bytes;
  const bytes = await readFile(path);
  if (look !== undefined && settledLook(path) === look) contents.set(path, { look, bytes });
  return bytes;
}
