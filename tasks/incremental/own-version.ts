import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf } from '../system/hash.ts';
import { projectDir } from '../system/project.ts';

/**
 * What the loader of a compiled copy gives (tasks/bootstrap/code-cache.cjs): the hash of the one file that all our code
 * is in.
 */
declare const programHash: (() => string) | undefined;

let version: string | undefined;

/**
 * The hash of all our code: of the compiled copy this runs from, or of the sources where there is none. A version
 * number would not change while natmod itself is worked on, and there is no part of natmod that could not have a part
 * in what is made.
 */
export function ownVersion(): string {
  version ??= typeof programHash === 'function' ? programHash() : hashFiles(projectDir, ['natmod-rules', 'tasks']);
  return version;
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
