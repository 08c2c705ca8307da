import { hashOf } from '../system/hash.ts';
import { ownVersion } from './own-version.ts';

/**
 * Everything that is remembered is a record: a value, perhaps with bytes, under the hash of all that is known before
 * the work is done. What the work turned out to read is inside, see `observed.ts`. docs/incremental.md has the whole
 * list.
 */
export const RECORD_KINDS = {
  files: 'content hashes of files, by how the files look',
  plan: "what make answered about a module's Makefile",
  compiler: 'what a compiler says of itself',
  unit: 'which object a source becomes, by the headers that were read',
  object: 'objects and bytecode, by their own hash',
  part: 'which bytecode a Python source becomes',
  link: 'modules as linked',
  module: 'what the last build of a module left in its folder',
  made: 'what make made with our rules, in the folder of the module',
  own: "what make made by rules of a Makefile's own, in the folder of the module",
} as const;

export type RecordKind = keyof typeof RECORD_KINDS;

/** A record that was read and found whole. */
export interface StoredRecord<T> {
  readonly value: T;
  readonly bytes: Buffer;
}

// Changes when records of an older layout must not be read any more.
const LAYOUT = 2;
const MAGIC = 'natmod-record';

/**
 * The key of a record: its kind, our own code, and the fields that were known beforehand. A field more costs work that
 * was not needed now and then; a field less makes a build that is wrong.
 */
export function keyOf(kind: RecordKind, fields: unknown): string {
  return hashOf(JSON.stringify([LAYOUT, kind, ownVersion(), fields]));
}

/**
 * A record as it is stored: a line with kind, key and the hash of kind, key and all that follows, a line of JSON, the
 * bytes. So one that was cut off, changed, or put in the place of another is noticed.
 */
export function sealRecord(kind: RecordKind, key: string, value: unknown, bytes: Uint8Array = NO_BYTES): Buffer {
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(value)}\n`), bytes]);
  return Buffer.concat([Buffer.from(`${MAGIC} ${kind} ${key} ${sumOf(kind, key, content)}\n`), content]);
}

/** The opposite of `sealRecord`; undefined for anything but the whole record of that kind and key. */
export function openRecord<T>(kind: RecordKind, key: string, file: Buffer): StoredRecord<T> | undefined {
  const start = file.indexOf(10) + 1;
  const content = file.subarray(start);
  if (start === 0 || file.toString('latin1', 0, start - 1) !== `${MAGIC} ${kind} ${key} ${sumOf(kind, key, content)}`)
    return undefined;
  const end = content.indexOf(10);
  try {
    return { value: JSON.parse(content.toString('utf8', 0, end)) as T, bytes: content.subarray(end + 1) };
  } catch {
    // Its sum is right and it is no JSON: not of this version's making.
    return undefined;
  }
}

const NO_BYTES = new Uint8Array(0);

function sumOf(kind: RecordKind, key: string, content: Uint8Array): string {
  return hashOf(Buffer.concat([Buffer.from(`${kind} ${key}\n`), content]));
}
