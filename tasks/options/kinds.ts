/** The kinds of values that options have: each checks what was typed, and says what it wants. */
import { isAbsolute, resolve } from 'node:path';
import { type BoardKind, boardByName } from '../../natmod-rules/arch/boards.ts';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { readSanitizers, type Sanitizers } from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';

/** What an option was given with. */
export interface Given {
  /** As it is typed: `--jobs`. */
  readonly option: string;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** For the hint of an error: `--jobs 4`. */
  readonly example: string;
}

/** How the values of an option are read. `T` is what the tasks get. */
export interface Kind<T> {
  /** For the page of options, such as `number from 1 to 1024`. */
  readonly type: string;
  /** A flag has none. */
  readonly takesValue: boolean;
  /** Values of the option and of its variable count together; otherwise the option's alone, when it is given. */
  readonly collects?: boolean;
  /** Nothing is a value, too. */
  readonly mayBeEmpty?: boolean;
  /** A value may look like an option. */
  readonly mayBeOption?: boolean;
  /**
   * @param values in the order typed; none when the option was not given
   * @throws NatmodError `bad-option`, `unknown-arch`, `unknown-board`, `board-loads-none`
   */
  read(values: readonly string[], given: Given): T;
}

/** True when given. */
export const flag: Kind<boolean> = { type: 'flag', takesValue: false, read: (values) => values.length > 0 };

/** True unless given: `--no-cache`. */
export const switchOff: Kind<boolean> = { type: 'flag', takesValue: false, read: (values) => values.length === 0 };

/** The last one counts. */
export const text: Kind<string | undefined> = { type: 'text', takesValue: true, read: (values) => values.at(-1) };

export const textOrNothing: Kind<string | undefined> = { ...text, mayBeEmpty: true };

export const code: Kind<string | undefined> = { ...text, type: 'Python code', mayBeOption: true };

/** The last one, or nothing. */
export const password: Kind<string> = { type: 'text', takesValue: true, read: (values) => values.at(-1) ?? '' };

/** Every one, in the order given. */
export const texts: Kind<readonly string[]> = { type: 'text, repeatable', takesValue: true, read: (values) => values };

/** Every word between commas. */
export const words: Kind<readonly string[]> = {
  type: 'list',
  takesValue: true,
  read: (values) => values.flatMap((value) => value.split(',').map((word) => word.trim())),
};

/** The checks that are wanted in the code; undefined when none is. */
export const sanitizers: Kind<Sanitizers | undefined> = {
  type: 'list of checks',
  takesValue: true,
  read: (values) => readSanitizers(values),
};

/** Names of modules; what has a slash is a folder, and comes out absolute. */
export const modules: Kind<readonly string[]> = {
  type: 'list',
  takesValue: true,
  read: (values, { cwd }) =>
    values.flatMap((value) => value.split(',')).map((name) => (/[/\\]|^\.\.?$/.test(name) ? resolve(cwd, name) : name)),
};

/** `all`: every architecture that has a compiler here. */
export const arches: Kind<readonly Arch[] | 'all' | undefined> = {
  type: 'list of architectures, or all',
  takesValue: true,
  mayBeEmpty: true,
  collects: true,
  read(values) {
    const names = values.flatMap((value) => value.split(','));
    if (names.length === 0) return undefined;
    if (names.includes('all')) return 'all';
    return [...new Set(names.map((name) => archByName(name.trim())))];
  },
};

/** The kinds of boards; undefined when none is named. */
export const boards: Kind<readonly BoardKind[] | undefined> = {
  type: 'list of boards',
  takesValue: true,
  read(values) {
    const names = values.flatMap((value) => value.split(','));
    return names.length === 0 ? undefined : [...new Set(names.map((name) => boardByName(name.trim())))];
  },
};

/** Absolute. */
export const path: Kind<string | undefined> = {
  type: 'path',
  takesValue: true,
  read: (values, { cwd }) => (values.length === 0 ? undefined : resolve(cwd, values.at(-1)!)),
};

/** The absolute path of a file whose name has one of some endings. */
export function file(...endings: string[]): Kind<string | undefined> {
  return {
    type: `path of a file ${endings.join(' or ')}`,
    takesValue: true,
    read(values, given) {
      const value = values.at(-1);
      if (value === undefined || endings.some((ending) => value.toLowerCase().endsWith(ending))) {
        return path.read(values, given);
      }
      return fail('bad-option', `the name for ${given.option} ends in ${endings.join(' or ')}`, { file: value });
    },
  };
}

export function wholeNumber(least: number, most: number, otherwise: () => number): Kind<number> {
  return {
    type: `number from ${least} to ${most}`,
    takesValue: true,
    read(values, { option }) {
      const value = values.at(-1);
      if (value === undefined) return otherwise();
      if (/^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
      return fail('bad-option', `${option} '${value}' is not a number from ${least} to ${most}`);
    },
  };
}

const LONGEST_SECONDS = 86_400;

/** In milliseconds. */
export function seconds(otherwise: number): Kind<number> {
  return {
    type: 'seconds',
    takesValue: true,
    read(values, { option, example }) {
      const value = values.at(-1) ?? String(otherwise);
      if (Number(value) > 0 && Number(value) <= LONGEST_SECONDS) return Number(value) * 1000;
      return fail('bad-option', `${option} '${value}' is no number of seconds`, undefined, `for example ${example}`);
    },
  };
}

/** One of a few words. */
export function oneOf<T extends string>(...choices: readonly T[]): Kind<T | undefined> {
  return {
    type: choices.join(' or '),
    takesValue: true,
    read(values, { option }) {
      const value = values.at(-1);
      const found = choices.find((choice) => choice === value);
      if (value === undefined || found !== undefined) return found;
      return fail('bad-option', `${option} '${value}' is not ${choices.join(' or ')}`);
    },
  };
}

/** Where a folder will be published, without a slash at its end. */
export const address: Kind<string | undefined> = {
  type: 'address',
  takesValue: true,
  read(values, { option }) {
    const value = values.at(-1);
    if (value === undefined) return undefined;
    if (/^(https?:\/\/[^\s/]|(github|gitlab|codeberg):[^\s/]+\/)\S*$/.test(value)) return value.replace(/\/+$/, '');
    const hint = 'for example --url https://example.com/modules or --url github:USER/REPOSITORY/FOLDER';
    return fail('bad-option', `${option} '${value}' is no address that mip knows`, undefined, hint);
  },
};

/** The name of a port; a path comes out absolute. */
export const port: Kind<string | undefined> = {
  type: 'port',
  takesValue: true,
  read(values, { cwd }) {
    const value = values.at(-1);
    return value?.includes('/') && !value.includes('://') && !isAbsolute(value) ? resolve(cwd, value) : value;
  },
};
