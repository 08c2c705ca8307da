import { resolve } from 'node:path';
import { splitWords } from '../../natmod-rules/compile/index.ts';
import type { FileHashes } from '../system/file-hashes.ts';
import { readMade } from '../system/files.ts';

const MAX_DEPTH = 8;

/**
 * The files that flags name, with the hashes of their content: specs, plugins, profiles, lists of symbols, response
 * files and what those name in turn. Every part of a flag that is the name of a file counts, whatever the flag means.
 */
export function filesOfFlags(
  flags: readonly string[],
  cwd: string,
  hashes: FileHashes,
): [name: string, hash: string][] {
  const found = new Map<string, string>();
  visit(flags, cwd, hashes, found, 0);
  return [...found];
}

function visit(
  flags: readonly string[],
  cwd: string,
  hashes: FileHashes,
  found: Map<string, string>,
  depth: number,
): void {
  for (const flag of flags) {
    for (const name of namesIn(flag)) {
      const path = resolve(cwd, name);
      const hash = found.has(name) ? undefined : hashes.hash(path);
      if (hash === undefined) continue;
      found.set(name, hash);
      if (!flag.startsWith('@') || depth === MAX_DEPTH) continue;
      visit(wordsOf(readMade(path)?.toString('utf8') ?? ''), cwd, hashes, found, depth + 1);
    }
  }
}

function namesIn(flag: string): string[] {
  if (flag.startsWith('@')) return [flag.slice(1)];
  // Most flags are no names, and each look costs.
  if (/^-[DWUOIm]|^-f[^=]*$|^-[a-z]$/.test(flag) && !/^-W[alp],/.test(flag)) return [];
  return flag.split(/[=,]/).filter((part, i) => part !== '' && (i > 0 || !part.startsWith('-')));
}

function wordsOf(text: string): string[] {
  try {
    return splitWords(text, 'response file');
  } catch {
    // A quote is open: the compiler will say so, and here only names of files are sought.
    return text.split(/\s+/);
  }
}
