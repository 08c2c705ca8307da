import { resolve } from 'node:path';
import { writeWhole } from '../system/files.ts';
import { type Stage, type StageFile, stage } from './stage.ts';

/**
 * Writes every file below a folder, under a temporary name that is renamed when all is written: whoever looks sees the
 * old file or the new one. The files pass, with their new place. Errors: `cannot-write`.
 */
export function save(folder: string): Stage<'save'> {
  return stage('natmod-save', async function* (files) {
    for await (const file of files) {
      const path = resolve(folder, file.relative);
      await writeWhole(path, file.contents);
      yield movedTo(file, folder, path);
    }
  });
}

function movedTo(file: StageFile, folder: string, path: string): StageFile {
  file.base = resolve(folder);
  file.path = path;
  return file;
}
