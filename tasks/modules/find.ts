import { basename, join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { compareNumbered } from '../bootstrap/numbered.mjs';
import { namesIn } from '../system/if-there.ts';
import { isFile, isFolder } from '../system/look.ts';
import { examplesDir } from '../system/project.ts';
import type { ModuleConfig } from './config.ts';
import { isModuleMakefile } from './makefile-kind.ts';

/** A folder with a Makefile, or with a config of ours, that describes one module. */
export interface ModuleSource {
  /** Name of its folder. Lines for people have MOD instead: see `nameOf`. */
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

function noMakefile(dir: string): never {
  const message = isFolder(dir) ? 'there is no Makefile in this folder' : 'there is no such folder';
  const hint =
    'a Makefile with MOD, SRC and the include describes a module, or a natmod.config.ts; `natmod init` makes one';
  return fail('no-makefile', message, { file: dir }, hint);
}
