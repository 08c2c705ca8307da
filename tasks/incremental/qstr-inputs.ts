import { join } from 'node:path';
import { type HeaderReader, headerOf, type ReadHeader, type SourceText } from '../modules/local-headers.ts';
import type { FoundQstrs, QstrPlace } from '../modules/qstr-search.ts';
import type { FileHashes } from '../system/file-hashes.ts';
import { hashOf } from '../system/hash.ts';
import { type Inputs, noInputs } from './observed.ts';
import { keyOf } from './record.ts';

/** The key under which the qstrs of sources are kept. */
export function configKey(
  sources: readonly string[],
  { includeFolders, mpyDir, asListed, flagsBring }: QstrPlace,
): string {
  return keyOf('module', [sources, includeFolders, mpyDir, asListed, flagsBring]);
}

/** Reads headers of which those that have the content of an earlier round need not be read again. */
export function headerReader(hashes: FileHashes): HeaderReader {
  return (path) => {
    const hash = hashes.hash(path);
    if (hash === undefined) return undefined;
    try {
      return hashes.readOnce(path, hash, readHashed);
    } catch {
      // It has just gone.
      return undefined;
    }
  };
}

function readHashed(bytes: Buffer, hash: string): ReadHeader {
  return { ...headerOf(bytes), hash };
}

/** What the qstrs of sources were found in, with a reader of headers that knows their hashes. */
export function qstrInputs(
  texts: readonly SourceText[],
  found: FoundQstrs,
  { mpyDir }: QstrPlace,
  hashes: FileHashes,
): Inputs {
  const files = texts.map(({ path, text }) => [path, hashOf(Buffer.from(text, 'latin1'))] as const);
  const headers = found.headers.map(({ path, hash = '' }) => [path, hash] as const);
  // Which integer types the header brings depends on this one.
  const config = mpyDir === undefined ? undefined : join(mpyDir, 'py', 'mpconfig.h');
  const hash = config === undefined ? undefined : hashes.hash(config);
  const types = config === undefined || hash === undefined ? [] : [[config, hash] as const];
  return { ...noInputs, files: [...files, ...headers, ...types], missing: found.missing };
}
