import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { compileCommand, flagsFor, intermediatePath, sourceKind } from '../../natmod-rules/compile/index.ts';
import { explainPureCode, refusesSectionNamedBss } from '../../natmod-rules/compile/messages.ts';
import { explainOldNames } from '../../natmod-rules/compile/old-names.ts';
import { isElf } from '../../natmod-rules/elf/archive.ts';
import { fail } from '../../natmod-rules/problem.ts';
import type { ModuleMemory } from '../incremental/module-memory.ts';
import { explainMissingTree } from '../modules/tree-files.ts';
import { type Report, shortened } from '../report/report.ts';
import { lookAt, now } from '../system/file-hashes.ts';
import {
  holdTemporaryName,
  isOnDisk,
  makeFolder,
  readMade,
  removeQuietly,
  renameWhole,
  temporaryName,
  writeWhole,
} from '../system/files.ts';
import type { Pool } from '../system/pool.ts';
import { MAX_OUTPUT_TEXT, runProcess } from '../system/processes.ts';
import type { Toolchain } from '../toolchain/find.ts';

/** What is the same for all sources of a module. Paths are absolute. */
export interface CompileJob {
  readonly toolchain: Toolchain;
  readonly cflags: readonly string[];
  readonly configHeader: string;
  /** Text of the config header. */
  readonly config: Buffer;
  /** Look of its file, see `lookAt`. */
  readonly configLook: string;
  readonly buildDir: string;
  readonly cwd: string;
  readonly pool: Pool;
  readonly report: Report;
  /** What spares compiling again; without it every source is compiled. */
  readonly memory?: ModuleMemory;
}

export interface Source {
  /** As SRC has it; left out: the path relative to `cwd`. */
  readonly name?: string;
  /** Absolute. */
  readonly path: string;
  readonly contents: Buffer;
}

/**
 * Makes the object of one source: finds it, or runs the compiler.
 *
 * @returns the object's bytes and its path below the build folder, where it is afterwards
 * @throws NatmodError `compile-failed`, `no-compiler`, `cannot-write`
 */
export async function compileSource(source: Source, job: CompileJob): Promise<{ objectName: string; bytes: Buffer }> {
  const name = source.name ?? relative(job.cwd, source.path);
  const objectName = intermediatePath(name, '.o');
  const placed = placeSource(source, name, job);
  // A source that an earlier stage has changed is nowhere on disk as it is.
  const memory = placed.quoteFolder === undefined ? job.memory : undefined;
  const unit = await memory?.findUnit({ name, contents: source.contents }, job.config, job);
  const known = unit === undefined ? undefined : await memory?.loadObject(unit);
  if (known !== undefined) return { objectName, bytes: known };
  const listed = unit?.listsEmbedded === true;
  const compiled = await job.pool.run(() => runCompiler(objectName, name, placed, job, listed));
  if (lookAt(job.configHeader) !== job.configLook) {
    const bytes = await job.pool.run(() => compileApart(objectName, name, placed, job));
    return { objectName, bytes };
  }
  if (unit !== undefined) memory?.keepObject(unit, compiled, job);
  return { objectName, bytes: compiled.bytes };
}

/** Another build into the same folder has put its own config header there, so nobody knows which of them was read. */
async function compileApart(objectName: string, name: string, placed: PlacedSource, job: CompileJob): Promise<Buffer> {
  const configHeader = temporaryName(job.configHeader);
  try {
    writeWhole(configHeader, job.config);
    return (await runCompiler(objectName, name, placed, { ...job, configHeader })).bytes;
  } finally {
    removeQuietly(configHeader);
  }
}

interface PlacedSource {
  readonly source: string;
  readonly quoteFolder?: string;
}

/** A source that an earlier stage of the stream has changed is compiled from a copy in the build folder. */
function placeSource(source: Source, name: string, job: CompileJob): PlacedSource {
  // A name that begins with a dash must not be read as an option.
  if (isOnDisk(source.path, source.contents)) return { source: name.startsWith('-') ? `./${name}` : name };
  const copy = join(job.buildDir, intermediatePath(name, ''));
  writeWhole(copy, source.contents);
  const folder = dirname(source.path);
  return { source: copy, quoteFolder: isAbsolute(folder) ? folder : join(job.cwd, folder) };
}

