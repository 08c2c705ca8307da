/** What `run`, `test` and `deploy --run` do when MicroPython crashes. The finding of places is loaded only then. */
import type { Job, Outcome } from '../board/outcome.ts';
import type { Context } from '../building/context.ts';
import type { BuildSummary } from '../building/run-build.ts';
import type { Options } from '../options/options.ts';
import type { Place } from '../run/places.ts';

type Built = BuildSummary['built'][number];

/** A script on which MicroPython has crashed. */
export interface Crash {
  readonly place: Place;
  readonly job: Job;
  readonly outcome: Pick<Outcome, 'output' | 'told'>;
  /** The modules that it may have imported. */
  readonly built: readonly Built[];
}

/** Names of modules to tell of at import, for a board that cannot be asked afterwards: those that have an ELF file. */
export function namesToTell(place: Place, built: readonly Built[]): readonly string[] | undefined {
  if (place.kind !== 'board' || place.emulator !== undefined) return undefined;
  const named = built.filter(({ elf }) => elf !== undefined).map(({ plan }) => plan.name);
  return named.length === 0 ? undefined : named;
}

/** Lines that say where it was. */
export async function explainCrash(crash: Crash, options: Options, context: Context): Promise<readonly string[]> {
  return (await import('./crash-place.ts')).explainCrash(crash, options, context);
}

/** Tells where it was. */
export async function tellCrash(crash: Crash, options: Options, context: Context): Promise<void> {
  const [first = '', ...others] = await explainCrash(crash, options, context);
  context.report.status('bad', 'crashed', first);
  if (others.length > 0) context.report.show(`${others.join('\n')}\n`);
}
