/**
 * How GNU make is asked what a Makefile says: with a Makefile of ours behind it, in English, and with nothing of a make
 * around us.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import type { Options } from '../options/options.ts';
import type { Report } from '../report/report.ts';
import { now } from '../system/file-hashes.ts';
import { noteUsedSince } from '../system/file-trace.ts';
import { findProgram } from '../system/find-program.ts';
import { type ProcessOptions, type ProcessResult, runProcess } from '../system/processes.ts';
import { projectDir } from '../system/project.ts';
import { hostArchName } from './host-arch.ts';
import { askInRow, type Reply, type SharedReplies } from './in-row.ts';
import { type MakeRules, readMakeRules } from './rules.ts';
import { type MakeVariable, quoteForMake, readProbe } from './variables.ts';

/** Variables that are asked for. */
export const wanted = [
  ...[
    'MOD',
    'SRC',
    'SRC_O',
    'SRC_MPY',
    'ARCH',
    'BUILD',
    'MPY_DIR',
    'CFLAGS',
    'CFLAGS_EXTRA',
    'CFLAGS_ARCH',
    'CXXFLAGS',
    'MPY_LACKS',
    'MPY_OPTIMIZE',
    'MPY_TLS_AS_DATA',
    'MPY_SANITIZE',
    'CROSS',
    'CC',
  ],
  ...['LINK_RUNTIME', 'MPY_LD_FLAGS', 'MPY_CROSS_FLAGS', 'MPY_EXTERN_SYM_FILE', 'ARCH_FLAGS', 'MICROPY_FLOAT_IMPL'],
  ...[
    'VPATH',
    'CLEAN_EXTRA',
    'MPY_SOURCES',
    'MAKEFILE_LIST',
    'CONFIG_H',
    'natmod_sdk',
    'natmod_offered',
    '.DEFAULT_GOAL',
  ],
] as const;

// Those that a Makefile may make depend on the file that is compiled.
export const automatic = ['CFLAGS', 'CC', 'MPY_CROSS_FLAGS'] as const;

export type ProbedName = (typeof wanted)[number];

export type ProbeOptions = Pick<Options, 'mpyDir' | 'cross' | 'cc' | 'makeVariables' | 'goal'>;

/** A Makefile: its folder, absolute, and its name in it. */
export interface Makefile {
  readonly dir: string;
  readonly makefile: string;
}

/** What make is asked; `tree` is a MicroPython tree that a module is made of, while the flags stay those of our SDK. */
export interface Question {
  readonly module: Makefile;
  readonly arch: string | undefined;
  readonly options: ProbeOptions;
  readonly mpyDir?: string;
  readonly tree?: string;
  /** The same, if the module turns out to be made of MicroPython's files. */
  readonly offered?: string | undefined;
  /** What MAKECMDGOALS is. */
  readonly goal: string;
  readonly report: Report;
  readonly together?: Together | undefined;
}

/** The same will be asked for other architectures: then all are asked at once, and the replies for those wait. */
export interface Together {
  readonly arches: readonly string[];
  readonly replies: SharedReplies;
}

export interface Answer {
  /** Undefined when make failed. */
  readonly variables: Map<string, MakeVariable> | undefined;
  readonly rules: MakeRules;
  readonly result: ProcessResult;
  /** What make wrote to standard error. */
  readonly errors: string;
  readonly mark: string;
}

export async function askMake(question: Question): Promise<Answer> {
  const { result, mark, asked } = (await askTogether(question)) ?? (await askAlone(question));
  noteUsedSince(asked);
  const variables = result.status === 0 ? readProbe(result.stdout, mark) : undefined;
  const errors = result.output.slice(0, result.output.length - result.stdout.length);
  return { variables, rules: readMakeRules(result.stdout), result, errors, mark };
}

async function askAlone(question: Question): Promise<Reply> {
  const { words, env, mark } = probing(question);
  const asked = now();
  const result = await runMake(question, words, env);
  // A Makefile may be made by a rule of make's own, which cost more time than all the rest.
  const lacksRule = result.status !== 0 && /No rule to make target/.test(result.stderr);
  return { result: lacksRule ? await runMake(question, words.slice(1), env) : result, mark, asked };
}

