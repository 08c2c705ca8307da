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
