/** What gulp cannot do without: words that are no tasks, and options that gulp itself does not know. */
import { fail } from '../../natmod-rules/problem.ts';
import type { Report } from '../report/report.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { reportFor, runBody } from './current.ts';
import { flagsOf } from './help.ts';
import { type Options, parseOptions } from './options.ts';
import { isTaskName, TASKS, type TaskName, taskNames } from './tasks.ts';

/** A task as gulp takes it. */
export interface GulpTask {
  (): Promise<void>;
  displayName: string;
  description: string;
  flags?: Record<string, string>;
}

type Body = (options: Options, report: Report) => Promise<void>;

interface Asked {
  /** Tasks whose options are taken. */
  readonly tasks: readonly TaskName[];
  /** Left out: gulp's command line. */
  readonly argv?: readonly string[];
  /** Folder that relative paths start from, where gulp has not changed it. */
  readonly cwd?: string;
}

/**
 * Runs the body of a task for gulp, with the options of its command line.
 * @throws TaskFailure, which gulp prints in one line
 */
export async function runForGulp({ tasks, argv = process.argv.slice(2), cwd }: Asked, body: Body): Promise<void> {
  // In another project's gulp there is a domain around each task (see tasks/bootstrap/load-later.cjs).
  (process as { domain?: { exit(): void } }).domain?.exit();
  const line = readCommandLine(argv);
  const report = reportFor(line);
  const read = () => {
    rejectMisreading(line);
    // gulp notes the caller's folder before it changes to that of the gulpfile.
    return parseOptions(argv, process.env.INIT_CWD ?? cwd ?? process.cwd(), tasks);
  };
  await runBody(report, read, (options) => body(options, report));
}

/**
 * The tasks as gulp takes them, by name, with the default task: each takes the options of all that are on the command
 * line.
 */
export function gulpTasks(run: (name: TaskName, options: Options, report: Report) => Promise<void>) {
  const taskFor = (name: TaskName): GulpTask => {
    const task = () => runForGulp({ tasks: namedTasks(name) }, (options, report) => run(name, options, report));
    return Object.assign(task, { displayName: name, description: TASKS[name].text, flags: flagsOf(name) });
  };
  const tasks = Object.fromEntries(taskNames.map((name) => [name, taskFor(name)])) as Record<TaskName, GulpTask>;
  return { ...tasks, default: defaultTask(tasks) };
}

function namedTasks(name: TaskName): readonly TaskName[] {
  const named = readCommandLine(process.argv.slice(2)).tasks.filter(isTaskName);
  return named.includes(name) ? named : [name, ...named];
}

/**
 * Mends what gulp misreads: it takes the `list` of `gulp --verbose list` for the value of --verbose and runs the
 * default task.
 */
function defaultTask(tasks: Readonly<Record<TaskName, GulpTask>>): GulpTask {
  const run = async () => {
    const line = readCommandLine(process.argv.slice(2));
    const lost = line.swallowed.filter((word) => line.tasks.includes(word));
    for (const name of lost.length > 0 ? lost : ['build']) {
      if (isTaskName(name)) await tasks[name]();
      else await runForGulp({ tasks: [] }, async () => unknownTask(name));
    }
  };
  return Object.assign(run, { displayName: 'default', description: 'The same as build' });
}

/**
 * Makes gulp accept words that are no tasks: `ARCH=armv7m` and the files of `gulp inspect FILE`.
 * @param registry gulp
 */
export function registerWords(
  registry: { task(name: string, task: () => Promise<void>): void },
  fallback: () => Promise<void>,
  argv: readonly string[],
): void {
  const line = readCommandLine(argv);
  const words = [...line.assignments.map(({ name, value }) => `${name}=${value}`), ...line.files];
  for (const word of words) registry.task(word, async () => {});
  const seen = words.find((word) => !line.swallowed.includes(word));
  const hasTask = line.tasks.some((word) => !line.swallowed.includes(word));
  // With no task among the words the first one stands for the default task, which gulp leaves out then.
  if (seen !== undefined && !hasTask) registry.task(seen, fallback);
}

/** @throws NatmodError `unknown-task` */
export function unknownTask(name: string): never {
  return fail('unknown-task', `there is no task '${name}'`, undefined, `tasks are ${taskNames.join(', ')}`);
}

/** Gulp takes the word behind an option it does not know for its value: `gulp -V clean build` runs build only. */
function rejectMisreading(line: CommandLine): void {
  const lost = line.tasks.filter((task) => line.swallowed.includes(task));
  if (lost.length === 0 || lost.length === line.tasks.length) return;
  const order = `gulp ${line.tasks.join(' ')} [options]`;
  fail('misread-options', `gulp does not see the task '${lost[0]}' behind an option`, undefined, `type ${order}`);
}
