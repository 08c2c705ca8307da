/** Programs from a folder that the user names, and what they do when this machine's own compiler makes them. */
import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { makeFolders } from '../bootstrap/make-folders.mjs';
import type { TestProgram } from '../random-programs/generate.ts';
import { runProcess } from '../system/processes.ts';
import { hashOf, whyNotApplicable, wrapProgram } from './wrap.ts';

/** Larger ones are data. */
const MOST_BYTES = 200_000;
const NATIVE_MS = 5000;
const TOOL_MS = 60_000;

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

/** Why a program is no test of a module. */
export interface NotApplicable {
  readonly name: string;
  readonly reason: string;
}

/** Compiles and runs a program natively. @param seed its number @param work a folder for it */
export async function readProgram(
  path: string,
  seed: number,
  { folder, work }: { folder: string; work: string },
): Promise<TestProgram | NotApplicable> {
  const name = relative(folder, path);
  // Strings in any encoding stay the bytes that they are.
  const text = await readFile(path, 'latin1');
  const no = (reason: string) => ({ name, reason });
  const why = whyNotApplicable(text);
  if (why !== undefined) return no(why);
  const own = join(work, `native-${seed}`);
  makeFolders(own);
  const program = join(own, 'program');
  const command = ['gcc', '-O0', '-w', '-std=gnu11', path, '-o', program, '-lm'];
  const compiled = await runProcess(command, { cwd: own, timeoutMs: TOOL_MS });
  if (compiled.status !== 0) return no(`${basename(name)} is no program for this machine's gcc`);
  const result = await runProcess([program], { cwd: own, timeoutMs: NATIVE_MS });
  if (result.status === undefined || result.status > 127) return no('crashes or does not end natively');
  return {
    seed,
    name,
    text,
    checksum: hashOf(Buffer.from(result.stdout), result.status),
    source: () => wrapProgram(text),
  };
}
