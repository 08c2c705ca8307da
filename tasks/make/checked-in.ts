/**
 * Files of the author's that a rule could make, and that are there: a parser that is checked in beside its grammar, say. Making
 * them anew without need would change the author's files, and fail where the tool for it is missing. So make decides by their
 * times, as the author means it to, unless the commands for them are not those of the last build.
 */
import { join, posix } from 'node:path';
import { readMade, writeWhole } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import type { Probe } from './probe.ts';
import { isMachineCode, isOfFlow, pathOf, recipeOf } from './shared-files.ts';
import type { MakeWork } from './work.ts';

const MAX_FILES = 5000;
const RECORD = '.natmod-commands';

/** Files outside of BUILD that make may have to make, as the Makefile names them, and that are or may become the author's. */
export function findBesideSources(probe: Probe, { targets }: MakeWork, dir: string): readonly string[] {
  const { rules } = probe;
  const build = `${posix.normalize(`${probe.get('BUILD').value}/`)}`;
  const queue = [...new Set(targets)];
  for (const name of queue) {
    const rule = rules.rules.get(name);
    for (const other of [...(rule?.prerequisites ?? []), ...(rule?.orderOnly ?? [])])
      if (!queue.includes(other) && queue.length < MAX_FILES) queue.push(other);
  }
  return queue.filter((name) => {
    const recipe = recipeOf(name, rules);
    if (recipe === undefined || isOfFlow(recipe.file) || rules.rules.get(name)?.phony === true) return false;
    return !posix.normalize(name).startsWith(build) && !isMachineCode(pathOf(name, dir));
  });
}

/**
 * Which of them are there, and keep their content unless make itself says otherwise.
 * @param dir folder of the module
 * @param variables of the command line of make
 * @param buildDir of this architecture, where the last build left what the commands were
 */
export async function keepCheckedIn(
  probe: Probe,
  names: readonly string[],
  dir: string,
  variables: readonly string[],
  buildDir: string,
): Promise<readonly string[]> {
  if (names.length === 0) return names;
  const before = readRecord(buildDir);
  const now: Record<string, string> = {};
  for (const name of names) now[name] = hashOf((await probe.make([name], ['-n', '-B', ...variables])).output);
  writeWhole(join(buildDir, RECORD), JSON.stringify(now));
  const isThere = (name: string) => readMade(pathOf(name, dir)) !== undefined;
  return names.filter((name) => isThere(name) && (before[name] === undefined || before[name] === now[name]));
}

function readRecord(buildDir: string): Record<string, unknown> {
  try {
    return JSON.parse(readMade(join(buildDir, RECORD))?.toString('utf8') ?? '{}') as Record<string, unknown>;
  } catch {
    // Without it, make decides.
    return {};
  }
}
