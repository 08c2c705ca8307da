/**
 * Compiles a source without text, by which a compiler tells of itself. The object is a file in a folder of its own,
 * never /dev/null: a compiler may be a script that removes what it is to write, and root may remove anything.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessResult, runProcess } from '../system/processes.ts';

/**
 * Runs a compiler on nothing.
 * @param command the compiler with its flags
 * @returns what it said, and whether its assembler lists what it reads, for which it is asked first
 */
export async function compileNothing(
  command: readonly string[],
  cwd: string,
  platform: NodeJS.Platform = process.platform,
): Promise<ProcessResult & { readonly lists: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-'));
  try {
    // Of `nul` on Windows GCC's driver knows by that spelling alone.
    const source = platform === 'win32' ? join(folder, 'null.c') : devNull;
    if (platform === 'win32') writeFileSync(source, '');
    return await askAbout(command, cwd, { source, object: join(folder, 'null.o'), list: join(folder, 'null.d') });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Files {
  readonly source: string;
  readonly object: string;
  readonly list: string;
}

async function askAbout(command: readonly string[], cwd: string, { source, object, list }: Files) {
  const words = [...command, '-c', source, '-o', object];
  const first = await runProcess([...words, `-Wa,--MD,${list}`], { cwd });
  if (first.status === 0 || first.startError !== undefined) return { ...first, lists: first.status === 0 };
  return { ...(await runProcess(words, { cwd })), lists: false };
}
