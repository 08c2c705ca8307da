import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHES } from '../natmod-rules/arch/index.ts';
import { buildMark } from './support/build-module.ts';
import { currentOptions, type Options } from './support/options.ts';
import { printLine, runTask } from './support/report.ts';

/** `gulp clean`: removes what build made, and nothing else. */
export async function clean(): Promise<void> {
  await runTask(async () => {
    const removed = await removeBuilds(currentOptions());
    printLine(removed.length === 0 ? 'nothing to remove' : `removed ${removed.length} modules`);
  });
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
    for (const module of await foldersIn(archDir)) {
      if (modules.length > 0 && !modules.includes(module)) continue;
      if (!(await namesIn(join(archDir, module))).includes(buildMark)) continue;
      await rm(join(archDir, `${module}.mpy`), { force: true });
      await rm(join(archDir, module), { recursive: true });
      removed.push(`${arch}/${module}`);
    }
    await removeEmpty(archDir);
  }
  await removeEmpty(outDir);
  return removed;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function removeEmpty(folder: string): Promise<void> {
  // Fails on purpose when something else is in it.
  await rmdir(folder).catch(() => {});
}
