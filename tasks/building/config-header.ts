import { join, resolve } from 'node:path';
import { includeFolders as foldersOf } from '../../natmod-rules/compile/index.ts';
import type { SourceText } from '../modules/local-headers.ts';
import { findQstrs } from '../modules/qstr-search.ts';
import { isOnDisk, writeWhole } from '../system/files.ts';
import { readNamed } from '../system/named-file.ts';

export interface ConfigHeader {
  /** File to write. */
  readonly output: string;
  /** C and assembler sources, relative to `dir`. */
  readonly sources: readonly string[];
  readonly cflags: readonly string[];
  /** Folder of the module, absolute. */
  readonly dir: string;
  /** Absolute. */
  readonly mpyDir: string;
}

/**
 * Writes the config header of sources, unless it is there as it should be: then its time stays.
 * @returns the headers of the module's own that were looked into, all files that were read, and the places where
 *   headers were looked for in vain; absolute paths
 * @throws NatmodError `cannot-read`, `cannot-write`
 */
export async function writeConfigHeader({ output, sources, cflags, dir, mpyDir }: ConfigHeader) {
  const folders = foldersOf(cflags).map((folder) => resolve(dir, folder));
  const texts = sources.map((source) => readText(source, dir));
  const includeFolders = folders.filter((folder) => folder !== mpyDir);
  const { header, headers, missing } = await findQstrs(texts, { includeFolders, mpyDir, asListed: true });
  if (!isOnDisk(output, Buffer.from(header))) writeWhole(output, header);
  // Which integer types the header brings depends on the last one.
  const read = [...texts, ...headers].map(({ path }) => path).concat(join(mpyDir, 'py', 'mpconfig.h'));
  return { headers, missing, read };
}

function readText(source: string, dir: string): SourceText {
  const path = resolve(dir, source);
  // Every byte is a character: names of qstrs are found whatever the encoding of the comments around them.
  return { path, text: readNamed(path, source).toString('latin1') };
}
