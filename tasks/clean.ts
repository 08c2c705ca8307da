import { rm, rmdir } from 'node:fs/promises';
import { basename, isAbsolute, join, relative } from 'node:path';
import { ARCHES } from '../natmod-rules/arch/index.ts';
import { namedArches } from '../natmod-rules/arch/names.ts';
import type { Context } from './building/context.ts';
import { buildMark } from './incremental/module-record.ts';
import { modulesOf } from './modules/find.ts';
import { selectModules } from './modules/select.ts';
import type { Options } from './options/options.ts';
import { foldersIn, namesIn } from './system/if-there.ts';

/** `gulp clean`: removes what build made, and nothing else. */
export async function clean(options: Options, { report }: Context): Promise<void> {
  const elsewhere = options.dir !== undefined && !options.outGiven;
  const removed = [...(elsewhere ? [] : await removeBuilds(options)), ...(await removeFromModules(options))];
  report.note(removed.length === 0 ? 'nothing to remove' : `removed ${removed.length} modules`);
}

/**
 * Removes the modules below the output folder with their intermediates. Only folders with our mark count, so that a
 * mistyped --out costs nothing.
 *
 * @returns what was removed, as `ARCH/MODULE`
 */
export async function removeBuilds({ outDir, arches, modules }: Options): Promise<string[]> {
  const wanted = arches === undefined || arches === 'all' ? ARCHES : arches;
  const removed: string[] = [];
  for (const { name: arch } of wanted) {
    const archDir = join(outDir, arch);
    for (const folder of foldersIn(archDir)) {
      const module = basename(folder, '.build');
      if (modules.length > 0 && !modules.includes(module)) continue;
      if (!namesIn(join(archDir, folder)).includes(buildMark)) continue;
      await rm(join(archDir, `${module}.mpy`), { force: true });
      await rm(join(archDir, folder), { recursive: true });
      removed.push(`${arch}/${module}`);
    }
    await removeEmpty(archDir);
  }
  await removeEmpty(outDir);
  return removed;
}

/**
 * Removes what was built beside modules outside of natmod: folders with our mark, and the modules they are of.
 * @returns the folders
 */
export async function removeFromModules(options: Options): Promise<string[]> {
  const paths = options.modules.filter((name) => isAbsolute(name));
  if (options.outGiven || (options.dir === undefined && paths.length === 0)) return [];
  const removed: string[] = [];
  const all = options.dir === undefined ? [] : modulesOf(options.dir);
  for (const { dir } of await selectModules(all, options)) {
    for (const folder of await markedFolders(dir, MAX_DEPTH)) {
      const { arches } = options;
      if (Array.isArray(arches) && !arches.some(({ name }) => namedArches(relative(dir, folder)).includes(name)))
        continue;
      for (const name of namesIn(folder)) {
        const module = name.endsWith('.config.h') ? name.slice(0, -'.config.h'.length) : undefined;
        if (module !== undefined) await rm(join(dir, `${module}.mpy`), { force: true });
      }
      await rm(folder, { recursive: true });
      removed.push(folder);
    }
  }
  return removed;
}

const MAX_DEPTH = 3;

async function markedFolders(folder: string, depth: number): Promise<string[]> {
  const found: string[] = [];
  for (const name of foldersIn(folder)) {
    if (name.startsWith('.') || name === 'node_modules') continue;
    const path = join(folder, name);
    if (namesIn(path).includes(buildMark)) found.push(path);
    else if (depth > 1) found.push(...(await markedFolders(path, depth - 1)));
  }
  return found;
}

async function removeEmpty(folder: string): Promise<void> {
  // Fails on purpose when something else is in it.
  await rmdir(folder).catch(() => {});
}
