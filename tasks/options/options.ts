import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { ARCHES, type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { projectDir } from '../system/project.ts';
import { nearest } from './nearest.ts';
import { type CommandLine, type OwnOption, optionNames, readCommandLine } from './table.ts';

/** What the user asked for, checked. Paths are absolute. */
export interface Options {
  /** `all`: every architecture that has a compiler here; undefined: what the module's Makefile or the host says. */
  readonly arches: readonly Arch[] | 'all' | undefined;
  /** Names of modules, or absolute paths of their folders; empty means every one. */
  readonly modules: readonly string[];
  /** Folder of a module or of modules; undefined: the examples. */
  readonly dir: string | undefined;
  readonly outDir: string;
  /** The user named `outDir`; otherwise it is for the examples, and other modules are built where they are. */
  readonly outGiven: boolean;
  readonly jobs: number;
  readonly verbose: boolean;
  /** Make modules as small as possible, instead of like the reference linker's. */
  readonly optimize: boolean;
  /** Make an ELF file with debug information beside the intermediates. */
  readonly debug: boolean;
  /** Use the cache of objects. */
  readonly cache: boolean;
  readonly mpyDir: string | undefined;
  readonly cross: string | undefined;
  readonly cc: string | undefined;
  /** Variables for make's command line, where they override what Makefiles say. */
  readonly makeVariables: readonly { readonly name: string; readonly value: string }[];
  /** Files named on the command line. */
  readonly files: readonly string[];
}

/**
 * The options of a command line.
 *
 * @param argv arguments without `node` and the script
 * @param cwd folder that relative paths start from
 * @throws NatmodError for an unknown option, a missing value, an unknown or empty architecture, a wrong number
 */
export function parseOptions(argv: readonly string[], cwd: string): Options {
  const line = readCommandLine(argv);
  for (const option of line.unknown) rejectOption(option);
  rejectMisreading(line);
  const assigned = (name: string) => line.assignments.filter((a) => a.name === name).map((a) => a.value);
  const path = (option: OwnOption, variable?: string) => {
    const value = lastValue(line, option, variable === undefined ? [] : assigned(variable));
    return value === undefined ? undefined : resolve(cwd, value);
  };
  const special = new Set(['ARCH', 'V', 'MPY_DIR', 'CROSS', 'CC']);
  const verbose = line.values.has('verbose') || assigned('V').some((v) => v !== '' && v !== '0');
  return {
    arches: readArches([...listValues(line, 'arch'), ...assigned('ARCH').flatMap((v) => v.split(','))]),
    modules: listValues(line, 'module').map((name) => (/[/\\]|^\.\.?$/.test(name) ? resolve(cwd, name) : name)),
    dir: path('dir'),
    outDir: path('out') ?? resolve(projectDir, 'build'),
    outGiven: line.values.has('out'),
    jobs: readJobs(lastValue(line, 'jobs', [])),
    verbose,
    optimize: !line.values.has('no-optimize'),
    debug: line.values.has('debug'),
    cache: !line.values.has('no-cache'),
    mpyDir: path('mpy-dir', 'MPY_DIR'),
    cross: lastValue(line, 'cross', assigned('CROSS')),
    cc: lastValue(line, 'cc', assigned('CC')),
    makeVariables: line.assignments.filter((a) => !special.has(a.name)),
    files: line.files.map((file) => resolve(cwd, file)),
  };
}

/** Options of the running process; gulp notes the caller's folder in INIT_CWD before it changes to its own. */
export function currentOptions(): Options {
  return parseOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
}

function rejectOption(option: string): never {
  const near = nearest(option.replace(/^-+/, ''), optionNames);
  const hint = near === undefined ? '`gulp --help` lists the options' : `did you mean --${near}?`;
  return fail('unknown-option', `unknown option ${option}`, undefined, hint);
}

// Gulp takes the word behind an option it does not know for its value: `gulp -V clean build` runs build only.
function rejectMisreading(line: CommandLine): void {
  const lost = line.tasks.filter((task) => line.swallowed.includes(task));
  if (lost.length === 0 || lost.length === line.tasks.length) return;
  const order = `gulp ${line.tasks.join(' ')} [options]`;
  fail('misread-options', `gulp does not see the task '${lost[0]}' behind an option`, undefined, `type ${order}`);
}

function readArches(names: readonly string[]): Options['arches'] {
  if (names.length === 0) return undefined;
  if (names.includes('all')) return 'all';
  return [...new Set(names.map((name) => archByName(name.trim())))];
}

function readJobs(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  const jobs = Number(text);
  if (/^\d+$/.test(text) && jobs >= 1 && jobs <= 1024) return jobs;
  return fail('bad-option', `--jobs '${text}' is not a number from 1 to 1024`);
}

function typedValues(line: CommandLine, option: OwnOption): string[] {
  return (line.values.get(option) ?? []).map((value) => {
    // `--out --verbose` is an option without its value, not a folder called --verbose.
    if (value !== true && !value.startsWith('--')) return value;
    return fail('bad-option', `option --${option} needs a value`, undefined, `for example ${example[option]}`);
  });
}

const example: Partial<Record<OwnOption, string>> = {
  arch: `--arch ${ARCHES[3]!.name}`,
  module: '--module features0',
  dir: '--dir ../mymodule',
  out: '--out build',
  jobs: '--jobs 4',
  'mpy-dir': '--mpy-dir ../micropython',
  cross: '--cross arm-none-eabi-',
  cc: '--cc /opt/gcc/bin/arm-none-eabi-gcc',
};

function listValues(line: CommandLine, option: OwnOption): string[] {
  return typedValues(line, option).flatMap((value) => value.split(','));
}

function lastValue(line: CommandLine, option: OwnOption, assigned: readonly string[]): string | undefined {
  const value = typedValues(line, option).at(-1) ?? assigned.at(-1);
  if (value === '' && option !== 'cross') fail('bad-option', `option --${option} is empty`);
  return value;
}
