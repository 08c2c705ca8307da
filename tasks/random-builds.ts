/**
 * `npm run random-builds`: random projects with random edits. After every step each door must have made, byte for byte,
 * what a build from nothing makes.
 */
import { parseArgs } from 'node:util';
import { fail } from '../natmod-rules/problem.ts';
import { USAGES } from './bootstrap/usages.mjs';
import type { Trouble } from './random-builds/door.ts';
import {
  type Difference,
  type DoorName,
  type Search,
  type SeedResult,
  searchSeed,
  shorten,
} from './random-builds/search.ts';
import { openReport } from './report/open.ts';
import { runProgram } from './report/program.ts';

export { serveBuilds } from './random-builds/worker.ts';

const USAGE = USAGES['random-builds'];

interface Wishes {
  readonly steps: number;
  readonly seed: number;
  readonly doors: readonly DoorName[];
  readonly each: number;
  readonly goesOn: boolean;
  readonly keep: boolean;
  readonly trouble: Trouble | undefined;
  readonly shortens: boolean;
}

const SHORTEN_BUDGET = 40;

/**
 * @param args the command line
 * @returns exit status: 1 when a build differed from one from nothing
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('random-builds', async () => {
    const wishes = readWishes(args);
    return searchAll(wishes);
  });
}

async function searchAll(wishes: Wishes): Promise<number> {
  const { steps, seed: first, doors, each, keep, trouble } = wishes;
  const start = performance.now();
  const report = openReport({ log: 'text' });
  const all = { steps: 0, failing: 0, changing: 0, wrong: 0 };
  for (let seed = first; all.steps < steps; seed++) {
    const search: Search = { doors, steps: Math.min(each, steps - all.steps), keep, report, trouble };
    const { result, found } = await searchOne(seed, search, wishes);
    all.steps += result.steps;
    all.failing += result.failing;
    all.changing += result.changing;
    if (found.length > 0) all.wrong++;
    const time = ((performance.now() - start) / 1000).toFixed(0).padStart(4);
    const state = found.length === 0 ? 'right' : 'WRONG';
    report.note(`${time} s  seed ${seed}: ${result.steps} steps ${state}; so far ${counts(all)}`);
    for (const line of found) report.note(line);
    if (all.wrong > 0 && !wishes.goesOn) break;
  }
  report.note(`doors ${doors.join(', ')}, each: ${counts(all)}`);
  return all.wrong === 0 ? 0 : 1;
}

function counts({
  steps,
  failing,
  changing,
  wrong,
}: Record<'steps' | 'failing' | 'changing' | 'wrong', number>): string {
  return `${steps} steps: ${changing} with another module than before, ${failing} that nothing can build; ${wrong} differences`;
}

/** Searches with one project. `found` is what there is to say of a difference, in lines. */
async function searchOne(
  seed: number,
  search: Search,
  { goesOn, shortens }: Wishes,
): Promise<{ result: Omit<SeedResult, 'difference'>; found: readonly string[] }> {
  try {
    const { difference, ...result } = await searchSeed(seed, search);
    if (difference === undefined) return { result, found: [] };
    const shown = shortens ? await shorten(difference, search, SHORTEN_BUDGET) : difference;
    return { result, found: lines(shown, search.steps, search.doors) };
  } catch (error) {
    if (!goesOn) throw error;
    // A door that ends, or no longer answers, is as bad as a wrong module; the other projects are looked at all the
    // same.
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      result: { steps: search.steps, failing: 0, changing: 0 },
      found: [`seed ${seed} came to no end: ${text}`],
    };
  }
}

/** A difference for people: what to type, what was done, what differs. */
function lines({ seed, door, what, story, log }: Difference, each: number, doors: readonly DoorName[]): string[] {
  return [
    `door ${door} differs from a build from nothing: ${what}`,
    `  again: npm run random-builds -- --seed ${seed} --steps ${each} --each ${each} --door ${doors.join(',')}`,
    ...story.map((line) => `  ${line}`),
    ...log
      .trim()
      .split('\n')
      .slice(-30)
      .map((line) => `  | ${line}`),
  ];
}

/** @throws NatmodError `bad-option` */
function readWishes(args: readonly string[]): Wishes {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    steps: text,
    seed: text,
    door: text,
    each: text,
    all: flag,
    kill: flag,
    'at-once': text,
    keep: flag,
    'no-shorten': flag,
  } as const;
  const { values } = parseArgs({ args: [...args], options, strict: false });
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(options, name));
  if (unknown !== undefined) fail('bad-option', `unknown option --${unknown}`, undefined, USAGE);
  return {
    steps: number('steps', values.steps, 100),
    seed: number('seed', values.seed, 1),
    doors: typeof values.door === 'string' ? values.door.split(',').map(doorByName) : ['1', '2', 'watch'],
    each: number('each', values.each, 25),
    goesOn: values.all === true,
    keep: values.keep === true,
    trouble: troubleOf(values.kill === true, number('at-once', values['at-once'], 1)),
    shortens: values['no-shorten'] !== true,
  };
}

function troubleOf(kill: boolean, atOnce: number): Trouble | undefined {
  if (kill) return 'kill';
  if (atOnce === 1) return undefined;
  if (atOnce === 2 || atOnce === 4) return atOnce === 2 ? 'two' : 'four';
  return fail('bad-option', '--at-once takes 2 or 4', undefined, USAGE);
}

function number(option: string, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value))
    fail('bad-option', `--${option}: '${value}' is no number`, undefined, USAGE);
  return Number(value);
}

function doorByName(name: string): DoorName {
  if (name === '1' || name === '2' || name === 'watch') return name;
  return fail('bad-option', `there is no door '${name}'`, undefined, USAGE);
}
