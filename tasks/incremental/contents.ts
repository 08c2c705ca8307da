import { readMade, removeQuietly, writeWhole } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import type { Session } from './session.ts';

/** Objects and other outputs, which are kept by their own hash. */
type Known = Pick<Session, 'records' | 'shared'>;

/** Bytes that are on this machine. */
export function contentHere({ records }: Pick<Known, 'records'>, hash: string): Buffer | undefined {
  const bytes = records.get('object', hash)?.bytes;
  return bytes !== undefined && hashOf(bytes) === hash ? bytes : undefined;
}

/** Bytes that the server of a team has; then they are here afterwards. */
export async function fetchContent({ records, shared }: Known, hash: string): Promise<Buffer | undefined> {
  const bytes = await shared?.blob(hash);
  if (bytes !== undefined) records.put('object', hash, {}, bytes);
  return bytes;
}

/** Bytes, wherever they are. */
export async function findContent(known: Known, hash: string): Promise<Buffer | undefined> {
  return contentHere(known, hash) ?? fetchContent(known, hash);
}

/**
 * Puts bytes that are on this machine where a build leaves them, unless they are there; undefined when they are lost.
 */
export function putHere(known: Pick<Known, 'records'>, hash: string, path: string): Buffer | undefined {
  const bytes = readMade(path);
  if (bytes !== undefined && hashOf(bytes) === hash) return bytes;
  const cached = contentHere(known, hash);
  if (cached !== undefined) writeWhole(path, cached);
  // Another one in its place would be taken for it.
  else if (bytes !== undefined) removeQuietly(path);
  return cached;
}

/** The same with the server of a team. */
export async function putContent(known: Known, hash: string, path: string): Promise<Buffer | undefined> {
  const here = putHere(known, hash, path);
  if (here !== undefined) return here;
  const bytes = await fetchContent(known, hash);
  if (bytes !== undefined) writeWhole(path, bytes);
  return bytes;
}
