/**
 * The files that rules of a Makefile's own make, as make's data base tells of them, and what is noted of them beside a
 * build.
 */
import { isAbsolute, join, posix } from 'node:path';
import { headOf } from '../system/file-head.ts';
import { isFile } from '../system/look.ts';
import type { Probe } from './probe.ts';
import { fitsPattern, type MakeRules } from './rules.ts';
import type { MakeWork } from './work.ts';

const MAX_FILES = 5000;

/** The targets of a work and everything that they are made from, each once, as the Makefile names it. */
export function filesOf({ rules }: Probe, { targets }: MakeWork): readonly string[] {
  const queue = [...new Set(targets)];
  for (const name of queue) {
    const rule = rules.rules.get(name);
    for (const other of [...(rule?.prerequisites ?? []), ...(rule?.orderOnly ?? [])]) {
      if (!queue.includes(other) && queue.length < MAX_FILES) queue.push(other);
    }
  }
  return queue;
}

export const pathOf = (name: string, dir: string) => join(isAbsolute(name) ? '' : dir, name);

/** Whether a file, as the Makefile names it, is one of the intermediates. */
export function isInBuild(probe: Probe, name: string): boolean {
  return posix.normalize(name).startsWith(posix.normalize(`${probe.get('BUILD').value}/`));
}

/** Whether a Makefile is one of those with the rules for all modules. */
export const isOfFlow = (file: string) => /(^|[/\\])(dynruntime(-rules)?|probe)\.mk$/.test(file);

/** How a file is made: by its own recipe, or by that of a pattern, of the author's if there is one. */
export function recipeOf(name: string, { rules, patterns }: MakeRules): { text: string; file: string } | undefined {
  const rule = rules.get(name);
  if (rule?.recipeFile !== undefined) return { text: rule.recipe, file: rule.recipeFile };
  const fits = patterns.filter(({ target }) => fitsPattern(posix.normalize(name), target));
  const pattern = fits.find(({ recipeFile }) => !isOfFlow(recipeFile)) ?? fits[0];
  return pattern === undefined ? undefined : { text: pattern.recipe, file: pattern.recipeFile };
}

/** An ELF object or a static library, by its first bytes. */
export function isMachineCode(path: string): boolean {
  if (!isFile(path)) return false;
  const head = headOf(path, 8);
  return (
    head.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1')) || /^!<(arch|thin)>/.test(head.toString('latin1'))
  );
}

/** Hashes by the names of files. */
export type NamedHashes = Readonly<Record<string, string>>;

/** What a build leaves beside its intermediates for the next one into the same folder. */
export interface FolderNotes {
  /** Undefined when nothing was noted; `damaged` when something was, and nobody can tell what. */
  read(name: string): NamedHashes | 'damaged' | undefined;
  write(name: string, hashes: NamedHashes): void;
}
