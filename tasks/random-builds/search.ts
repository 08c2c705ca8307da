/** The search: random projects, random edits, and after each of them every door compared with a build from nothing. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../report/report.ts';
import type { Door, DoorPlace, Result, Trouble } from './door.ts';
import { CleanDoor, MakeDoor, NatmodDoor } from './doors.ts';
import { backTo, randomEdit } from './edits.ts';
import { LibraryMaker } from './library.ts';
import { randomProject } from './project.ts';
import { Random } from './random.ts';
import { advance, describe, isAsSaid, type Operation, perform, type State, writeProject } from './state.ts';
import { WatchDoor } from './watch-door.ts';

export type DoorName = '1' | '2' | 'watch';

/** A build that was not what a build from nothing is. */
export interface Difference {
  readonly seed: number;
  readonly door: string;
  /** What differs. */
  readonly what: string;
  /** The edits before it in groups, each followed by a build; operations and how they read. */
  readonly steps: readonly (readonly Operation[])[];
  readonly story: readonly string[];
  readonly log: string;
}

export interface SeedResult {
  readonly steps: number;
  /** Steps in which a build from nothing failed, and so did the others. */
  readonly failing: number;
  /** Steps in which the module became another one than it was. */
  readonly changing: number;
  readonly difference: Difference | undefined;
}

export interface Search {
  readonly doors: readonly DoorName[];
  /** Steps with one project. */
  readonly steps: number;
  /** What happens before each build that is compared. */
  readonly trouble?: Trouble;
  /** Leaves the folders. */
  readonly keep?: boolean;
  /** Is told where they are. */
  readonly report?: Report;
  /**
   * With `--no-optimize`, which is what make builds. Left out: when make is among the doors, and for every second seed.
   */
  readonly isPlain?: boolean;
}

const MOST_EDITS = 3;
// Of the projects that cannot be built, so many are edited further instead of being put right.
const LEFT_BROKEN = 6;
const KEPT_HISTORY = 12;

/** Searches with one project. */
export async function searchSeed(seed: number, search: Search): Promise<SeedResult> {
  const random = new Random(seed);
  const libraries = new LibraryMaker();
  const state = randomProject(random, libraries);
  const history: State[] = [];
  let hasFailed = false;
  return withDoors(seed, state, search, async (bench) => {
    for (let step = 0; step < search.steps; step++) {
      const operations: Operation[] = [];
      if (step > 0) {
        const count = 1 + random.below(MOST_EDITS);
        const change = (operation: Operation) => {
          operations.push(operation);
          advance(state, operation);
        };
        // A project that cannot be built shows little, so it is put right again; how it got there does show something.
        if (hasFailed && history.length > 0 && !random.oneIn(LEFT_BROKEN))
          for (const operation of backTo(state, history.at(-1)!)) change(operation);
        else
          for (let i = 0; i < count; i++)
            for (const operation of randomEdit({ state, history, random, libraries })) change(operation);
      }
      const outcome = await bench.step(operations);
      if (outcome.difference !== undefined) return { ...bench.counts(), difference: outcome.difference };
      hasFailed = !outcome.isBuilt;
      if (!hasFailed) history.push({ files: new Map(state.files), settings: state.settings });
      if (history.length > KEPT_HISTORY) history.shift();
    }
    return { ...bench.counts(), difference: undefined };
  });
}

/** Leaves out of the steps that led to a difference what it does not need, in at most `budget` tries. */
export async function shorten(found: Difference, search: Search, budget: number): Promise<Difference> {
  let best = found;
  const door = found.door as DoorName;
  const attempt = async (steps: readonly (readonly Operation[])[]): Promise<boolean> => {
    budget--;
    try {
      const result = await replay(found.seed, steps, {
        ...search,
        doors: [door],
        isPlain: isPlain(found.seed, search),
      });
      if (result === undefined) return false;
      best = result;
      return true;
    } catch {
      // For example an edit of a file that a step made which is left out.
      return false;
    }
  };
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = best.steps.length - 1 - size; at >= 1 && budget > 0; at -= size)
      await attempt([...best.steps.slice(0, at), ...best.steps.slice(at + size)]);
  }
  for (let at = best.steps.length - 1; at >= 1; at--) {
    for (let i = best.steps[at]!.length - 1; i >= 0 && budget > 0 && best.steps[at]!.length > 1; i--)
      await attempt(best.steps.map((group, index) => (index === at ? group.filter((_, place) => place !== i) : group)));
  }
  return best;
}

/** Does steps again; the first of them is the project as its seed makes it. */
async function replay(
  seed: number,
  steps: readonly (readonly Operation[])[],
  search: Search,
): Promise<Difference | undefined> {
  const state = randomProject(new Random(seed), new LibraryMaker());
  return withDoors(seed, state, search, async (bench) => {
    for (const operations of steps) {
      const outcome = await bench.step(operations, true);
      if (outcome.difference !== undefined) return outcome.difference;
    }
    return undefined;
  });
}

