import { readdirSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { isFile, isFolder } from './look.ts';
import { nearest } from './nearest.ts';

/** A folder with a Makefile that describes one module. */
export interface ModuleSource {
  /** How the user names it: the folder's name. */
  readonly name: string;
  /** Absolute path. */
  readonly dir: string;
  /** Name of the Makefile inside `dir`. */
  readonly makefile: string;
}

// In the order in which make itself looks for them.
const makefileNames = ['GNUmakefile', 'makefile', 'Makefile'];

/** The module of a folder, or undefined when there is no Makefile. */
export function moduleIn(dir: string): ModuleSource | undefined {
  const makefile = makefileNames.find((name) => isFile(join(dir, name)));
  return makefile === undefined ? undefined : { name: basename(dir), dir, makefile };
}

/** Every module in the folders directly below one folder, by name. */
export function findModules(folder: string): ModuleSource[] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .flatMap((name) => moduleIn(join(folder, name)) ?? []);
}

/**
 * Those of the modules that were asked for, in the order of the question; all when nothing was asked. An absolute path
 * is the folder of any module.
 *
 * @throws NatmodError `unknown-module`, `no-makefile`, `no-modules`
 */
export function selectModules(all: readonly ModuleSource[], names: readonly string[]): readonly ModuleSource[] {
  if (names.length === 0) return all.length > 0 ? all : noModules();
  return [...new Set(names)].map((name) => {
    if (isAbsolute(name)) return moduleIn(name) ?? noMakefile(name);
    return all.find((module) => module.name === name) ?? unknownModule(name, all);
  });
}

function noModules(): never {
  return fail('no-modules', 'there is no module to build: no folder with a Makefile was found');
}

function noMakefile(dir: string): never {
  const message = isFolder(dir) ? 'there is no Makefile in this folder' : 'there is no such folder';
  return fail('no-makefile', message, { file: dir }, 'a Makefile with MOD, SRC and the include describes a module');
}

function unknownModule(name: string, all: readonly ModuleSource[]): never {
  const known = all.map((module) => module.name);
  const near = nearest(name, known);
  const hint = `${near === undefined ? '' : `did you mean ${near}? `}known are ${known.join(', ')}`;
  return fail('unknown-module', name === '' ? 'the module name is empty' : `unknown module '${name}'`, undefined, hint);
}
