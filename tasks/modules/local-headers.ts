import { readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { isFile } from '../system/look.ts';
import { factsOfText, type TextFacts } from './text-facts.ts';

const MAX_HEADERS = 2000;
const MAX_BYTES = 4 * 1024 * 1024;
/** Names that resolving changes nothing about; it would take most of the time where there are hundreds of headers. */
const FILE_NAME = /^[\w-][\w.-]*$/;

export interface SourceText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** A header as it was read. */
export interface ReadHeader {
  /** Undefined when it is too large to be one that somebody wrote. */
  readonly facts: TextFacts | undefined;
  /** Of the content that the facts are of, where it is known. */
  readonly hash?: string;
}

export interface LocalHeader extends ReadHeader {
  /** Absolute. */
  readonly path: string;
  readonly facts: TextFacts;
}

/** Reads a header; undefined when there is no such file. */
export type HeaderReader = (path: string) => ReadHeader | undefined;

/**
 * The headers that sources include from folders of the module's own, each once, found by name alone: a header that
 * `#if` leaves out is read too. Names that lead nowhere are the compiler's or the SDK's.
 *
 * @param sources with their absolute paths
 * @param folders absolute folders to search besides that of the including file
 * @param missing takes the places that were searched in vain
 */
export async function findLocalHeaders(
  sources: readonly { readonly path: string; readonly facts: TextFacts }[],
  folders: readonly string[],
  missing: Set<string>,
  read: HeaderReader = readFromDisk,
): Promise<readonly LocalHeader[]> {
  const found = new Map<string, LocalHeader>();
  const queue = [...sources];
  const absolute = folders.map((folder) => resolve(folder));
  const search = { found, missing, read };
  for (const { path, facts } of queue) {
    if (facts.includes.length === 0) continue;
    const beside = [resolve(dirname(path)), ...absolute];
    for (const { name, quoted } of facts.includes) {
      const header = firstReadable(name, quoted ? beside : absolute, search);
      if (header === undefined || found.size >= MAX_HEADERS) continue;
      found.set(header.path, header);
      queue.push(header);
    }
  }
  return [...found.values()];
}

interface Search {
  readonly found: ReadonlyMap<string, LocalHeader>;
  readonly missing: Set<string>;
  readonly read: HeaderReader;
}

function firstReadable(
  name: string,
  places: readonly string[],
  { found, missing, read }: Search,
): LocalHeader | undefined {
  for (const place of places) {
    const path = FILE_NAME.test(name) && !place.endsWith(sep) ? `${place}${sep}${name}` : resolve(place, name);
    if (found.has(path)) return undefined;
    if (missing.has(path)) continue;
    const header = read(path);
    if (header === undefined) missing.add(path);
    else if (header.facts !== undefined) return { ...header, path, facts: header.facts };
  }
  return undefined;
}

function readFromDisk(path: string): ReadHeader | undefined {
  // Most names are looked for in vain, and an exception for each would cost more than all the rest.
  return isFile(path) ? headerOf(readFileSync(path)) : undefined;
}

/** What the bytes of a header say. */
export function headerOf(bytes: Buffer): ReadHeader {
  return { facts: bytes.length > MAX_BYTES ? undefined : factsOfText(bytes.toString('latin1')) };
}
