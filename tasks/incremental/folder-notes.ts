/**
 * What make has made by rules of a Makefile's own, noted in the folder of intermediates itself, because that is what it
 * tells of.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FolderNotes, NamedHashes } from '../make/own-rules.ts';
import { readMade, writeWhole } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { openRecord, sealRecord } from './record.ts';

/** @param buildDir absolute */
export function folderNotes(buildDir: string): FolderNotes {
  const place = (name: string) => join(buildDir, `.natmod-${name}`);
  return {
    read(name) {
      const file = readMade(place(name));
      if (file === undefined) return existsSync(place(name)) ? 'damaged' : undefined;
      return openRecord<NamedHashes>('own', keyOfNotes(name), file)?.value ?? 'damaged';
    },
    write(name, hashes) {
      writeWhole(place(name), sealRecord('own', keyOfNotes(name), hashes));
    },
  };
}

/**
 * Names and hashes mean the same in all versions of natmod; who forgot them would take commands of before for those of
 * now.
 */
function keyOfNotes(name: string): string {
  return hashOf(`own ${name}`);
}
