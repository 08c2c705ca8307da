import type { Job, Outcome } from '../board/outcome.ts';
import { runOnLink } from '../board/run-board.ts';
import type { Place } from './places.ts';
import { runInProgram } from './run-program.ts';

/** Runs a script with its modules, wherever that is. Whatever goes wrong there is a result. */
export function runJob(place: Place, job: Job): Promise<Outcome> {
  return place.kind === 'program' ? runInProgram(place, job) : runOnLink(() => place.open(), job);
}
