/**
 * Files of the author's that a rule could make, and that are there: a parser that is checked in beside its grammar,
 * say. Making them anew without need would change the author's files, and fail where the tool for it is missing. So
 * make decides by their times, as the author means it to, unless the commands for them are not those of the last build.
 */
import { readMade } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { type FolderNotes, filesOf, isInBuild, isMachineCode, isOfFlow, pathOf, recipeOf } from './own-rules.ts';
import type { Probe } from './probe.ts';
import type { MakeWork } from './work.ts';

const NAME = 'commands';

/**
 * Files outside of BUILD that make may have to make, as the Makefile names them, and that are or may become the
 * author's.
 */
export function findBesideSources(probe: Probe, work: MakeWork, dir: string): readonly string[] {
  const { rules } = probe;
  return filesOf(probe, work).filter((name) => {
    const recipe = recipeOf(name, rules);
    if (recipe === undefined || isOfFlow(recipe.file) || rules.rules.get(name)?.phony === true) return false;
    return !isInBuild(probe, name) && !isMachineCode(pathOf(name, dir));
  });
}

/** What make is to do about them. */
export interface CheckedIn {
  /** Those that are there, and keep their content unless make itself says otherwise. */
  readonly kept: readonly string[];
  /** To be called when make has made everything: until then the old commands are those that made what is there. */
  noteCommands(): void;
}

/**
 * @param names of `findBesideSources`
 * @param dir folder of the module
 * @param variables of the command line of make
 * @param notes of this architecture, where the last build left what the commands were
 */
export async function askAboutCheckedIn(
  probe: Probe,
  names: readonly string[],
  dir: string,
  variables: readonly string[],
  notes: FolderNotes,
): Promise<CheckedIn> {
  const before = notes.read(NAME) ?? {};
  const now: Record<string, string> = {};
  for (const name of names) now[name] = hashOf((await probe.make([name], ['-n', '-B', ...variables])).output);
  const isThere = (name: string) => readMade(pathOf(name, dir)) !== undefined;
  // Where nobody can tell what the commands were, they count as other ones.
  const isSame = (name: string) => before !== 'damaged' && (before[name] === undefined || before[name] === now[name]);
  return {
    kept: names.filter((name) => isThere(name) && isSame(name)),
    noteCommands() {
      if (names.length > 0) notes.write(NAME, now);
    },
  };
}
