import { resolve } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { projectDir } from '../system/project.ts';
import { type CommandLine, GULP_OPTIONS, readCommandLine } from './command-line.ts';
import type { Kind } from './kinds.ts';
import { nearest } from './nearest.ts';
import { type OPTIONS, type OptionName, optionNames, rowOf } from './table.ts';
import type { TaskName } from './tasks.ts';

type Table = typeof OPTIONS;
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type FieldOf<Name extends keyof Table> = Table[Name] extends { readonly field: infer F extends string }
  ? F
  : Camel<Name>;
type ValueOf<Name extends keyof Table> = Table[Name]['kind'] extends Kind<infer T> ? T : never;

/** A field for each row of the table, as its kind reads it. */
type Fields = { readonly [Name in keyof Table as FieldOf<Name>]: ValueOf<Name> };

/** What the user asked for, checked. Paths are absolute. */
export interface Options extends Fields {
  /** Folder that relative paths start from: the caller's. */
  readonly cwd: string;
  readonly outDir: string;
  /** The user named `outDir`; otherwise it is for the examples, and other modules are built where they are. */
  readonly outGiven: boolean;
  /** Variables for make's command line, where they override what Makefiles say. */
  readonly makeVariables: readonly { readonly name: string; readonly value: string }[];
  /** Files named on the command line. */
  readonly files: readonly string[];
  /** Python scripts among them. */
  readonly scripts: readonly string[];
}

/**
 * The options of a command line.
 *
 * @param argv arguments without `node` and the script
 * @param cwd folder that relative paths start from
 * @param tasks those that the command line is for; options that none of them takes are refused. Left out: all are taken
 * @throws NatmodError `unknown-option`, `foreign-option`; `bad-option` for a missing or wrong value; `unknown-arch`,
 *   `unknown-board`, `board-loads-none`
 */
export function parseOptions(argv: readonly string[], cwd: string, tasks?: readonly TaskName[]): Options {
  const line = readCommandLine(argv);
  rejectUnknown(line);
  const fields: Record<string, unknown> = {};
  for (const name of optionNames) {
    const { kind, field = camelCase(name), variable } = rowOf(name);
    if (line.values.has(name) && tasks !== undefined) rejectForeign(name, tasks);
    const given = { option: `--${name}`, cwd, example: rowOf(name).example };
    fields[field] = kind.read(valuesOf(line, name, variable), given);
  }
  const read = fields as Fields;
  const files = line.files.map((file) => (file === '-' ? file : resolve(cwd, file)));
  return {
    ...read,
    arches: bothKinds(read),
    cwd,
    outDir: read.out ?? resolve(projectDir, 'build'),
    outGiven: read.out !== undefined,
    makeVariables: line.assignments.filter(({ name }) => !meanings.has(name)),
    files,
    scripts: files.filter((file) => file.endsWith('.py')),
  };
}

/** Architectures by their own names and by boards count together. */
function bothKinds({ arches, boardKinds }: Fields): Fields['arches'] {
  if (boardKinds === undefined || arches === 'all') return arches;
  return [...new Set([...(arches ?? []), ...boardKinds.map(({ arch }) => archByName(arch))])];
}

/** Variables that say what an option says. */
const meanings: ReadonlySet<string> = new Set(optionNames.flatMap((name) => rowOf(name).variable ?? []));

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * What the kind reads: values of the option before those of the variable, where only one counts; flags without a value.
 */
function valuesOf(line: CommandLine, name: OptionName, variable: string | undefined): string[] {
  const { kind, example } = rowOf(name);
  const assigned = line.assignments.filter((one) => one.name === variable).map((one) => one.value);
  const typed = (line.values.get(name) ?? []).map((value) => {
    if (!kind.takesValue) {
      if (value !== true) fail('bad-option', `option --${name} takes no value`, undefined, `for example ${example}`);
      return '';
    }
    // `--out --verbose` is an option without its value, not a folder called --verbose.
    if (value === true || (value.startsWith('--') && !kind.mayBeOption)) return needsValue(name);
    return value;
  });
  if (!kind.takesValue) return [...typed, ...assigned.filter((value) => value !== '' && value !== '0')];
  const values = kind.collects ? [...typed, ...assigned] : typed.length > 0 ? typed : assigned;
  if (!kind.mayBeEmpty && values.some((value) => value.trim() === '')) needsValue(name);
  return values;
}

function needsValue(name: OptionName): never {
  return fail('bad-option', `option --${name} needs a value`, undefined, `for example ${rowOf(name).example}`);
}

/** @throws NatmodError `unknown-option` */
export function rejectUnknown({ unknown }: CommandLine): void {
  for (const option of unknown) rejectOption(option);
}

function rejectOption(option: string): never {
  const near = nearest(option.replace(/^-+/, ''), [...optionNames, ...GULP_OPTIONS.map(({ name }) => name)]);
  const hint = near === undefined ? '`--help` lists the options' : `did you mean --${near}?`;
  return fail('unknown-option', `unknown option ${option}`, undefined, hint);
}

function rejectForeign(name: OptionName, tasks: readonly TaskName[]): void {
  const { tasks: takers, example } = rowOf(name);
  if (tasks.length === 0 || tasks.some((task) => takers.includes(task))) return;
  const own = tasks.length === 1 ? `no option of ${tasks[0]}` : `an option of none of ${tasks.join(', ')}`;
  const hint = `it is one of ${takers.join(', ')}: ${takers[0]} ${example}`;
  fail('foreign-option', `--${name} is ${own}`, undefined, hint);
}
