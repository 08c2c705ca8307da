import { parseArgs } from 'node:util';
import { type OptionName, optionNames, rowOf } from './table.ts';

/** An option of gulp's own command line, or of natmod's. */
export interface ForeignOption {
  readonly name: string;
  readonly short?: string;
  readonly takesValue?: boolean;
}

/** gulp's own, so that they are not called unknown. */
export const GULP_OPTIONS: readonly ForeignOption[] = [
  { name: 'help', short: 'h' },
  { name: 'version', short: 'v' },
  { name: 'tasks', short: 'T' },
  ...['tasks-simple', 'tasks-json', 'compact-tasks', 'sort-tasks', 'color', 'continue', 'series'].map((name) => ({
    name,
  })),
  { name: 'silent', short: 'S' },
  { name: 'log-level', short: 'L' },
  { name: 'gulpfile', short: 'f', takesValue: true },
  ...['preload', 'cwd', 'tasks-depth', 'depth', 'completion'].map((name) => ({ name, takesValue: true })),
];

/** What was typed, sorted but not judged. */
export interface CommandLine {
  /** Values of our options in the order typed; `true` for one without a value. */
  readonly values: ReadonlyMap<OptionName, readonly (string | true)[]>;
  /** Options of gulp that were given, without dashes. */
  readonly foreign: ReadonlySet<string>;
  /** Words such as `MICROPY_FLOAT_IMPL=none`. */
  readonly assignments: readonly { readonly name: string; readonly value: string }[];
  /** Words that name tasks. */
  readonly tasks: readonly string[];
  /** Words that name files: they have a dot or a slash, or are `-`, standard input. */
  readonly files: readonly string[];
  /** Options nobody knows, with their dashes. */
  readonly unknown: readonly string[];
  /** Tasks that gulp did not see, because it takes the word behind an option it does not know for its value. */
  readonly swallowed: readonly string[];
}

/** Sorts the arguments of a command line (without `node` and the script). Never throws. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const known = describeOptions();
  const { tokens } = parseArgs({
    args: [...argv],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<OptionName, (string | true)[]>();
  const foreign = new Set<string>();
  const assignments: { name: string; value: string }[] = [];
  const tasks: string[] = [];
  const files: string[] = [];
  const unknown: string[] = [];
  const swallowed: string[] = [];
  let previousFlag = -2;
  for (const token of tokens) {
    if (token.kind === 'option') {
      const own = optionNames.find((name) => name === token.name);
      if (own !== undefined) values.set(own, [...(values.get(own) ?? []), token.value ?? true]);
      else if (isOfGulp(token.name)) foreign.add(token.name);
      else unknown.push(token.rawName);
      if (own !== undefined && token.value === undefined) previousFlag = token.index;
    } else if (token.kind === 'positional') {
      const assignment = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(token.value);
      if (assignment !== null) assignments.push({ name: assignment[1]!, value: assignment[2]! });
      else if (/[./\\]|^-$/.test(token.value)) files.push(token.value);
      else tasks.push(token.value);
      if (token.index === previousFlag + 1) swallowed.push(token.value);
    }
  }
  return { values, foreign, assignments, tasks, files, unknown, swallowed };
}

/** gulp reads `--no-color` as --color that is off. */
function isOfGulp(name: string): boolean {
  return GULP_OPTIONS.some((option) => option.name === name.replace(/^no-/, ''));
}

function describeOptions(): Record<string, { type: 'string' | 'boolean'; multiple: boolean; short?: string }> {
  const described: Record<string, { type: 'string' | 'boolean'; multiple: boolean; short?: string }> = {};
  const add = (name: string, takesValue: boolean, short?: string) => {
    const type = takesValue ? 'string' : 'boolean';
    described[name] = { type, multiple: true, ...(short === undefined ? {} : { short }) };
  };
  for (const name of optionNames) add(name, rowOf(name).kind.takesValue, rowOf(name).short);
  for (const { name, takesValue = false, short } of GULP_OPTIONS) add(name, takesValue, short);
  return described;
}
