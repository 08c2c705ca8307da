import { join, resolve } from 'node:path';
import { namesOnly } from '../../natmod-rules/arch/names.ts';
import type { Options } from '../options/options.ts';
import { isInside } from '../system/inside.ts';
import { isFolder } from '../system/look.ts';
import { examplesDir } from '../system/project.ts';

/** Where what is built goes. Absolute. */
export interface Place {
  /** Folder of `MOD.mpy`. */
  readonly folder: string;
  /** Folder for everything else; of one module and one architecture alone. */
  readonly buildDir: string;
  /** What `clean` removes as a whole: `buildDir`, or the BUILD that it lies in. */
  readonly cleaned: string;
}

export interface Placed {
  /** Folder of the module. */
  readonly dir: string;
  /** MOD. */
  readonly name: string;
  readonly arch: string;
  /** BUILD. */
  readonly build: string;
}

/**
 * The folder of what a module is made of, beside the module. It cannot have the name of the module: `import MOD` would
 * take a folder MOD, as a package without anything in it, and not `MOD.mpy`. A name with a dot cannot be imported.
 */
function besideModule(folder: string, name: string): string {
  return join(folder, `${name}.build`);
}

/**
 * Where make would put it: `MOD.mpy` in the module's folder and the rest in BUILD. With several architectures of one
 * name the modules go into their BUILD folders. `--out`, and the examples, have it all in one folder:
 * `OUT/ARCH/MOD.mpy`.
 */
export function placeOf({ dir, name, arch, build }: Placed, options: Options): Place {
  const isExample = isInside(examplesDir, dir);
  if (options.outGiven || isExample) {
    const folder = join(options.outDir, arch);
    const buildDir = besideModule(folder, name);
    return { folder, buildDir, cleaned: buildDir };
  }
  const ofArch = namesOnly(build, arch) ? build : join(build, arch);
  const ownBuild = resolve(dir, ofArch);
  const several = options.arches === 'all' || (options.arches?.length ?? 1) > 1;
  if (!several || namesOnly(name, arch)) return { folder: dir, buildDir: ownBuild, cleaned: ownBuild };
  return { folder: ownBuild, buildDir: besideModule(ownBuild, name), cleaned: ownBuild };
}

/**
 * A folder beside a module that `import` takes instead of it: what make has put into a BUILD that the module lies in.
 * Folders of the module's author are left alone; who has them beside MOD.mpy has that with every tool.
 *
 * @param dir folder of the module
 */
export function hidingFolder({ folder, cleaned }: Place, name: string, dir: string): string | undefined {
  const path = join(folder, name);
  return (folder !== dir || path === cleaned) && isFolder(path) ? path : undefined;
}