/** Everything the compiler writes is read before it gets its name, because another build may use the same names. */
async function runCompiler(objectName: string, name: string, placed: PlacedSource, job: CompileJob, listed = false) {
  const object = join(job.buildDir, objectName);
  const { name: temporary, release } = holdTemporaryName(object);
  const dependencyFile = `${temporary}.d`;
  const embeddedFile = listed ? withoutComma(`${temporary}.as.d`) : undefined;
  makeFolder(dirname(object));
  const command = compileCommand({
    compiler: job.toolchain.compiler,
    compilerFlags: job.toolchain.flags,
    cflags: flagsFor(name, job.cflags, job.toolchain.cxxFlags),
    configHeader: job.configHeader,
    object: temporary,
    dependencyFile,
    embeddedFile,
    dependencyTarget: objectName,
    color: job.report.color,
    ...placed,
  });
  try {
    const started = now();
    const output = await run(command, name, job);
    const dependencies = readMade(dependencyFile)?.toString('utf8') ?? '';
    const embedded = embeddedFile === undefined ? undefined : readMade(embeddedFile)?.toString('utf8');
    const bytes = readMade(temporary);
    if (bytes === undefined || (insteadOfObject(command) !== undefined && !isElf(bytes))) noObject(command, name);
    renameWhole(temporary, object);
    return { bytes, dependencies, embedded, output, started };
  } finally {
    removeQuietly(temporary);
    removeQuietly(dependencyFile);
    if (embeddedFile !== undefined) removeQuietly(embeddedFile);
    release();
  }
}

/** What stands behind `-Wa,` is split at commas. */
function withoutComma(path: string): string {
  return path.includes(',') ? join(tmpdir(), `natmod-${basename(path).replaceAll(',', '-')}`) : path;
}

const OWN_SECTIONS = '-ffunction-sections';

async function run(command: readonly string[], name: string, job: CompileJob): Promise<string> {
  job.report.command(command);
  const result = await runProcess(command, { cwd: job.cwd, repeats: true });
  if (refusesSectionNamedBss(result.output) && command.includes(OWN_SECTIONS)) {
    return run(
      command.filter((word) => word !== OWN_SECTIONS),
      name,
      job,
    );
  }
  job.report.output(result.output);
  if (result.status === 0) return shortened(result.output);
  const where = { file: name };
  if (result.startError !== undefined) {
    return fail('no-compiler', `${command[0]} cannot be started: ${result.startError}`, where);
  }
  if (result.tooMuch) fail('compile-failed', `the compiler was ended, because it printed ${MAX_OUTPUT_TEXT}`, where);
  if (result.signal !== undefined) fail('compile-failed', `the compiler was ended by ${result.signal}`, where);
  const lines = result.output.trim() === '' ? `, compiler exit status ${result.status} without a message` : '';
  const kind = sourceKind(name) === 'assembler' ? 'assembly' : 'compilation';
  const message = `${kind} for ${job.toolchain.arch.name} failed${lines}`;
  const { output } = result;
  const hint = explainOldNames(output) ?? explainPureCode(output) ?? explainMissingTree(output);
  return fail('compile-failed', message, where, hint);
}

/** The flag by which a compiler makes something else, or nothing. */
function insteadOfObject(command: readonly string[]): string | undefined {
  return command.find((word) => /^-(fsyntax-only|E|S|M|MM)$/.test(word));
}

function noObject(command: readonly string[], name: string): never {
  const instead = insteadOfObject(command);
  if (instead !== undefined) {
    const message = `with ${instead} a compiler makes no object`;
    return fail('compile-failed', message, { file: name }, `remove ${instead} from CFLAGS`);
  }
  const hint = `the exit status of ${command[0]} was 0; if it is a script of your own, it has to write what -o names`;
  return fail('compile-failed', 'the compiler tells of no error, and made no object', { file: name }, hint);
}
