import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** natmod's own folder: found by its package.json, because this file may run from a compiled copy elsewhere. */
export const projectDir = findProject(dirname(fileURLToPath(import.meta.url)));

/** What stands in for a MicroPython source tree when none is given. */
export const sdkDir = join(projectDir, 'natmod-rules', 'sdk');

export const examplesDir = join(projectDir, 'examples');

function findProject(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (packageName(folder) === 'natmod') return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json of natmod above ${start}`);
  }
}

function packageName(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }).name;
  } catch {
    // No package.json in this folder; the search goes on above it.
    return undefined;
  }
}
