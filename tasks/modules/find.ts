import { basename, isAbsolute, join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { compareNumbered } from '../bootstrap/numbered.mjs';
import { nearest } from '../options/nearest.ts';
import { namesIn } from '../system/if-there.ts';
import { isFile, isFolder } from '../system/look.ts';
import { examplesDir } from '../system/project.ts';
import type { ModuleConfig } from './config.ts';
import { isModuleMakefile, namesModule } from './makefile-kind.ts';

/** A folder with a Makefile, or with a config of ours, that describes one module. */
export interface ModuleSource {
  /** How the user names it: the folder's name. */
  readonly name: string;
  /** Absolute path. */
  readonly dir: string;
  /** Name of the Makefile, or of the config, inside `dir`. */
  readonly makefile: string;
  /** What the user's gulpfile says of the module. */
  readonly config?: ModuleConfig;
}

const configNames = ['natmod.config.ts', 'natmod.config.mts', 'natmod.config.mjs', 'natmod.config.js'];

/** Whether a config describes the module, and no Makefile. */
export function hasConfig({ makefile, config }: ModuleSource): boolean {
  return config !== undefined || configNames.includes(makefile);
}

// In the order in which make itself looks for them.
const makefileNames = ['GNUmakefile', 'makefile', 'Makefile'];

/** The module of a folder, or undefined when there is neither config nor Makefile. */
export function moduleIn(dir: string): ModuleSource | undefined {
  const makefile = [...configNames, ...makefileNames].find((name) => isFile(join(dir, name)));
  return makefile === undefined ? undefined : { name: basename(dir), dir, makefile };
}

const MAX_DEPTH = 4;

/**
 * Every module in the folders below one folder, by name. Makefiles of other things are no modules; below one that has
 * make work in other folders there may be some.
 */
export function findModules(folder: string, depth = 1): ModuleSource[] {
  if (!isFolder(folder)) return [];
  return namesIn(folder)
    .filter((name) => name !== 'node_modules' && !name.startsWith('.'))
    .sort(compareNumbered)
    .flatMap((name) => {
      const found = moduleIn(join(folder, name));
      if (found === undefined || isModule(found)) return found ?? [];
      return depth < MAX_DEPTH ? findModules(found.dir, depth + 1) : [];
    });
}

function isModule(source: ModuleSource): boolean {
  return hasConfig(source) || isModuleMakefile(join(source.dir, source.makefile));
}

/**
 * The modules to choose from: those of `--dir`, or the examples.
 * @throws NatmodError `no-makefile`
 */
export function allModules({ dir }: { readonly dir: string | undefined }): ModuleSource[] {
  return dir === undefined ? findModules(examplesDir) : modulesOf(dir);
}

/**
 * The modules that `--dir` leads to: that of the folder itself, or those of the folders below.
 *
 * @throws NatmodError `no-makefile`
 */
export function modulesOf(dir: string): ModuleSource[] {
  const own = moduleIn(dir);
  if (own !== undefined && isModule(own)) return [own];
  const below = findModules(dir);
  if (below.length > 0) return below;
  // Make will say what is wrong with it.
  return own === undefined ? noMakefile(dir) : [own];
}

/**
 * Those of the modules that were asked for, in the order of the question; all when nothing was asked. A name is that of
 * a folder or of a module; an absolute path is the folder of any module.
 *
 * @throws NatmodError `unknown-module`, `no-makefile`, `no-modules`
 */
export function selectModules(all: readonly ModuleSource[], names: readonly string[]): readonly ModuleSource[] {
  if (names.length === 0) return all.length > 0 ? all : noModules();
  return [...new Set(names)].flatMap((name) => {
    if (isAbsolute(name)) return modulesOf(name);
    const named = all.find((module) => module.name === name) ?? all.find((module) => makesModule(module, name));
    return named ?? unknownModule(name, all);
  });
}

/** Whether a module is called so on boards, as far as its description says it plainly. */
function makesModule({ dir, makefile, config }: ModuleSource, name: string): boolean {
  if (config !== undefined) return config.name === name;
  return namesModule(join(dir, makefile), name);
}

function noModules(): never {
  return fail('no-modules', 'there is no module to build: no folder with a Makefile was found');
}

function noMakefile(dir: string): never {
  const message = isFolder(dir) ? 'there is no Makefile in this folder' : 'there is no such folder';
  const hint =
    'a Makefile with MOD, SRC and the include describes a module, or a natmod.config.ts; `natmod init` makes one';
  return fail('no-makefile', message, { file: dir }, hint);
}

function unknownModule(name: string, all: readonly ModuleSource[]): never {
  const known = all.map((module) => module.name);
  const near = nearest(name, known);
  const hint = `${near === undefined ? '' : `did you mean ${near}? `}known are ${known.join(', ')}`;
  return fail('unknown-module', name === '' ? 'the module name is empty' : `unknown module '${name}'`, undefined, hint);
}
