import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { type OptionName, optionNames, optionsOf, rowOf } from './table.ts';
import { TASKS, type TaskName, taskNames } from './tasks.ts';

/** The options that a task takes, with what they do, as `gulp --tasks` shows them. */
export function flagsOf(task: TaskName): Record<string, string> {
  return describe(optionsOf(task));
}

/** The head of `gulp --help`; gulp adds its own options below. */
export function usage(command: 'gulp' | 'natmod'): string {
  const tasks = taskNames.map((name) => `  ${name.padEnd(16)} ${TASKS[name].text}`);
  const text = `
Usage: gulp [task...] [options] [NAME=value...]

Tasks (build when none is named):
${tasks.join('\n')}
${command === 'natmod' ? WITHOUT_GULP : ''}
Options of natmod:
${lines(describe(optionNames))}
  NAME=value           a variable for the Makefiles, as make takes it: MICROPY_FLOAT_IMPL=none

Architectures: ${ARCHES.map((arch) => arch.name).join(' ')}
Without --arch each module is built for the ARCH of its Makefile, or for this machine when it names none.`;
  return named(text, command);
}

/** What `natmod build --help` prints. */
export function usageOf(task: TaskName): string {
  const { text, words = '' }: { text: string; words?: string } = TASKS[task];
  const head = `Usage: natmod ${[task, words, '[options] [NAME=value...]'].filter((part) => part !== '').join(' ')}`;
  return named(`${head}\n\n${text}\n\nOptions:\n${lines(flagsOf(task))}`, 'natmod');
}

/** Texts name the command by which the tasks were started. */
function named(text: string, command: 'gulp' | 'natmod'): string {
  return command === 'natmod' ? text.replaceAll(/\bgulp (?=[[a-z])/g, 'natmod ') : text;
}

const WITHOUT_GULP = `
In place of tasks:
  init NAME        write a small module to start from into the folder NAME; init --help lists languages and more
  mpy-cross ...    the mpy-cross that a build takes
  --sdk            print the folder for MPY_DIR of make
  --version        print the version
  TASK --help      the options of one task
  --silent         the same as --log quiet
  --continue       go on with the next task when one has failed
  --no-color       no colours, as without a terminal

natmod works on the module in this folder, or in the folders below it, unless --dir or --module names another.
`;

function describe(names: readonly OptionName[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [spelling(name), rowOf(name).text]));
}

/** `-j, --jobs N`. */
export function spelling(name: OptionName): string {
  const { short, value } = rowOf(name);
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function lines(described: Readonly<Record<string, string>>): string {
  return Object.entries(described)
    .map(([name, text]) => `  ${name.padEnd(20)} ${text}`)
    .join('\n');
}
