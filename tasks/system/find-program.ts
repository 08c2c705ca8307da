import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { noteSearch } from './file-trace.ts';
import { isFile } from './look.ts';

/**
 * Where a program is, without asking a shell: on PATH, or the path itself when it has a slash.
 *
 * @param cwd folder that a relative path starts from
 * @returns absolute path, or undefined
 */
export function findProgram(name: string, cwd: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (name === '') return undefined;
  const found = search(name, cwd, env);
  // The search with another environment than that of the process cannot be done again.
  if (env === process.env) noteSearch(name, cwd, found);
  return found;
}

function search(name: string, cwd: string, env: NodeJS.ProcessEnv): string | undefined {
  if (/[/\\]/.test(name)) return firstExecutable([isAbsolute(name) ? name : resolve(cwd, name)], env);
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '');
  return firstExecutable(
    folders.map((folder) => join(resolve(cwd, folder), name)),
    env,
  );
}

function firstExecutable(paths: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  for (const path of paths) {
    for (const ending of endingsOf(path, env)) if (isExecutable(path + ending)) return path + ending;
  }
  return undefined;
}

/**
 * What a program's name may lack, best first: on Windows the endings of PATHEXT, before none, because npm puts a script
 * for a POSIX shell under the bare name beside what Windows runs.
 */
export function endingsOf(
  path: string,
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string[] {
  if (platform !== 'win32') return [''];
  const known = (env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';').filter((ending) => ending.startsWith('.'));
  const isWhole = known.some((ending) => path.toUpperCase().endsWith(ending.toUpperCase()));
  return isWhole ? ['', ...known] : [...known, ''];
}

function isExecutable(path: string): boolean {
  // Most places have nothing, and an exception for each would cost more than the search.
  if (!isFile(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // A shell would not take it either.
    return false;
  }
}
