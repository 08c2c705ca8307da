import { readFile } from 'node:fs/promises';
import { linkMap, type Piece } from '../../natmod-rules/link/explain/index.ts';
import { type Measure, measure } from '../../natmod-rules/size/index.ts';
import type { OnLinked } from '../building/build-module.ts';
import type { BuildSummary } from '../building/run-build.ts';
import type { ModulePlan } from '../modules/describe-module.ts';

/** What was linked, boiled down to its map, so that no objects stay in memory. */
export type Maps = Map<ModulePlan, readonly Piece[]>;

/** Notes the map of everything that is linked. */
export function noteMaps(maps: Maps): OnLinked {
  return (plan, { image }) => maps.set(plan, linkMap(image));
}

/** Measures what was built. */
export function measureBuilt(built: readonly Built[], maps: Maps): Promise<Measure[]> {
  return Promise.all(
    built.map(async ({ name: module, arch, file, plan }) =>
      measure({ module, arch }, await readFile(file), file, maps.get(plan)),
    ),
  );
}

export type Built = BuildSummary['built'][number];
