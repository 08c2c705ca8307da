import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../system/files.ts';
import { projectDir } from '../system/project.ts';
import { hashOf } from './file-hashes.ts';

let version: string | undefined;

/**
 * The hash of the code that links and packs: of the compiled copy this runs from, or of the sources where there is none. A
 * version number would not change while natmod itself is worked on.
 */
export function ownVersion(): string {
  version ??= findVersion();
  return version;
}

function findVersion(): string {
  const here = fileURLToPath(import.meta.url);
  if (here.endsWith('.ts')) return hashFiles(join(projectDir, 'natmod-rules'), '.ts');
  // The entry points of tasks are one folder deeper than the rest of a compiled copy.
  const folder = existsSync(join(dirname(here), 'gulpfile.js')) ? dirname(here) : dirname(dirname(here));
  // A copy never changes once it is there, so its hash is kept beside it.
  const file = join(folder, 'version');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const hash = hashFiles(folder, '.js');
  try {
    writeWhole(file, hash);
  } catch {
    // The next start computes it again.
  }
  return hash;
}

function hashFiles(folder: string, ending: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  return hashOf(JSON.stringify(names.sort().map((name) => [name, hashOf(readFileSync(join(folder, name)))])));
}
