import { relative } from 'node:path';
import { describeMpy, readMpy } from '../natmod-rules/package/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';
import { readNamed } from './system/named-file.ts';

/** `gulp inspect FILE.mpy...`: prints what is in each file. */
export async function inspect({ files, cwd }: Options, { report }: Context): Promise<void> {
  if (files.length === 0) {
    fail('no-file', 'there is no file to inspect', undefined, 'name one: gulp inspect build/x64/features0.mpy');
  }
  for (const file of files) {
    const name = shortName(file, cwd);
    const text = describeMpy(readMpy(readNamed(file), name));
    report.show(`${files.length > 1 ? `${name}:\n` : ''}${text.trimEnd()}\n`);
  }
}

function shortName(file: string, cwd: string): string {
  const name = relative(cwd, file);
  return name.startsWith('..') ? file : name;
}
