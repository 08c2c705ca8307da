/** Random C programs, and what they compute when this machine's own compiler and linker make them. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { findProgram } from '../system/find-program.ts';
import { namesIn } from '../system/if-there.ts';
import { runProcess } from '../system/processes.ts';
import { portableConstants } from './program.ts';

/** A program whose module has to do what it does natively. */
export interface RandomProgram {
  readonly seed: number;
  readonly text: string;
  /** What it prints: 32 bits, as eight hexadecimal digits. */
  readonly checksum: string;
}

/** Why a seed gives no program to test. */
export interface NoProgram {
  readonly seed: number;
  readonly skipped: string;
}

/**
 * Small programs. Misaligned members of packed structs are left out: not every CPU can read them through a pointer.
 * Floats are off unless asked for, and so are builtins.
 */
const CSMITH_OPTIONS = ['--max-funcs', '4', '--no-argc', '--no-packed-struct', '--concise'];
/** Shorter ones have no code but a return. */
const LEAST_CHARACTERS = 3000;
/** Many random programs never end. */
const NATIVE_MS = 1000;
const TOOL_MS = 60_000;

/** @throws NatmodError `no-csmith` when it is not installed whole */
export function csmithHeaders(): string {
  const csmith = findProgram('csmith', process.cwd());
  const hint = 'on Debian or Ubuntu: apt-get install csmith libcsmith-dev';
  if (csmith === undefined) return fail('no-csmith', 'csmith is not on PATH', undefined, hint);
  const folder = resolve(dirname(csmith), '..', 'include');
  const name = namesIn(folder).find((entry) => /^csmith(-[\d.]+)?$/.test(entry));
  if (name === undefined) return fail('no-csmith', "csmith's headers are not installed", { file: folder }, hint);
  return join(folder, name);
}

/**
 * Makes the program of a seed, in a folder of its own below `folder`, and runs it natively.
 * @throws NatmodError `native-failed` when the host's compiler fails
 */
export async function generate(seed: number, folder: string): Promise<RandomProgram | NoProgram> {
  const own = join(folder, `native-${seed}`);
  makeFolders(own);
  const made = await runProcess(['csmith', '--seed', String(seed), ...CSMITH_OPTIONS, '--output', 'program.c'], {
    cwd: own,
    timeoutMs: TOOL_MS,
  });
  if (made.status !== 0) return { seed, skipped: 'csmith failed' };
  const text = portableConstants(await readFile(join(own, 'program.c'), 'utf8'));
  if (text.length < LEAST_CHARACTERS) return { seed, skipped: 'trivial' };
  writeFileSync(join(own, 'program.c'), text);
  const command = ['gcc', '-O0', '-w', '-I', csmithHeaders(), 'program.c', '-o', 'program'];
  const compiled = await runProcess(command, { cwd: own, timeoutMs: TOOL_MS });
  if (compiled.status !== 0) fail('native-failed', `the host's gcc cannot build seed ${seed}: ${compiled.stderr}`);
  const result = await runProcess([join(own, 'program')], { cwd: own, timeoutMs: NATIVE_MS });
  const checksum = /^checksum = ([0-9A-F]{1,8})$/m.exec(result.stdout)?.[1];
  if (checksum === undefined) return { seed, skipped: 'runs longer than 1 s' };
  return { seed, text, checksum: checksum.padStart(8, '0') };
}
