/** Bounds on the size of modules, for builds that have to fail when one is passed. */
import { fail, type Problem } from '../problem.ts';
import { type Measure, shortSource } from './measure.ts';
import { KIND_NAMES, oneLine } from './table.ts';

export interface Budget {
  /** Bytes for the file of every module that has no bound of its own. */
  readonly every: number | undefined;
  /** Bytes by the name of a module. */
  readonly named: ReadonlyMap<string, number>;
}

const LARGEST = 2 ** 40;

/**
 * Reads bounds: `4000`, `4k` (of 1024 bytes), `features0=900`. The last one for a name counts.
 * @throws NatmodError `bad-option`
 */
export function readBudget(words: readonly string[]): Budget {
  const named = new Map<string, number>();
  let every: number | undefined;
  for (const word of words) {
    const at = word.lastIndexOf('=');
    const bytes = readBytes(word.slice(at + 1), word);
    if (at < 0) every = bytes;
    else if (at === 0) refuse(word);
    else named.set(word.slice(0, at), bytes);
  }
  return { every, named };
}

function readBytes(text: string, word: string): number {
  const [, digits, unit] = /^(\d{1,12})(k?)$/i.exec(text) ?? refuse(word);
  const bytes = Number(digits) * (unit === '' ? 1 : 1024);
  return bytes <= LARGEST ? bytes : refuse(word);
}

function refuse(word: string): never {
  const hint = 'bytes of the .mpy file: --budget 4000, --budget 4k, --budget features0=900,features1=2k';
  return fail('bad-option', `--budget '${word}' is no size`, undefined, hint);
}

/** What is over its bound: a problem (`over-budget`) with module, architecture, sizes and the largest symbols. */
export function overBudget(measure: Measure, { every, named }: Budget): Problem | undefined {
  const bound = named.get(measure.module) ?? every;
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
