/** Bounds on the size of modules, for builds that have to fail when one is passed. */
import { fail, type Problem } from '../problem.ts';
import { type Measure, shortSource } from './measure.ts';
import { KIND_NAMES, oneLine } from './table.ts';

export interface Budget {
  /** For every module that has no bound of its own. */
  readonly every: number | undefined;
  /** By the name of a module. */
  readonly named: ReadonlyMap<string, number>;
}

/** What is bounded. */
export interface BudgetUnit {
  readonly option: '--budget' | '--stack-budget';
  readonly name: string;
  /** What `k` stands for. */
  readonly k: number;
  readonly hint: string;
}

export const BYTES: BudgetUnit = {
  option: '--budget',
  name: 'size',
  k: 1024,
  hint: 'bytes of the .mpy file: --budget 4000, --budget 4k, --budget features0=900,features1=2k',
};

export const INSTRUCTIONS: BudgetUnit = {
  option: '--budget',
  name: 'number of instructions',
  k: 1000,
  hint: 'instructions of a module: --budget 250000, --budget 250k, --budget features0=9000,features1=2k',
};

export const STACK: BudgetUnit = {
  option: '--stack-budget',
  name: 'size',
  k: 1024,
  hint: 'bytes of the C stack: --stack-budget 2000, --stack-budget 2k, --stack-budget features0=200,features1=1k',
};

const LARGEST = 2 ** 40;

/**
 * Reads bounds: `4000`, `4k`, `features0=900`. The last one for a name counts.
 * @throws NatmodError `bad-option`
 */
export function readBudget(words: readonly string[], unit = BYTES): Budget {
  const named = new Map<string, number>();
  let every: number | undefined;
  for (const word of words) {
    const at = word.lastIndexOf('=');
    const bound = readNumber(word.slice(at + 1), word, unit);
    if (at < 0) every = bound;
    else if (at === 0) refuse(word, unit);
    else named.set(word.slice(0, at), bound);
  }
  return { every, named };
}

function readNumber(text: string, word: string, unit: BudgetUnit): number {
  const [, digits, k] = /^(\d{1,12})(k?)$/i.exec(text) ?? refuse(word, unit);
  const bound = Number(digits) * (k === '' ? 1 : unit.k);
  return bound <= LARGEST ? bound : refuse(word, unit);
}

function refuse(word: string, { option, name, hint }: BudgetUnit): never {
  return fail('bad-option', `${option} '${word}' is no ${name}`, undefined, hint);
}

export function boundOf(module: string, { every, named }: Budget): number | undefined {
  return named.get(module) ?? every;
}

/** What is over its bound: a problem (`over-budget`) with module, architecture, sizes and the largest symbols. */
export function overBudget(measure: Measure, { every, named }: Budget): Problem | undefined {
  const bound = boundOf(measure.module, { every, named });
  if (bound === undefined || measure.file <= bound) return undefined;
  const over = measure.file - bound;
  const message = `${measure.module} for ${measure.arch} has ${measure.file} bytes, ${over} more than its budget of ${bound}`;
  return { code: 'over-budget', message, hint: largest(measure) };
}

const MOST_LISTED = 5;

function largest({ symbols }: Measure): string | undefined {
  // Zeroed memory takes no room in the file.
  const listed = symbols.filter((symbol) => symbol.kind !== 'bss').slice(0, MOST_LISTED);
  if (listed.length === 0) return undefined;
  const lines = listed.map(
    (s) => `${`${s.size}`.padStart(6)} ${KIND_NAMES[s.kind]} ${oneLine(s.name)} (${shortSource(s.source)})`,
  );
  return `largest:\n${lines.join('\n')}`;
}
