import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import Vinyl from 'vinyl';
import { fail, NatmodError } from '../../natmod-rules/problem.ts';
import { isOfTree, NEEDS_TREE } from '../modules/tree-files.ts';
import type { StageFile } from './stage.ts';

export interface SourcesOptions {
  /** Folder that the names start from. */
  readonly cwd: string;
  /** Named as the place where a missing source is asked for. */
  readonly makefile?: string;
}

/**
 * The sources of a module as a stream, in the order given. Unlike gulp's `src()` it takes names as they are, whatever
 * characters they have, and tells which are missing.
 *
 * @throws NatmodError `missing-source` with all that are missing, `unreadable-source`
 */
export async function sources(names: readonly string[], { cwd, makefile }: SourcesOptions): Promise<Readable> {
  const files = names.map((name) => readSource(name, cwd, makefile));
  const missing = names.filter((_, i) => files[i] === undefined);
  if (missing.length > 0) sourcesMissing(missing, cwd, makefile);
  return Readable.from(files);
}

/** It is done at once: handing each step to a thread takes longer than the step. */
function readSource(name: string, cwd: string, makefile?: string): StageFile | undefined {
  const path = resolve(cwd, name);
  try {
    const found = statSync(path);
    // Nothing would ever come out of a pipe.
    if (!found.isFile() && !found.isDirectory()) notRegular(name, makefile, path);
    const file = new Vinyl({ cwd, base: cwd, path, contents: readFileSync(path) });
    return Object.assign(file, { natmod: { kind: 'source', name } }) as StageFile;
  } catch (error) {
    if (error instanceof NatmodError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = code === 'EISDIR' ? 'it is a folder' : code;
    return fail('unreadable-source', `source '${name}' cannot be read: ${why}`, { file: makefile }, path);
  }
}

function notRegular(name: string, makefile: string | undefined, path: string): never {
  return fail('unreadable-source', `source '${name}' is no regular file`, { file: makefile }, path);
}

function sourcesMissing(names: readonly string[], cwd: string, makefile: string | undefined): never {
  const [first, ...others] = names;
  const also = others.length === 0 ? '' : `, nor do ${others.length} others`;
  const paths = names.slice(0, 10).map((name) => resolve(cwd, name));
  const lacksTree = paths.some(isOfTree) ? `\n${NEEDS_TREE}` : '';
  const pattern = names.find((name) => /[*?[]/.test(name));
  const wildcard = pattern === undefined ? '' : `\nnames by a pattern are written SRC = $(wildcard ${pattern})`;
  const hint = `looked for ${paths.join('\n           ')}${lacksTree}${wildcard}`;
  return fail('missing-source', `source '${first}' does not exist${also}`, { file: makefile }, hint);
}
