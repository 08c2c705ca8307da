import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { MPY_ARCH_NAMES, readMpyHeader } from '../../natmod-rules/package/index.ts';
import { fail, type NatmodError } from '../../natmod-rules/problem.ts';
import { type Measure, measure, readSizeReport } from '../../natmod-rules/size/index.ts';
import type { Context } from '../building/context.ts';
import type { Options } from '../options/options.ts';
import { buildRevision } from '../revision/build-revision.ts';
import { findCommit, type OtherNames } from '../revision/checkout.ts';
import { isFile, isFolder } from '../system/look.ts';
import { type Built, type Maps, measureBuilt, noteMaps } from './measure-built.ts';

/** What a build is compared with. */
export interface Baseline {
  /** The measures to compare with those of `built`; modules that are not there have none. */
  measuresFor(built: readonly Built[]): Promise<{
    readonly measures: readonly Measure[];
    /** Modules that could not be built there, with their architectures. */
    readonly failed: readonly string[];
  }>;
}

/**
 * Finds what `--diff` names: a folder of modules, a report, or else a git revision. Files are read now, because the
 * build that is to be compared may write the same ones.
 *
 * @param folders those of the modules, in whose repositories a revision is looked for
 * @throws NatmodError `no-baseline`, `bad-report`, and those of readers
 */
export async function findBaseline(
  name: string,
  options: Options,
  context: Context,
  folders: readonly string[],
): Promise<Baseline> {
  const path = resolve(options.cwd, name);
  if (isFolder(path)) return folderBaseline(path);
  if (isFile(path) && path.endsWith('.json')) {
    const measures = readSizeReport(await readFile(path, 'utf8'), name);
    return { measuresFor: async (built) => ({ measures: chosen(measures, built, options), failed: [] }) };
  }
  await findCommit(name, folders, OTHERS);
  return { measuresFor: (built) => measureRevision(name, built, options, context) };
}

/** What `--diff` takes besides a revision. */
export const OTHERS: OtherNames = {
  isNo: 'no folder and no report (.json)',
  hint: 'for example --diff HEAD~1, --diff ../build-of-yesterday, --diff size.json',
};

/** Measures what `built` would be at a revision. Modules that are not there have no measure. */
async function measureRevision(revision: string, built: readonly Built[], options: Options, context: Context) {
  const maps: Maps = new Map();
  const now = { built, options, context, onLinked: noteMaps(maps) };
  const { results, failed } = await buildRevision(revision, now, (there) => measureBuilt(there, maps));
  return { measures: results.flat(), failed };
}

/** Modules of a report that were not built now count as gone, unless the user asked for some modules only. */
function chosen(measures: readonly Measure[], built: readonly Built[], { modules, dir }: Options): readonly Measure[] {
  const arches = new Set(built.map(({ arch }) => arch));
  const own = new Set(built.map(({ name, arch }) => `${arch}/${name}`));
  const all = modules.length === 0 && dir === undefined;
  return measures.filter((m) => own.has(`${m.arch}/${m.module}`) || (all && arches.has(m.arch)));
}

/** `ARCH/MOD.mpy`, as `build --out` makes it, or `MOD.mpy` for any architecture. */
async function folderBaseline(folder: string): Promise<Baseline> {
  const found = new Map<string, Measure>();
  const add = async (file: string, ofArch?: string) => {
    const bytes = await readFile(file);
    try {
      const arch = ofArch ?? MPY_ARCH_NAMES[readMpyHeader(bytes, file).archNumber] ?? '';
      const key = `${arch}/${basename(file)}`;
      if (!found.has(key)) found.set(key, measure({ module: basename(file, '.mpy'), arch }, bytes, file));
    } catch (error) {
      // A file that is none of ours may lie there, too.
      if ((error as Partial<NatmodError>).problems === undefined) throw error;
    }
  };
  for (const { name } of ARCHES) for (const file of modulesIn(join(folder, name))) await add(file, name);
  for (const file of modulesIn(folder)) await add(file);
  if (found.size === 0) {
    fail(
      'no-baseline',
      'no module is in this folder',
      { file: folder },
      'it has to have ARCH/MOD.mpy, as `gulp build --out DIR` makes it',
    );
  }
  const measuresFor: Baseline['measuresFor'] = async (built) => {
    const measures = built.flatMap(({ name, arch, file }) => {
      const own = found.get(`${arch}/${basename(file)}`);
      return own === undefined ? [] : [{ ...own, module: name }];
    });
    return { measures, failed: [] };
  };
  return { measuresFor };
}

function modulesIn(folder: string): string[] {
  if (!isFolder(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.mpy')).map((entry) => entry.name);
  return names.sort().map((name) => join(folder, name));
}
