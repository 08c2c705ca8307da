import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { splitWords } from '../../natmod-rules/compile/index.ts';
import { checkPythonPart } from '../../natmod-rules/package/index.ts';
import { changeProblems, fail } from '../../natmod-rules/problem.ts';
import type { Report } from '../report/report.ts';
import { makeFolder, readMade, removeQuietly, temporaryName } from '../system/files.ts';
import { findProgram } from '../system/find-program.ts';
import { hashOf } from '../system/hash.ts';
import type { Pool } from '../system/pool.ts';
import { runBinary, runProcess } from '../system/processes.ts';
import { projectDir } from '../system/project.ts';

/** The mpy-cross that will be used. */
export interface MpyCross {
  /** Command to put options and the source's name behind. */
  readonly command: readonly string[];
  /** The npm WebAssembly build, of MicroPython 1.19: source by standard input, .mpy by standard output. */
  readonly webAssembly: boolean;
  /** What the program is told besides by its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface PythonJob {
  readonly mpyCross: MpyCross;
  readonly arch: Arch;
  /** Words of MPY_CROSS_FLAGS. */
  readonly flags: readonly string[];
  readonly cwd: string;
  readonly pool: Pool;
  readonly report: Report;
  /** What was compiled for every architecture at once, in this build or watch. */
  readonly bytecode: Bytecode;
}

/** By name, options and content of a source. */
export type Bytecode = Map<string, ReturnType<typeof runBinary>>;

/**
 * Each of these places may hold `natmod mpy-cross` under some name: npx, a link, a script of the user's. A program that
 * is started from one learns by this variable how many places have been tried, and goes on behind them; so it never
 * leads to itself for ever.
 */
const TRIED = 'NATMOD_MPY_CROSS_TRIED';

/**
 * Finds mpy-cross: `$MPY_CROSS`, the one built in the MicroPython tree, the one on PATH, the npm WebAssembly build.
 * @throws NatmodError `no-mpy-cross` when MPY_CROSS names something that is not there
 */
export function findMpyCross(mpyDir: string | undefined, cwd: string, env: NodeJS.ProcessEnv = process.env): MpyCross {
  const places = [
    () => fromEnvironment(cwd, env),
    () => (mpyDir === undefined ? undefined : program(join(mpyDir, 'mpy-cross', 'build', 'mpy-cross'), cwd, env)),
    () => program('mpy-cross', cwd, env),
  ];
  for (let at = Number(env[TRIED] ?? 0); at < places.length; at++) {
    const command = places[at]!();
    if (command !== undefined) return { command, webAssembly: false, env: { [TRIED]: String(at + 1) } };
  }
  return { command: [process.execPath, childFile], webAssembly: true };
}

function fromEnvironment(cwd: string, env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const words = splitWords(env.MPY_CROSS ?? '', 'MPY_CROSS');
  if (words[0] === undefined) return undefined;
  const path = findProgram(words[0], cwd, env);
  if (path === undefined) fail('no-mpy-cross', `MPY_CROSS names '${words[0]}', which is not found`);
  return [path, ...words.slice(1)];
}

function program(name: string, cwd: string, env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const path = findProgram(name, cwd, env);
  return path === undefined ? undefined : [path];
}

const childFile = join(projectDir, 'tasks', 'toolchain', 'mpy-cross-child.mjs');

let wasmFiles: readonly string[] | undefined;

/** The files that the WebAssembly build consists of. */
export function webAssemblyFiles(): readonly string[] {
  if (wasmFiles === undefined) {
    const main = createRequire(import.meta.url).resolve('@pybricks/mpy-cross-v6');
    const own = ['mpy-cross-v6.js', 'mpy-cross-v6.wasm'].map((name) => join(dirname(main), name));
    wasmFiles = [main, ...own, childFile];
  }
  return wasmFiles;
}

/**
 * Compiles one Python source.
 *
 * @param name as SRC has it; it becomes the file name in Python's tracebacks
 * @param output path of an intermediate file
 * @throws NatmodError `python-failed` after what mpy-cross printed was passed on
 */
export async function compilePython(name: string, contents: Buffer, output: string, job: PythonJob): Promise<Buffer> {
  return job.pool.run(() =>
    job.mpyCross.webAssembly ? runWebAssembly(name, contents, job) : runProgram(name, output, job),
  );
}

/**
 * The WebAssembly build is asked without -march first: what it then makes is bytecode, which is the same for every
 * architecture and so is made once. Only a source that needs the architecture is compiled again, to learn what is in
 * it.
 */
async function runWebAssembly(name: string, contents: Buffer, job: PythonJob): Promise<Buffer> {
  const general = job.flags.filter((flag) => !flag.startsWith('-march='));
  const key = hashOf(JSON.stringify([name, general, hashOf(contents)]));
  const { bytecode } = job;
  let answer = bytecode.get(key);
  if (answer === undefined) {
    if (bytecode.size >= MAX_BYTECODE) bytecode.clear();
    answer = runChild(name, contents, general, job);
    bytecode.set(key, answer);
  }
  const first = await answer;
  if (first.status === 0) return first.stdout;
  // One that was ended may do better the next time.
  if (first.status === undefined) bytecode.delete(key);
  const march = job.flags.filter((flag) => knownArches.has(flag.replace('-march=', '')));
  const second = march.length === 0 ? first : await runChild(name, contents, [...general, ...march], job);
  job.report.output(second.stderr.toString('utf8'));
  return second.status === 0 ? second.stdout : pythonFailed(name);
}

function runChild(name: string, contents: Buffer, flags: readonly string[], job: PythonJob) {
  const { cwd, report } = job;
  const onStart = (command: readonly string[]) => report.command(command);
  return runBinary([...job.mpyCross.command, name, ...flags], { cwd, input: contents, onStart });
}

const MAX_BYTECODE = 500;

// Its -march options are those of MicroPython 1.19.
const knownArches = new Set('x86 x64 armv6 armv6m armv7m armv7em armv7emsp armv7emdp xtensa xtensawin'.split(' '));

async function runProgram(name: string, output: string, job: PythonJob): Promise<Buffer> {
  const temporary = temporaryName(output);
  await makeFolder(dirname(output));
  try {
    // A name that begins with a dash would be an option.
    const source = name.startsWith('-') ? `./${name}` : name;
    const command = [...job.mpyCross.command, ...job.flags, '-o', temporary, source];
    job.report.command(command);
    const result = await runProcess(command, { cwd: job.cwd, env: job.mpyCross.env });
    job.report.output(result.output);
    if (result.startError !== undefined) fail('no-mpy-cross', `${command[0]} cannot be started: ${result.startError}`);
    if (result.status !== 0) pythonFailed(name);
    return (
      readMade(temporary) ?? fail('python-failed', 'mpy-cross tells of no error, and made no file', { file: name })
    );
  } finally {
    removeQuietly(temporary);
  }
}

function pythonFailed(name: string): never {
  return fail('python-failed', 'mpy-cross failed', { file: name });
}

/** Checks what was compiled before it becomes a part of a module. Errors: those of `checkPythonPart`. */
export function checkMade(bytes: Uint8Array, name: string, { mpyCross, arch }: PythonJob): void {
  const check = () => checkPythonPart(bytes, name, arch);
  if (mpyCross.webAssembly) changeProblems(check, (problem) => ({ ...problem, hint: BYTECODE_ONLY }));
  else check();
}

const BYTECODE_ONLY =
  'the mpy-cross that comes with natmod makes bytecode only: leave out native, viper and assembler functions,\n' +
  'or name a newer mpy-cross with the environment variable MPY_CROSS';
