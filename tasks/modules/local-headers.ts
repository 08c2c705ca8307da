import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { includesOf } from '../../natmod-rules/compile/index.ts';
import { isFile } from '../system/look.ts';

const MAX_HEADERS = 2000;
const MAX_BYTES = 4 * 1024 * 1024;

export interface SourceText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/**
 * The headers that sources include from folders of the module's own, each once, found by name alone: a header that
 * `#if` leaves out is read too. Names that lead nowhere are the compiler's or the SDK's.
 *
 * @param texts sources with their absolute paths
 * @param folders absolute folders to search besides that of the including file
 * @param missing takes the places that were searched in vain
 */
export async function findLocalHeaders(
  texts: readonly SourceText[],
  folders: readonly string[],
  missing = new Set<string>(),
) {
  const found = new Map<string, string>();
  const queue = [...texts];
  for (const { path, text } of queue) {
    for (const { name, quoted } of includesOf(text)) {
      const places = quoted ? [dirname(path), ...folders] : folders;
      const header = firstReadable(
        places.map((place) => resolve(place, name)),
        found,
        missing,
      );
      if (header === undefined || found.size >= MAX_HEADERS) continue;
      found.set(header.path, header.text);
      queue.push(header);
    }
  }
  return [...found].map(([path, text]): SourceText => ({ path, text }));
}

function firstReadable(paths: readonly string[], known: ReadonlyMap<string, string>, missing: Set<string>) {
  for (const path of paths) {
    if (known.has(path)) return undefined;
    if (missing.has(path)) continue;
    // Most names are looked for in vain, and an exception for each would cost more than all the rest.
    if (isFile(path)) {
      const bytes = readFileSync(path);
      if (bytes.length <= MAX_BYTES) return { path, text: bytes.toString('latin1') };
    } else missing.add(path);
  }
  return undefined;
}