/** Undefined when it has to be asked alone. */
async function askTogether(question: Question): Promise<Reply | undefined> {
  const { together, arch } = question;
  if (together === undefined || arch === undefined) return undefined;
  // What was looked for counts for every architecture.
  const make = findMake();
  const { report, together: _together, arch: _arch, ...rest } = question;
  return together.replies.take(JSON.stringify(rest), arch, together.arches, (arches) => {
    const { words, env, mark } = probing(question);
    const commands = arches.map((name) => makeCommand(make, { ...question, arch: name }, words));
    return askInRow(commands, arches, mark, {
      ...runOptions(question, env),
      onStart: (command) => report.command(command),
    });
  });
}

function probing({ goal }: Question) {
  const mark = `natmod-${randomBytes(9).toString('hex')}`;
  const env = {
    NATMOD_PROBE: '1',
    NATMOD_MARK: mark,
    NATMOD_VARIABLES: wanted.join(' '),
    NATMOD_AUTOMATIC: automatic.join(' '),
  };
  // -p prints what make knows of files, behind what the recipe prints.
  return { mark, env, words: ['-r', '-p', '-s', `MAKECMDGOALS=${goal}`, 'natmod-probe'] };
}

export function runMake(question: Question, words: readonly string[], env: Readonly<Record<string, string>>) {
  return runProcess(makeCommand(findMake(), question, words), {
    ...runOptions(question, env),
    onStart: (command) => question.report.command(command),
  });
}

function makeCommand(
  make: string,
  { module, arch, options, mpyDir }: Question,
  words: readonly string[],
): readonly string[] {
  const variables = options.makeVariables.map(({ name, value }) => `${name}=${value}`);
  if (arch !== undefined) variables.push(`ARCH=${arch}`);
  if (mpyDir !== undefined) variables.push(`MPY_DIR=${quoteForMake(mpyDir)}`);
  if (options.cross !== undefined) variables.push(`CROSS=${options.cross}`);
  if (options.cc !== undefined) variables.push(`CC=${options.cc}`);
  const files = ['-f', module.makefile, '-f', join(projectDir, 'tasks', 'make', 'probe.mk')];
  return [make, '--no-print-directory', ...files, ...variables, ...words];
}

function runOptions({ module, tree, offered }: Question, env: Readonly<Record<string, string>>): ProcessOptions {
  const { LC_ALL } = process.env;
  return {
    cwd: module.dir,
    env: {
      // A make that runs us must not lend its flags and job slots to this one.
      ...{ MAKEFLAGS: undefined, MFLAGS: undefined, MAKELEVEL: undefined, GNUMAKEFLAGS: undefined },
      // What make says is read here, so it has to be in English; what letters are stays as it is.
      ...{ LC_ALL: undefined, LC_MESSAGES: 'C', LANGUAGE: undefined },
      ...(LC_ALL === undefined ? {} : { LC_CTYPE: LC_ALL }),
      NATMOD_MPY_TREE: tree === undefined ? '' : quoteForMake(tree),
      NATMOD_OFFERED_TREE: offered === undefined ? '' : quoteForMake(offered),
      NATMOD_HOST_ARCH: hostArchName() ?? '',
      ...env,
    },
  };
}

const HOW_TO_GET_MAKE: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'with Homebrew: brew install make',
  win32: 'winget install ezwinports.make, or MSYS2: pacman -S make',
};

function findMake(): string {
  // Where make is another one, GNU make is called gmake.
  const make = findProgram('gmake', projectDir) ?? findProgram('make', projectDir);
  const how = HOW_TO_GET_MAKE[process.platform] ?? 'on Debian or Ubuntu: apt-get install make';
  const without = 'a module with natmod.config.ts in place of a Makefile needs none';
  return (
    make ??
    fail(
      'no-make',
      'GNU make not found on PATH; it evaluates the Makefiles of modules',
      undefined,
      `${how}\n${without}`,
    )
  );
}
