/**
 * Tests that need something of the machine. Where it is there they run; where it is not they are skipped under a title
 * that says why. With `CI=true` they fail instead, because there the set-up provides all that can be provided.
 */

import { spawnSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { ARCHES, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { findCacheServer, findMicroPythonSource, findMpyCross, findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { findWindowedCompiler } from '../../tasks/bootstrap/xtensa-windowed.mjs';
import { findProgram } from '../../tasks/system/find-program.ts';
import { usualCompilerNames } from '../../tasks/toolchain/find.ts';
import { findZig } from '../../tasks/toolchain/zig.ts';
import { canMount } from './mounts.ts';
import { registryLack } from './package.ts';

/** What a test needs; it runs when all of it is there. */
export interface Requirements {
  /** A C compiler for each of these architectures. */
  readonly compiler?: ArchName | readonly ArchName[];
  /** A MicroPython that imports modules of each of these architectures. */
  readonly runtime?: ArchName | readonly ArchName[];
  /** A MicroPython source tree. */
  readonly source?: boolean;
  /** mpy-cross built from that tree. */
  readonly mpyCross?: boolean;
  /** Programs on PATH. */
  readonly tool?: string | readonly string[];
  /** Programs that no set-up of ours brings: where they are missing, not even CI counts it as a failure. */
  readonly optionalTool?: string | readonly string[];
  /** This QEMU for programs can count what runs; Debian 13's cannot. */
  readonly counter?: string;
  /** The compiler for windowed Xtensa cores that tests make. */
  readonly windowed?: boolean;
  /** Zig's compiler, of npm. */
  readonly zig?: boolean;
  /** npm can install packages. */
  readonly registry?: boolean;
  /** nginx, as a server for a cache that a team shares. */
  readonly cacheServer?: boolean;
  /** File systems can be mounted, which containers often forbid. */
  readonly mounts?: boolean;
  /** A Python with pyelftools, for the reference tools. */
  readonly pyelftools?: boolean;
}

export type TestFunction = ((t: ExecutionContext) => void) | ((t: ExecutionContext) => Promise<void>);

/**
 * Why a requirement is not met; `expected` when no set-up of ours can provide it, so that not even CI counts it as a
 * failure.
 */
interface Lack {
  readonly reason: string;
  readonly expected?: boolean;
}

/** Registers a test that runs only where everything it needs is there. */
export function testWith(requirements: Requirements, title: string, fn: TestFunction): void {
  const lacks = findLacks(requirements);
  const reason = lacks.map((lack) => lack.reason).join('; ');
  if (lacks.length === 0) test(title, fn);
  else if (process.env.CI === 'true' && !lacks.every((lack) => lack.expected)) {
    test(title, (t) => t.fail(`cannot be skipped with CI=true: ${reason}`));
  } else test.skip(`${title} [skipped: ${reason}]`, fn);
}

/** The architectures whose modules a MicroPython that our set-up provides can import. */
export const RUNNABLE = [
  'x64',
  'x86',
  'armv6m',
  'armv7m',
  'armv7emsp',
  'armv7emdp',
] as const satisfies readonly ArchName[];

/** The architectures of `names` (all when left out) that have a C compiler on PATH; for loops inside one test. */
export function archesWithCompiler(names: readonly ArchName[] = ARCHES.map((arch) => arch.name)): ArchName[] {
  return names.filter((name) => compilerOnPath(name) !== undefined);
}

/** The C compiler that a build for the architecture takes, absolute; undefined when there is none. */
export function findCompiler(name: ArchName): string | undefined {
  return compilerOnPath(name) ?? (name === 'xtensawin' ? findWindowedCompiler() : undefined);
}

function compilerOnPath(name: ArchName): string | undefined {
  return usualCompilerNames(archByName(name))
    .map((program) => findProgram(program, process.cwd()))
    .find((path) => path !== undefined);
}

/** The Python that can run the reference tools; `missing` says why there is none. */
export function findPyelftools(): { readonly command: string } | { readonly missing: string } {
  pyelftools ??= lookForPyelftools();
  return pyelftools;
}

let pyelftools: ReturnType<typeof lookForPyelftools> | undefined;

/** Debian's own Python comes first: another one on PATH does not see Debian's packages. */
function lookForPyelftools(): { readonly command: string } | { readonly missing: string } {
  for (const name of ['/usr/bin/python3', 'python3']) {
    const command = findProgram(name, process.cwd());
    if (command === undefined) continue;
    if (spawnSync(command, ['-c', 'import elftools'], { timeout: 30_000 }).status === 0) return { command };
  }
  return { missing: 'no python3 with pyelftools' };
}

function findLacks(needed: Requirements): Lack[] {
  return [
    ...list(needed.compiler).flatMap(compilerLack),
    ...list(needed.runtime).flatMap((arch) => lackOf(findRuntime(arch))),
    ...(needed.source ? lackOf(findMicroPythonSource()) : []),
    ...(needed.mpyCross ? lackOf(findMpyCross()) : []),
    ...list(needed.tool).flatMap((name) => toolLack(name, false)),
    ...list(needed.optionalTool).flatMap((name) => toolLack(name, true)),
    ...(needed.windowed && findWindowedCompiler() === undefined
      ? [{ reason: 'no compiler for windowed Xtensa cores in the cache' }]
      : []),
    ...(needed.zig && findZig(process.cwd()) === undefined ? [{ reason: 'no zig in the cache or on PATH' }] : []),
    ...(needed.counter === undefined ? [] : counterLack(needed.counter)),
    ...(needed.registry ? lackOf({ missing: registryLack() }) : []),
    ...(needed.cacheServer ? lackOf(findCacheServer()) : []),
    ...(needed.mounts && !canMount() ? [{ reason: 'this user may not mount file systems', expected: true }] : []),
    ...(needed.pyelftools ? lackOf(findPyelftools()) : []),
  ];
}

function toolLack(name: string, expected: boolean): Lack[] {
  return findProgram(name, process.cwd()) === undefined ? [{ reason: `no ${name} on PATH`, expected }] : [];
}

function counterLack(name: string): Lack[] {
  const program = findProgram(name, process.cwd());
  if (program === undefined) return toolLack(name, false);
  const { stdout } = spawnSync(program, ['-h'], { encoding: 'utf8' });
  return /^-plugin\b/m.test(stdout) ? [] : [{ reason: `${name} takes no plugins`, expected: true }];
}

function compilerLack(name: ArchName): Lack[] {
  if (findCompiler(name) !== undefined) return [];
  const expected = archByName(name).debianPackages.length === 0;
  return [{ reason: `no C compiler for ${name} on PATH`, expected }];
}

function lackOf(found: object | { readonly missing: string | undefined }): Lack[] {
  return 'missing' in found && found.missing !== undefined ? [{ reason: found.missing }] : [];
}

function list<T extends string>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
