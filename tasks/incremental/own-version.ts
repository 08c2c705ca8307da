import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { projectDir } from '../system/project.ts';

let version: string | undefined;

/**
 * The hash of all our code: of the compiled copy this runs from, or of the sources where there is none. A version number would not
 * change while natmod itself is worked on, and there is no part of natmod that could not have a part in what is made.
 */
export function ownVersion(): string {
  version ??= findVersion();
  return version;
}

function findVersion(): string {
  const here = fileURLToPath(import.meta.url);
  if (here.endsWith('.ts')) return hashFiles(projectDir, ['natmod-rules', 'tasks']);
  // The entry points of tasks are one folder deeper than the rest of a compiled copy.
  const folder = [dirname(here), dirname(dirname(here))].find((one) => existsSync(join(one, 'gulpfile.js')));
  // A program that is one file.
  if (folder === undefined) return hashOf(readFileSync(here));
  // A copy never changes once it is there, so its hash is kept beside it.
  const file = join(folder, 'version');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const hash = hashFiles(folder, ['.']);
  try {
    writeWhole(file, hash);
  } catch {
    // The next start computes it again.
  }
  return hash;
}

// What else lies in these folders is read as a file by whom it concerns, and observed as such.
const CODE = /\.m?[jt]s$/;

function hashFiles(root: string, folders: readonly string[]): string {
  const names = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const code = names.filter((name) => CODE.test(name)).sort();
  return hashOf(JSON.stringify(code.map((name) => [name, hashOf(readFileSync(join(root, name)))])));
}
