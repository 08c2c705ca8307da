/**
 * Compiles a source without text, by which a compiler tells of itself. Where the system is POSIX the source and its
 * object are /dev/null. Of `nul` on Windows GCC's driver knows by that spelling alone, and assemblers have made files
 * of it.
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
  if (platform !== 'win32') return askAbout(command, cwd, { source: devNull, object: devNull, list: devNull });
  const folder = mkdtempSync(join(tmpdir(), 'natmod-'));
  try {
    const source = join(folder, 'null.c');
    writeFileSync(source, '');
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
