import type { Trace } from '../system/file-trace.ts';
import type { FileHashes } from './file-hashes.ts';

/**
 * What something was made of: files with the hashes of their content, things that only have to be there, and names that were
 * looked for and led nowhere. When a file appears under such a name it goes before one that was used, so what was made is no
 * longer right.
 */
export interface Inputs {
  readonly files: readonly (readonly [path: string, hash: string])[];
  readonly there?: readonly string[];
  readonly missing: readonly string[];
}

export const noInputs: Inputs = { files: [], missing: [] };

/** Whether nothing of it has changed. */
export function isUnchanged({ files, there = [], missing }: Inputs, hashes: FileHashes): boolean {
  return (
    files.every(([path, hash]) => hashes.hash(path) === hash) &&
    there.every((path) => hashes.exists(path)) &&
    !missing.some((path) => hashes.exists(path))
  );
}

/**
 * The inputs behind a trace; every file counts by its content. Undefined when one of them changed after `start` (milliseconds
 * since 1970), so that nobody knows which content was used.
 */
export function inputsOf(trace: Trace, hashes: FileHashes, start: number): Inputs | undefined {
  const files: [string, string][] = [];
  const there: string[] = [];
  for (const path of trace.there) {
    if (hashes.hash(path) === undefined) {
      there.push(path);
      continue;
    }
    const hash = hashes.hashReadSince(path, start);
    if (hash === undefined) return undefined;
    files.push([path, hash]);
  }
  return { files, there, missing: [...trace.missing] };
}
