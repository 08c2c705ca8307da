/**
 * Finds the sequences of instructions that are worth keeping once: always the one next that saves most, until none
 * saves.
 */

import { firstNotBelow } from '../../sorted.ts';

/** What is known of an instruction, or of several that stay together. */
export interface Repeatable {
  /** A number for what it does; undefined when it has to stay where it is. */
  readonly key: number | undefined;
  /** Bytes. */
  readonly size: number;
  /** Whether the link register may be overwritten between this instruction and the next. */
  readonly isFreeAfter: boolean;
}

/** Places of one sequence that do not overlap, at least two. */
export type Repeat<Step extends Repeatable = Repeatable> = readonly (readonly Step[])[];

export interface Costs<Step extends Repeatable = Repeatable> {
  /** Bytes of a call. */
  readonly call: number;
  /** Bytes that a function has besides a sequence that ends with `last`. */
  readonly body: (last: Step) => number;
}

/** Instructions of the longest sequence looked for. */
const LONGEST = 24;

interface Place<Step> {
  readonly run: readonly Step[];
  readonly from: number;
}

interface Candidate<Step> {
  readonly length: number;
  /** Bytes. */
  readonly size: number;
  readonly places: readonly Place<Step>[];
  saved: number;
}

/** @param runs straight code; a sequence never reaches from one into another */
export function findRepeats<Step extends Repeatable>(
  runs: readonly (readonly Step[])[],
  costs: Costs<Step>,
): readonly Repeat<Step>[] {
  const taken = new Set<Step>();
  const queue = candidates(runs, costs.call);
  for (const candidate of queue) candidate.saved = savedBy(candidate, candidate.places.length, costs);
  const waiting = queue.filter(({ saved }) => saved > 0).sort((a, b) => a.saved - b.saved);
  const repeats: Repeat<Step>[] = [];
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

function savedBy<Step extends Repeatable>(
  { size, length, places }: Candidate<Step>,
  count: number,
  { call, body }: Costs<Step>,
): number {
  const { run, from } = places[0]!;
  return count < 2 ? 0 : count * (size - call) - size - body(run[from + length - 1]!);
}

/** Every sequence that occurs twice with a free link register at its end, and is longer than a call. */
function candidates<Step extends Repeatable>(runs: readonly (readonly Step[])[], call: number): Candidate<Step>[] {
  const found: Candidate<Step>[] = [];
  let groups: readonly (readonly Place<Step>[])[] = [runs.flatMap((run) => run.map((_, from) => ({ run, from })))];
  for (let length = 1; length <= LONGEST && groups.length > 0; length++) {
    groups = groups.flatMap((places) => split(places, length - 1));
    for (const group of groups) {
      const places = group.filter(({ run, from }) => run[from + length - 1]!.isFreeAfter);
      const size = places.length < 2 ? 0 : sizeOf(places[0]!, length);
      if (size > call) found.push({ length, size, places, saved: 0 });
    }
  }
  return found;
}

/**
 * Places by the instruction that comes `index` instructions behind. What comes once is left out: it does not come twice
 * in a longer form.
 */
function split<Step extends Repeatable>(places: readonly Place<Step>[], index: number): (readonly Place<Step>[])[] {
  if (places.length < 2) return [];
  const first = keyAt(places[0]!, index);
  if (places.every((place) => keyAt(place, index) === first)) return first === undefined ? [] : [places];
  if (places.length === 2) return [];
  const byKey = new Map<number, Place<Step>[]>();
  for (const place of places) {
    const key = keyAt(place, index);
    if (key === undefined) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [place]);
    else same.push(place);
  }
  return [...byKey.values()].filter((same) => same.length > 1);
}

function keyAt<Step extends Repeatable>({ run, from }: Place<Step>, index: number): number | undefined {
  return run[from + index]?.key;
}

function sizeOf<Step extends Repeatable>({ run, from }: Place<Step>, length: number): number {
  let size = 0;
  for (let i = from; i < from + length; i++) size += run[i]!.size;
  return size;
}

function freePlaces<Step extends Repeatable>(
  { places, length }: Candidate<Step>,
  taken: ReadonlySet<Step>,
): (readonly Step[])[] {
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
function insert(sorted: { readonly saved: number }[], candidate: { readonly saved: number }): void {
  const index = firstNotBelow(sorted.length, (i) => sorted[i]!.saved < candidate.saved);
  sorted.splice(index, 0, candidate);
}
