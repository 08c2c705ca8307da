import type { UnitFields } from './unit-key.ts';

/** Why everything is made anew in a session that observes nothing. */
export const NOTHING_REMEMBERED = 'nothing is remembered with --no-cache';

/** What is another one between two sets of fields, in words; the first difference is told. */
export function fieldsDifference(before: UnitFields, now: UnitFields): string {
  if (before.source !== now.source) return `${now.name} changed`;
  const flags = flagsDifference(before.flags, now.flags);
  if (flags !== undefined) return flags;
  if (before.compiler !== now.compiler) return 'the compiler changed';
  if (before.config !== now.config) return 'the qstrs changed';
  const old = new Map(before.files);
  for (const [name, hash] of now.files) if (old.get(name) !== hash) return `${name} changed`;
  if (JSON.stringify(before.environment) !== JSON.stringify(now.environment)) return 'the environment changed';
  return 'another natmod is at work';
}

/** `flag -DLIM=4 became -DLIM=5`; undefined when all are the same. */
export function flagsDifference(before: readonly string[], now: readonly string[]): string | undefined {
  if (JSON.stringify(before) === JSON.stringify(now)) return undefined;
  const gone = before.filter((flag) => !now.includes(flag));
  const added = now.filter((flag) => !before.includes(flag));
  if (gone.length === 0 && added.length === 0) return 'the order of flags changed';
  if (gone.length === 0) return `flag ${added.join(' ')} is new`;
  if (added.length === 0) return `flag ${gone.join(' ')} is gone`;
  return `flag ${gone.join(' ')} became ${added.join(' ')}`;
}
