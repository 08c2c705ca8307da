/**
 * Command lines as Python's argparse reads them, which is what Makefiles written for MicroPython's own tools rely on:
 * `-oFILE`, `-o FILE`, `-o=FILE`, `--output FILE`, `--output=FILE`, a long option cut short as far as it stays unique,
 * short flags in one word (`-vvv`), long options with a single dash (`-march-flags`), and `--` before files whose names
 * start with a dash.
 */

export interface OptionSpec {
  /** First the name that goes into `Arguments`, then other spellings: `--output`, `-o`. */
  readonly names: readonly [string, ...string[]];
  /** What the value is called in the help; a flag has none. */
  readonly value?: string;
  /** It cannot be cut short, so that what is short for an option of MicroPython's own tool stays so. */
  readonly whole?: boolean;
  readonly help: string;
}

export interface CommandSpec {
  /** `mpy-ld`. */
  readonly program: string;
  readonly summary: string;
  /** What the file names stand for; at least one is needed. */
  readonly files: string;
  /** Why there may be none, and what to do then. */
  readonly noFiles?: string;
  readonly options: readonly OptionSpec[];
}

/** A command line, taken apart. */
export interface Arguments {
  readonly files: readonly string[];
  /** How often an option was given. */
  count(name: string): number;
  /** The last value of an option. */
  last(name: string): string | undefined;
  /** All values of an option, in order. */
  all(name: string): readonly string[];
  /** The options as they were given, by the spelling used, in full; flags have an empty value. */
  readonly given: readonly { readonly name: string; readonly value: string }[];
}

/** A command line that cannot be understood: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Takes a command line apart.
 * @returns undefined when it asks for help
 * @throws UsageError
 */
export function parseArguments(spec: CommandSpec, words: readonly string[]): Arguments | undefined {
  const parser = new Parser(spec);
  if (!parser.run(words)) return undefined;
  if (parser.files.length === 0) throw new UsageError(spec.noFiles ?? `no file is named: ${spec.files}`);
  const all = (name: string) => parser.values.get(name) ?? [];
  return {
    files: parser.files,
    given: parser.given,
    all,
    count: (name) => all(name).length,
    last: (name) => all(name).at(-1),
  };
}

export function usage({ program, files, options }: CommandSpec): string {
  const words = options.map(({ names, value }) => `[${names.at(-1)}${value === undefined ? '' : ` ${value}`}]`);
  return wrap([`usage: ${program} [-h]`, ...words, files], ' '.repeat(8 + program.length));
}

export function help(spec: CommandSpec): string {
  const rows = spec.options.map(({ names, value, help: text }) => {
    return [`${[...names].reverse().join(', ')}${value === undefined ? '' : ` ${value}`}`, text] as const;
  });
  const all = [...rows, ['-h, --help', 'print this text'] as const];
  const width = Math.max(...all.map(([left]) => left.length));
  return [usage(spec), '', spec.summary, '', ...all.map(([left, text]) => `  ${left.padEnd(width)}  ${text}`)].join(
    '\n',
  );
}

function wrap(words: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines.join('\n');
}

interface Match {
  readonly option: OptionSpec;
  /** The spelling that the user meant, in full. */
  readonly name: string;
  /** What is joined to the option in the same word. */
  readonly joined?: string;
}

const HELP: OptionSpec = { names: ['--help', '-h'], help: '' };

class Parser {
  readonly files: string[] = [];
  readonly values = new Map<string, string[]>();
  readonly given: { name: string; value: string }[] = [];
  readonly #byName = new Map<string, OptionSpec>();

  constructor({ options }: CommandSpec) {
    for (const option of [...options, HELP]) for (const name of option.names) this.#byName.set(name, option);
  }

  /** Whether there is something to do; not so when help is asked for. */
  run(words: readonly string[]): boolean {
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (word === '--') {
        this.files.push(...words.slice(i + 1));
        break;
      }
      let match = this.#match(word);
      if (match === undefined) this.files.push(word);
      // One round for each flag of `-vvo FILE`.
      while (match !== undefined) {
        const { option, name, joined } = match;
        if (option === HELP) return false;
        match = undefined;
        if (option.value !== undefined) {
          const next = joined ?? words[++i];
          if (next === undefined || (joined === undefined && this.#isOption(next))) {
            throw new UsageError(`${name} needs a value: ${name} ${option.value}`);
          }
          this.#add(option, name, next);
        } else {
          this.#add(option, name, '');
          if (joined !== undefined) match = this.#nextFlag(name, joined);
        }
      }
    }
    return true;
  }

  #add({ names }: OptionSpec, name: string, value: string): void {
    this.given.push({ name, value });
    this.values.set(names[0], [...(this.values.get(names[0]) ?? []), value]);
  }

  #isOption(word: string): boolean {
    return word === '--' || (word.startsWith('-') && word !== '-' && !word.includes(' '));
  }

  #nextFlag(name: string, joined: string): Match {
    const next = `-${joined[0]}`;
    const option = name.startsWith('--') ? undefined : this.#byName.get(next);
    if (option === undefined) throw new UsageError(`${name} takes no value, but '${joined}' follows it`);
    const rest = joined.slice(1).replace(/^=/, '');
    return { option, name: next, joined: rest === '' ? undefined : rest };
  }

  /** The option that a word is; undefined for a file. */
  #match(word: string): Match | undefined {
    if (!word.startsWith('-') || word === '-') return undefined;
    const exact = this.#byName.get(word);
    if (exact !== undefined) return { option: exact, name: word };
    const [, name = word, joined] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    const beforeSign = this.#byName.get(name);
    if (beforeSign !== undefined) return { option: beforeSign, name, joined };
    const found = [...this.#startingWith(name, joined), ...this.#shortOf(word)];
    // Two spellings of one option are no riddle.
    if (new Set(found.map(({ option }) => option)).size > 1) {
      const names = found.map((match) => match.name).join(', ');
      throw new UsageError(`'${word}' is not clear, it could be any of ${names}`);
    }
    if (found[0] !== undefined) return found[0];
    if (word.includes(' ')) return undefined;
    throw new UsageError(`unknown option '${word}'`);
  }

  #startingWith(start: string, joined: string | undefined): Match[] {
    const matches: Match[] = [];
    for (const [name, option] of this.#byName) {
      if (start.length > 1 && name.startsWith(start) && !option.whole) matches.push({ option, name, joined });
    }
    return matches;
  }

  #shortOf(word: string): Match[] {
    const name = word.slice(0, 2);
    const option = name === '--' ? undefined : this.#byName.get(name);
    return option === undefined ? [] : [{ option, name, joined: word.slice(2) }];
  }
}
