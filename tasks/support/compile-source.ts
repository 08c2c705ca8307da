import { readFile, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { compileCommand, intermediatePath, sourceKind } from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { makeFolder, temporaryName, writeWhole } from './files.ts';
import type { Pool } from './pool.ts';
import { runProcess } from './processes.ts';
import { printOutput, wantsColor } from './report.ts';
import type { Toolchain } from './toolchain.ts';

/** What is the same for all sources of a module. Paths are absolute. */
export interface CompileJob {
  readonly toolchain: Toolchain;
  readonly cflags: readonly string[];
  readonly configHeader: string;
  readonly buildDir: string;
  readonly cwd: string;
  readonly pool: Pool;
  readonly verbose: boolean;
}

export interface Source {
  /** As SRC has it; left out: the path relative to `cwd`. */
  readonly name?: string;
  /** Absolute. */
  readonly path: string;
  readonly contents: Buffer;
}

/**
 * Compiles one source. Beside the object a dependency file `….o.d` is left, which lists the headers that were read.
 *
 * @returns the object's bytes and its path below the build folder
 * @throws NatmodError `compile-failed`, `no-compiler`, `cannot-write`
 */
export async function compileSource(source: Source, job: CompileJob): Promise<{ objectName: string; bytes: Buffer }> {
  const name = source.name ?? relative(job.cwd, source.path);
  const objectName = intermediatePath(name, '.o');
  const object = join(job.buildDir, objectName);
  const temporary = temporaryName(object);
  const dependencies = `${temporary}.d`;
  await makeFolder(dirname(object));
  const command = compileCommand({
    compiler: job.toolchain.compiler,
    compilerFlags: job.toolchain.flags,
    cflags: job.cflags,
    configHeader: job.configHeader,
    object: temporary,
    dependencyFile: dependencies,
    dependencyTarget: objectName,
    color: wantsColor,
    ...(await placeSource(source, name, job)),
  });
  try {
    await job.pool.run(() => runCompiler(command, name, job));
    await rename(dependencies, `${object}.d`).catch(() => {});
    await rename(temporary, object);
    return { objectName, bytes: await readFile(object) };
  } finally {
    await rm(temporary, { force: true });
    await rm(dependencies, { force: true });
  }
}

/** A source that an earlier stage of the stream has changed is compiled from a copy in the build folder. */
async function placeSource(source: Source, name: string, job: CompileJob) {
  const onDisk = await readFile(source.path).catch(() => undefined);
  // A name that begins with a dash must not be read as an option.
  if (onDisk?.equals(source.contents)) return { source: name.startsWith('-') ? `./${name}` : name };
  const copy = join(job.buildDir, intermediatePath(name, ''));
  await writeWhole(copy, source.contents);
  const folder = dirname(source.path);
  return { source: copy, quoteFolder: isAbsolute(folder) ? folder : join(job.cwd, folder) };
}

async function runCompiler(command: readonly string[], name: string, job: CompileJob): Promise<void> {
  const result = await runProcess(command, { cwd: job.cwd, verbose: job.verbose });
  printOutput(result.output);
  if (result.status === 0) return;
  const where = { file: name };
  if (result.startError !== undefined) {
    fail('no-compiler', `${command[0]} cannot be started: ${result.startError}`, where);
  }
  if (result.signal !== undefined) fail('compile-failed', `the compiler was ended by ${result.signal}`, where);
  const lines = result.output.trim() === '' ? `, compiler exit status ${result.status} without a message` : '';
  const kind = sourceKind(name) === 'c' ? 'compilation' : 'assembly';
  fail('compile-failed', `${kind} for ${job.toolchain.arch.name} failed${lines}`, where);
}