async function withDoors<T>(
  seed: number,
  state: State,
  search: Search,
  body: (bench: Bench) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'natmod-builds-'));
  const words = isPlain(seed, search) ? ['--no-optimize'] : [];
  const place: DoorPlace = { root, words };
  const clean = new CleanDoor(place);
  const doors = search.doors.map((name) => new DOORS[name](place));
  for (const { folder } of [clean, ...doors]) {
    mkdirSync(folder);
    writeProject(folder, state);
  }
  try {
    return await body(new Bench(seed, state, clean, doors, search.trouble));
  } finally {
    for (const door of [clean, ...doors]) await door.close();
    if (search.keep === true) search.report?.note(`the folders of seed ${seed} are in ${root}`);
    else rmSync(root, { recursive: true, force: true });
  }
}

function isPlain(seed: number, search: Search): boolean {
  return search.isPlain ?? (search.doors.includes('2') || seed % 2 === 0);
}

const DOORS = { '1': NatmodDoor, '2': MakeDoor, watch: WatchDoor } as const;

/** The doors with one project, and what was done to it. */
class Bench {
  readonly #seed: number;
  readonly #state: State;
  /** The state that the folders are in. */
  readonly #there: State;
  readonly #clean: CleanDoor;
  readonly #doors: readonly Door[];
  readonly #trouble: Trouble | undefined;
  /** For moments; edits have numbers of their own, which must not change with those. */
  readonly #random: Random;
  readonly #steps: (readonly Operation[])[] = [];
  readonly #story: string[] = [];
  #failing = 0;
  #changing = 0;
  #module: string | undefined;

  constructor(seed: number, state: State, clean: CleanDoor, doors: readonly Door[], trouble: Trouble | undefined) {
    this.#trouble = trouble;
    this.#random = new Random(seed);
    this.#seed = seed;
    this.#state = state;
    this.#there = { files: new Map(state.files), settings: state.settings };
    this.#clean = clean;
    this.#doors = doors;
  }

  /**
   * Does edits and builds.
   * @param own whether the state in memory has to be led on too
   */
  async step(operations: readonly Operation[], own = false): Promise<{ isBuilt: boolean; difference?: Difference }> {
    this.#steps.push(operations);
    // Some edits come before the trouble, the others behind it.
    const before = this.#random.below(operations.length + 1);
    for (const [i, operation] of operations.entries()) {
      if (i === before) await this.#disturb();
      this.#story.push(describe(operation, this.#there));
      for (const { folder } of [this.#clean, ...this.#doors]) perform(folder, this.#there, operation);
      advance(this.#there, operation);
      if (own) advance(this.#state, operation);
    }
    if (before === operations.length) await this.#disturb();
    if (!isAsSaid(this.#clean.folder, this.#there))
      throw new Error(`the folder is not as it should be: ${this.#story.at(-1)}`);
    this.#story.push('build');
    const [right, ...results] = await Promise.all([this.#clean, ...this.#doors].map((door) => door.build(this.#there)));
    this.#count(right!);
    for (const [i, result] of results.entries()) {
      const difference = await this.#compare(this.#doors[i]!, result, right!);
      if (difference !== undefined) return { isBuilt: right!.isBuilt, difference };
    }
    return { isBuilt: right!.isBuilt };
  }

  counts(): Omit<SeedResult, 'difference'> {
    return { steps: this.#steps.length, failing: this.#failing, changing: this.#changing };
  }

  #count({ isBuilt, outputs }: Result): void {
    if (!isBuilt) {
      this.#failing++;
      return;
    }
    const module = outputs.get('m.mpy');
    if (this.#module !== undefined && module !== this.#module) this.#changing++;
    this.#module = module;
  }

  async #disturb(): Promise<void> {
    const trouble = this.#trouble;
    if (trouble === undefined) return;
    this.#story.push({ kill: 'build, killed', two: 'two builds at once', four: 'four builds at once' }[trouble]);
    await Promise.all(this.#doors.map((door) => door.disturb?.(this.#there, trouble, this.#random)));
  }

  async #compare(door: Door, result: Result, right: Result): Promise<Difference | undefined> {
    if (differenceOf(result, right) === '') return undefined;
    // Whatever the processes that live on have kept must not decide what is right.
    const surely = await this.#clean.buildApart(this.#there, door instanceof MakeDoor ? 'make' : 'natmod');
    const what = differenceOf(result, surely);
    if (what === '') return undefined;
    const apart = door instanceof NatmodDoor ? differenceOf(await door.buildApart(this.#there), surely) : what;
    const note = apart === '' ? ' (only in a process that has built before)' : '';
    const log = `${result.log}\n-- from nothing:\n${surely.log}`;
    return {
      seed: this.#seed,
      door: door.name,
      what: what + note,
      steps: [...this.#steps],
      story: [...this.#story],
      log,
    };
  }
}

/** What is not as it should be; empty when all is well. */
function differenceOf(result: Result, right: Result): string {
  if (result.isBuilt !== right.isBuilt) return right.isBuilt ? 'fails, and should not' : 'is built, and should fail';
  if (!right.isBuilt) return '';
  const names = [...right.outputs.keys()].filter((name) => result.outputs.has(name) || name === 'm.mpy');
  return names.filter((name) => result.outputs.get(name) !== right.outputs.get(name)).join(', ');
}
