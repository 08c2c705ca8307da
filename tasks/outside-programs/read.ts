/** Programs from a folder that the user names, and what they do when this machine's own compilers make them. */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { findProgram } from '../system/find-program.ts';
import type { Pool } from '../system/pool.ts';
import { runProcess } from '../system/processes.ts';
import { isSilent, NATIVE_SOURCE, partSource, SILENT_SUCCESS, whyNotApplicable } from './wrap.ts';

/** A program, and what it does natively: the hash as eight hexadecimal digits. */
export interface OutsideProgram {
  readonly seed: number;
  readonly name: string;
  /** One character for each byte: strings in any encoding stay what they are. */
  readonly text: string;
  readonly checksum: string;
  /** Nobody has run it: it prints nothing, and a test that prints nothing has to end with status 0. */
  readonly isAssumed: boolean;
}

/** Larger ones are data. */
const MOST_BYTES = 200_000;
const NATIVE_MS = 5000;
const TOOL_MS = 60_000;

/**
 * Programs for an operating system count on an enum being as large as an int, which compilers for bare ARM make as
 * small as they can, and on a char having a sign.
 */
const COMMON_FLAGS = ['-std=gnu11', '-w', '-fno-short-enums', '-fsigned-char'];

/** On x86, what the registers of 80 bits would compute otherwise, and an alignment that only it has. */
const X86_FLAGS = ['-msse2', '-mfpmath=sse', '-malign-double'];

/** What an architecture's programs are compiled with. */
export function outsideFlags(arch: Arch): readonly string[] {
  return arch.name === 'x86' ? [...COMMON_FLAGS, ...X86_FLAGS] : COMMON_FLAGS;
}

/** Sizes of long and of pointers; what a program prints may depend on them. */
export type Model = 'LP64' | 'ILP32';

export function modelOf(arch: Arch): Model {
  return arch.wordSize === 8 ? 'LP64' : 'ILP32';
}

const NATIVE_COMPILERS: Readonly<Record<Model, readonly string[]>> = {
  LP64: ['gcc'],
  // Linked whole, so that it starts without the other CPU's C library.
  ILP32: ['i686-linux-gnu-gcc', '-static', ...X86_FLAGS],
};

/** Paths of the C sources below a folder, in order. @throws NatmodError `no-programs` */
export function findPrograms(folder: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    return fail('no-programs', `it cannot be read: ${(error as NodeJS.ErrnoException).code}`, { file: folder });
  }
  const found = entries.filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
  const some = found.filter((path) => statSync(path).isFile() && statSync(path).size <= MOST_BYTES).sort();
  if (some.length === 0) fail('no-programs', 'there is no C program in this folder', { file: folder });
  return some;
}

/** Programs with what they do in one model, and how many are no test of a module, by reason. */
export interface ReadPrograms {
  readonly programs: readonly OutsideProgram[];
  readonly left: Map<string, number>;
}

/** This machine's own compiler for one model. */
export interface Native {
  /** Compiles and runs a program. @returns why it is no test of a module, when it is none */
  run(program: Pick<OutsideProgram, 'seed' | 'name' | 'text'>): Promise<OutsideProgram | string>;
}

/** @param work a folder for what is made @throws NatmodError `native-failed` when there is no compiler for the model */
export async function openNative(model: Model, work: string): Promise<Native> {
  const own = join(work, `native-${model}`);
  makeFolders(own);
  const [compiler = '', ...words] = NATIVE_COMPILERS[model];
  if (findProgram(compiler, own) === undefined) {
    fail('native-failed', `what programs do where a pointer is as large as in ${model} needs ${compiler}`);
  }
  const command = [compiler, ...words, '-O0', ...COMMON_FLAGS];
  const inOwn = { cwd: own, timeoutMs: TOOL_MS };
  writeFileSync(join(own, 'start.c'), NATIVE_SOURCE);
  const start = await runProcess([...command, '-c', 'start.c'], inOwn);
  if (start.status !== 0) fail('native-failed', `${compiler} cannot compile programs: ${start.output}`);
  return {
    async run(program) {
      const file = String(program.seed);
      writeFileSync(join(own, `${file}.c`), partSource(program.text), 'latin1');
      const compiled = await runProcess([...command, `${file}.c`, 'start.o', '-o', file, '-lm'], inOwn);
      if (compiled.status !== 0) return 'no program for the native compiler';
      const { status, stdout } = await runProcess([join(own, file)], { cwd: own, timeoutMs: NATIVE_MS });
      if (status !== 0 || !/^[0-9A-F]{8}$/.test(stdout)) return 'crashes or does not end natively';
      return { ...program, checksum: stdout, isAssumed: false };
    },
  };
}

/** Reads programs, and runs those natively that print. @param paths below `folder` */
export async function readPrograms(
  paths: readonly string[],
  native: Native,
  { folder, pool }: { folder: string; pool: Pool },
): Promise<ReadPrograms> {
  const programs: OutsideProgram[] = [];
  const left = new Map<string, number>();
  const readOne = async (path: string, seed: number) => {
    const program = { seed, name: relative(folder, path), text: await readFile(path, 'latin1') };
    const why = whyNotApplicable(program.text);
    if (why !== undefined) return why;
    return isSilent(program.text) ? { ...program, checksum: SILENT_SUCCESS, isAssumed: true } : native.run(program);
  };
  for (const one of await Promise.all(paths.map((path, seed) => pool.run(() => readOne(path, seed))))) {
    if (typeof one === 'string') countLeft(left, one);
    else programs.push(one);
  }
  return { programs, left };
}

export function countLeft(left: Map<string, number>, reason: string): void {
  left.set(reason, (left.get(reason) ?? 0) + 1);
}
