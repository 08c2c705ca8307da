/** Builds the modules of another git revision. */
import { realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildItems, type ItemWishes, subjectOf } from '../building/build-items.ts';
import type { Context } from '../building/context.ts';
import { type BuildSummary, summarize } from '../building/run-build.ts';
import { openSession } from '../incremental/session.ts';
import { type ModuleSource, moduleIn } from '../modules/find.ts';
import type { Item } from '../modules/items.ts';
import type { Options } from '../options/options.ts';
import { isInside } from '../system/inside.ts';
import { isFolder } from '../system/look.ts';
import { sdkDir } from '../system/project.ts';
import { inCheckout, topOf } from './checkout.ts';

type Built = BuildSummary['built'];

/** What was built now, and with what; the same is built there. */
export interface BuildNow {
  readonly built: Built;
  readonly options: Options;
  readonly context: Context;
  readonly onLinked?: ItemWishes['onLinked'];
}

/**
 * Builds what was built now as it was at a revision.
 * @param use is given what was built there, as long as its files are there; it is called once for each repository
 * @returns what `use` answers, and the modules that could not be built; those that were not there are in neither
 * @throws NatmodError `no-git`, `no-baseline`, and those of `use`
 */
export async function buildRevision<T>(
  revision: string,
  now: BuildNow,
  use: (built: Built) => Promise<T>,
): Promise<{ readonly results: readonly T[]; readonly failed: readonly string[] }> {
  const byTop = new Map<string, Built[number][]>();
  for (const one of now.built) {
    const top = await topOf(one.plan.module.dir, revision);
    byTop.set(top, [...(byTop.get(top) ?? []), one]);
  }
  const results: T[] = [];
  const failed: string[] = [];
  for (const [top, built] of byTop) {
    await inCheckout(top, revision, now.context.report, async (dir) => {
      const there = await buildThere(top, dir, revision, { ...now, built });
      failed.push(...there.failed);
      results.push(await use(there.built));
    });
  }
  return { results, failed };
}

/** @param top the repository @param dir the folder that has its files as they were */
async function buildThere(top: string, dir: string, revision: string, { built, options, context, onLinked }: BuildNow) {
  const { report, flow } = context;
  const tree = join(dir, 'tree');
  const outDir = join(dir, 'out');
  const all: Built[number][] = [];
  const failed: string[] = [];
  // Modules may have trees of MicroPython of their own; those outside the repository are as they are now.
  const byTree = new Map<string | undefined, Item[]>();
  for (const { plan } of built) {
    const module = moduleThere(plan.module, join(tree, relative(top, realpathSync(plan.module.dir))));
    if (module === undefined) continue;
    const isOutside = !isInside(top, plan.mpyDir) && plan.mpyDir !== sdkDir;
    const mpyDir = options.mpyDir ?? (isOutside ? plan.mpyDir : undefined);
    byTree.set(mpyDir, [...(byTree.get(mpyDir) ?? []), { module, arch: plan.arch }]);
  }
  for (const [mpyDir, items] of byTree) {
    const used = { ...options, mpyDir, outDir, outGiven: true };
    const session = openSession(outDir, used, report);
    try {
      const summary = summarize(await buildItems(items, used, session, { flow, onLinked }));
      all.push(...summary.built);
      for (const one of summary.failed) {
        report.problems(one.problems, `${revision}: ${subjectOf(one)}`);
        failed.push(`${one.name} (${one.arch})`);
      }
    } finally {
      await session.save();
    }
  }
  return { built: all, failed };
}

/** A module as it was, under the name it has now; what a gulpfile says of it is as it is now. */
function moduleThere(module: ModuleSource, dir: string): ModuleSource | undefined {
  if (!isFolder(dir)) return undefined;
  if (module.config !== undefined) return { ...module, dir };
  const found = moduleIn(dir);
  return found && { ...found, name: module.name };
}
