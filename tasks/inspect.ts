import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { describeMpy, readMpy } from '../natmod-rules/package/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';

/** `gulp inspect FILE.mpy...`: prints what is in each file. */
export async function inspect({ files, cwd }: Options, { report }: Context): Promise<void> {
  if (files.length === 0) {
    fail('no-file', 'there is no file to inspect', undefined, 'name one: gulp inspect build/x64/features0.mpy');
  }
  for (const file of files) {
    const name = shortName(file, cwd);
    const text = describeMpy(readMpy(await read(file), name));
    report.show(`${files.length > 1 ? `${name}:\n` : ''}${text.trimEnd()}\n`);
  }
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      { ENOENT: 'there is no such file', EISDIR: 'this is a folder' }[code ?? ''] ?? `cannot be read: ${code}`;
    return fail('cannot-read', why, { file });
  }
}

function shortName(file: string, cwd: string): string {
  const name = relative(cwd, file);
  return name.startsWith('..') ? file : name;
}
