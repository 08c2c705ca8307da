/** Finds the sequences of instructions that are worth keeping once: always the one next that saves most, until none saves. */
import type { Step } from './outline-code.ts';

/** Places of one sequence that do not overlap, at least two. */
export type Repeat = readonly (readonly Step[])[];

export interface Costs {
  /** Bytes of a call. */
  readonly call: number;
  /** Bytes that a function has besides the sequence. */
  readonly body: number;
}

/** Instructions of the longest sequence looked for. */
const LONGEST = 24;

interface Place {
  readonly run: readonly Step[];
  readonly from: number;
}

interface Candidate {
  readonly length: number;
  /** Bytes. */
  readonly size: number;
  readonly places: readonly Place[];
  saved: number;
}

/** @param runs straight code; a sequence never reaches from one into another */
export function findRepeats(runs: readonly (readonly Step[])[], costs: Costs): readonly Repeat[] {
  const taken = new Set<Step>();
  const queue = candidates(runs, costs.call);
  for (const candidate of queue) candidate.saved = savedBy(candidate, candidate.places.length, costs);
  const waiting = queue.filter(({ saved }) => saved > 0).sort((a, b) => a.saved - b.saved);
  const repeats: Repeat[] = [];
  for (let best = waiting.pop(); best !== undefined; best = waiting.pop()) {
    const places = freePlaces(best, taken);
    const saved = savedBy(best, places.length, costs);
    if (saved <= 0) continue;
    if (saved < best.saved) {
      best.saved = saved;
      insert(waiting, best);
      continue;
    }
    for (const steps of places) for (const step of steps) taken.add(step);
    repeats.push(places);
  }
  return repeats;
}

function savedBy({ size }: Candidate, count: number, { call, body }: Costs): number {
  return count < 2 ? 0 : count * (size - call) - size - body;
}

/** Every sequence that occurs twice with a free link register at its end, and is longer than a call. */
function candidates(runs: readonly (readonly Step[])[], call: number): Candidate[] {
  const found: Candidate[] = [];
  let groups: readonly (readonly Place[])[] = [runs.flatMap((run) => run.map((_, from) => ({ run, from })))];
  for (let length = 1; length <= LONGEST && groups.length > 0; length++) {
    // What occurs once does not occur twice in a longer form.
    groups = groups.flatMap((places) => split(places, length - 1)).filter((places) => places.length > 1);
    for (const group of groups) {
      const places = group.filter(({ run, from }) => run[from + length - 1]!.isFreeAfter);
      const size = places.length < 2 ? 0 : sizeOf(places[0]!, length);
      if (size > call) found.push({ length, size, places, saved: 0 });
    }
  }
  return found;
}

/** Places by the instruction that comes `index` instructions behind. */
function split(places: readonly Place[], index: number): (readonly Place[])[] {
  const byKey = new Map<number, Place[]>();
  for (const place of places) {
    const key = place.run[place.from + index]?.key;
    if (key === undefined) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [place]);
    else same.push(place);
  }
  return [...byKey.values()];
}

function sizeOf({ run, from }: Place, length: number): number {
  return run.slice(from, from + length).reduce((sum, { size }) => sum + size, 0);
}

function freePlaces({ places, length }: Candidate, taken: ReadonlySet<Step>): (readonly Step[])[] {
  const free: (readonly Step[])[] = [];
  const own = new Set<Step>();
  for (const { run, from } of places) {
    const steps = run.slice(from, from + length);
    if (steps.some((step) => taken.has(step) || own.has(step))) continue;
    for (const step of steps) own.add(step);
    free.push(steps);
  }
  return free;
}

/** Keeps the order by what is saved. */
function insert(sorted: Candidate[], candidate: Candidate): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.saved < candidate.saved) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, candidate);
}
