/** What `natmod init` is asked for. */
import { parseArgs } from 'node:util';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { checkModuleName } from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { CI_NAMES, type CiName } from './ci.ts';
import { LANGUAGE_NAMES, type LanguageName } from './languages.ts';
import { LICENSE_NAMES, type LicenseName } from './licenses.ts';

export interface Wishes {
  /** What Python imports: an identifier. */
  readonly name: string;
  readonly language: LanguageName;
  /** Empty for all. */
  readonly arches: readonly ArchName[];
  readonly ci?: CiName;
  readonly license?: LicenseName;
}

/** What `natmod init --help` prints. */
export const INIT_USAGE = `Usage: natmod init NAME [options]

Writes a small module that works into the folder NAME: sources, test, settings of editors

Options:
  --lang LANG          ${LANGUAGE_NAMES.join(', ')}; c when not given
  --arch NAME,...      the architectures it is for, the usual one first; all when not given
  --ci HOST            ${CI_NAMES.join(' or ')}: a file by which the host builds, tests and publishes the module
  --license NAME       ${LICENSE_NAMES.join(', ')}
`;

/**
 * @param args words behind `natmod init`
 * @returns undefined when help is wanted
 * @throws NatmodError `bad-option`, `unknown-option`, `unknown-arch`, `bad-name`
 */
export function readWishes(args: readonly string[]): Wishes | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) {
    fail('bad-option', 'one name is wanted', undefined, 'natmod init mymodule');
  }
  checkModuleName(name);
  return {
    name,
    language: oneOf('lang', values.lang, LANGUAGE_NAMES) ?? 'c',
    arches: archesOf(values.arch),
    ci: oneOf('ci', values.ci, CI_NAMES),
    license: oneOf('license', values.license, LICENSE_NAMES),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = { lang: text, arch: text, ci: text, license: text, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [message] = (error as Error).message.split('. ');
    return fail('bad-option', message!, undefined, '`natmod init --help` lists the options');
  }
}

function archesOf(text: string | undefined): ArchName[] {
  const words = (text ?? 'all').split(',').map((word) => word.trim());
  return words.includes('all') ? [] : [...new Set(words.map((word) => archByName(word).name))];
}

function oneOf<T extends string>(option: string, value: string | undefined, choices: readonly T[]): T | undefined {
  const found = choices.find((choice) => choice.toLowerCase() === value?.toLowerCase());
  if (value === undefined || found !== undefined) return found;
  return fail('bad-option', `--${option} '${value}' is not ${choices.join(', ')}`);
}
