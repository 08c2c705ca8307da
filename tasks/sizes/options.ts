import { resolve } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { type Budget, readBudget } from '../../natmod-rules/size/index.ts';
import { type OwnOption, readCommandLine } from '../options/table.ts';

/** What the user asked about sizes, checked. Paths are absolute. */
export interface SizeOptions {
  readonly symbols: boolean;
  /** A folder, a report or a git revision, as typed. */
  readonly diff: string | undefined;
  readonly html: string | undefined;
  /** A `.json` file. */
  readonly report: string | undefined;
  readonly budget: Budget | undefined;
  readonly keep: boolean;
  readonly why: readonly string[];
  /** Folder that relative paths start from. */
  readonly cwd: string;
}

/**
 * The options of a command line; those of building are read elsewhere, and so are unknown ones.
 * @param cwd folder that relative paths start from
 * @throws NatmodError `bad-option`
 */
export function parseSizeOptions(argv: readonly string[], cwd: string): SizeOptions {
  const line = readCommandLine(argv);
  const all = (name: OwnOption & keyof typeof examples): string[] =>
    (line.values.get(name) ?? []).map((value) =>
      value === true || value.trim() === '' || value.startsWith('--')
        ? fail('bad-option', `option --${name} needs a value`, undefined, `for example --${name} ${examples[name]}`)
        : value,
    );
  const path = (name: 'html' | 'report', ending: RegExp, kind: string) => {
    const value = all(name).at(-1);
    if (value === undefined) return undefined;
    if (!ending.test(value)) fail('bad-option', `the name for --${name} ends in ${kind}`, { file: value });
    return resolve(cwd, value);
  };
  const budget = all('budget').flatMap((value) => value.split(',').map((word) => word.trim()));
  return {
    symbols: line.values.has('symbols'),
    diff: all('diff').at(-1),
    html: path('html', /\.html?$/i, '.html'),
    report: path('report', /\.json$/i, '.json'),
    budget: budget.length === 0 ? undefined : readBudget(budget),
    keep: line.values.has('keep'),
    why: all('why'),
    cwd,
  };
}

const examples = {
  diff: 'HEAD~1',
  html: 'size.html',
  report: 'size.json',
  budget: '4k',
  why: 'my_function',
} as const;

export function currentSizeOptions(): SizeOptions {
  return parseSizeOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
}
