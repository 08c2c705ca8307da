import { join, relative, resolve } from 'node:path';
import { namesOnly } from '../../natmod-rules/arch/names.ts';
import type { Options } from '../options/options.ts';
import { examplesDir } from '../system/project.ts';

/** Where what is built goes. Absolute. */
export interface Place {
  /** Folder of `MOD.mpy`. */
  readonly folder: string;
  /** Folder for everything else; of one module and one architecture alone. */
  readonly buildDir: string;
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
 * Where make would put it: `MOD.mpy` in the module's folder and the rest in BUILD. With several architectures of one name
 * the modules go into their BUILD folders. `--out`, and the examples, have it all in one folder: `OUT/ARCH/MOD.mpy`.
 */
export function placeOf({ dir, name, arch, build }: Placed, options: Options): Place {
  const isExample = !relative(examplesDir, dir).startsWith('..');
  if (options.outGiven || isExample) {
    const folder = join(options.outDir, arch);
    return { folder, buildDir: join(folder, name) };
  }
  const ofArch = namesOnly(build, arch) ? build : join(build, arch);
  const buildDir = resolve(dir, ofArch);
  const several = options.arches === 'all' || (options.arches?.length ?? 1) > 1;
  return { folder: several && !namesOnly(name, arch) ? buildDir : dir, buildDir };
}
