/** Before modules run: what runs them is got where it is missing, unless the user or a CI does without. */
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import type { Report } from '../report/report.ts';
import { findPlace, type PlaceWishes } from './places.ts';
import { provideThing, thingFor } from './things.ts';

export interface ProvideWishes extends PlaceWishes {
  /** Nothing is got. */
  readonly offline: boolean;
}

/**
 * Gets a MicroPython for each architecture that has none. What cannot be had is told, and the search for a place then
 * says what is missing; in CI nothing is got, because there it would be got at every run.
 */
export async function providePlaces(
  arches: Iterable<string>,
  { offline, ...wishes }: ProvideWishes,
  report: Report,
): Promise<void> {
  if (offline || process.env.CI || process.env.NATMOD_OFFLINE) return;
  const missing = [...new Set(arches)].filter((arch) => 'missing' in findPlace(arch as ArchName, wishes));
  for (const arch of missing) {
    const thing = thingFor(arch as ArchName);
    // A core is no MicroPython, and is not worth a hundred megabytes to those who did not ask for it.
    if (thing === undefined || thing.kind === 'core' || wishes.on === (thing.kind === 'root' ? 'firmware' : 'program'))
      continue;
    report.note(`nothing runs ${arch} modules here yet, so that is got first (--offline goes without)`);
    try {
      await provideThing(thing);
    } catch (error) {
      if ((error as Error).name !== 'SetupError') throw error;
      report.status('doubtful', 'not to be had', `${thing.name}: ${(error as Error).message}`);
    }
  }
}
