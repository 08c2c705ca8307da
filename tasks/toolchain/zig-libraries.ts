/**
 * The run-time routines and mathematical functions that zig brings as sources, compiled for one CPU and kept in the
 * cache: `libcompiler_rt.a` is what libgcc is to GCC and has many functions of libm, and `libm.a` has the others, which
 * are musl's.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zigTarget } from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { makeFolder, provideFolder, readStamp } from '../bootstrap/folders.mjs';
import { cacheDir } from '../bootstrap/paths.cjs';
import { readMade } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { type ProcessResult, runProcess } from '../system/processes.ts';
import { answersOf, type Toolchain } from './find.ts';
import type { Zig } from './zig.ts';

/** Raised when the libraries are made in another way than before. */
const RECIPE = 2;
const NAMES = ['libcompiler_rt.a', 'libm.a'] as const;

type ZigToolchain = Toolchain & { readonly zig: Zig };

/**
 * The libraries of zig for an architecture, made when they are not in the cache (some seconds).
 * @param tell gets a line when they have to be made
 * @returns absolute paths, in the order in which they are searched
 * @throws NatmodError `no-runtime` with what zig said
 */
export async function zigLibraries(toolchain: ZigToolchain, tell?: (line: string) => void): Promise<string[]> {
  const { arch, zig, compiler } = toolchain;
  const answers = answersOf(toolchain);
  const { id } = await answers.factsOf(compiler);
  const identity = [id, zig.program, zig.lib, arch.name, answers.contentOf(sourceFolders(toolchain))];
  const key = hashOf(identity.join('\0')).slice(0, 12);
  makeFolder(join(cacheDir(), 'libraries'));
  const folder = join(cacheDir(), 'libraries', `zig-${arch.name}-${key}`);
  // What lies there is worth as much as any other record: it must be what was put there.
  const made = readStamp(folder, RECIPE);
  if (made !== undefined && made.content !== contentOf(folder)) rmSync(folder, { recursive: true, force: true });
  await provideFolder(folder, RECIPE, async (temporary) => {
    tell?.(`${arch.name}: making zig's run-time library, once`);
    await makeCompilerRt(toolchain, temporary);
    await makeLibm(toolchain, temporary);
    return { program: zig.program, content: contentOf(temporary) };
  });
  return NAMES.map((name) => join(folder, name));
}

function contentOf(folder: string): string {
  return hashOf(JSON.stringify(NAMES.map((name) => hashOf(readMade(join(folder, name)) ?? ''))));
}

/** Of what the libraries are made; zig's own language and its library come with the program. */
function sourceFolders({ zig }: ZigToolchain): string[] {
  const musl = join(zig.lib, 'libc', 'musl');
  const ofMusl = ['src/math', 'src/include', 'src/internal', 'arch'].map((name) => join(musl, name));
  return [...ofMusl, join(zig.lib, 'compiler_rt')];
}

async function makeCompilerRt({ arch, zig }: ZigToolchain, folder: string): Promise<void> {
  const { target, cpu } = zigTarget(arch)!;
  const source = join(folder, 'empty.zig');
  writeFileSync(source, '');
  const output = join(folder, 'libcompiler_rt.a');
  const flags = ['-fcompiler-rt', '-O', 'ReleaseSmall', '-fPIC', '-ffunction-sections', '-fdata-sections', '-fstrip'];
  const place = ['-target', target, '-mcpu', cpu, '--zig-lib-dir', zig.lib, `-femit-bin=${output}`];
  await runZig([zig.program, 'build-lib', source, ...flags, ...place], folder);
}

/** Those of musl's functions that zig has not written anew, but for `long double`. */
async function makeLibm({ arch, zig, compiler, flags }: ZigToolchain, folder: string): Promise<void> {
  const musl = join(zig.lib, 'libc', 'musl');
  const cpu = { x86: 'i386', x86_64: 'x86_64' }[zigTarget(arch)!.headers as string] ?? zigTarget(arch)!.headers;
  const sources = readdirSync(join(musl, 'src', 'math')).filter((name) => /\.c$/.test(name) && !/[^l]l\.c$/.test(name));
  const objects = join(folder, 'math');
  mkdirSync(objects);
  const includes = ['src/include', 'src/internal', `arch/${cpu}`, 'arch/generic'].flatMap((name) => [
    '-I',
    join(musl, name),
  ]);
  const how = ['-std=c99', '-Os', '-fpic', '-ffunction-sections', '-D_XOPEN_SOURCE=700', '-w', ...arch.flags];
  const command = [...compiler, ...flags, ...how, ...includes, '-c'];
  await runZig([...command, ...sources.map((name) => join(musl, 'src', 'math', name))], objects);
  const made = readdirSync(objects).sort();
  await runZig([zig.program, 'ar', 'rcs', join(folder, 'libm.a'), ...made.map((name) => join(objects, name))], folder);
}

/** Zig keeps what it makes in folders of its own, which must not come up in the folder of a module. */
async function runZig(command: readonly string[], cwd: string): Promise<ProcessResult> {
  const cache = join(cwd, '.zig-cache');
  const result = await runProcess(command, { cwd, env: { ZIG_LOCAL_CACHE_DIR: cache, ZIG_GLOBAL_CACHE_DIR: cache } });
  if (result.status === 0) return result;
  const said = (result.startError ?? result.output).trim().split('\n').slice(-10).join('\n');
  return fail('no-runtime', "zig's run-time library cannot be made", { file: command[0] }, said);
}
