/** The command line of `natmod`. It does not go through gulp: what it runs are the same public tasks. */
import { natmod } from '../gulpfile.ts';
import { fail, problemsIn } from '../natmod-rules/problem.ts';
import { type CommandLine, readCommandLine } from './options/command-line.ts';
import { reportFor, runBody } from './options/current.ts';
import { usage, usageOf } from './options/help.ts';
import { nearest } from './options/nearest.ts';
import { parseOptions, rejectUnknown } from './options/options.ts';
import { isTaskName, TASKS, type TaskName, taskNames } from './options/tasks.ts';
import { type Report, TaskFailure } from './report/report.ts';

/** What of gulp's options has a meaning without gulp. */
const TAKEN = ['help', 'silent', 'color', 'no-color', 'continue', 'series', 'tasks', 'tasks-simple'];

/**
 * Runs the tasks that a command line names, one after the other; `build` when it names none.
 *
 * @param argv words behind `natmod`
 * @param cwd the caller's folder
 * @returns exit status
 */
export async function main(argv: readonly string[], cwd: string): Promise<number> {
  const line = readCommandLine(argv);
  const report = reportFor(line);
  try {
    rejectUnknown(line);
    const names = tasksOf(line);
    const help = helpFor(line, names);
    if (help === undefined) return await runTasks(names, argv, cwd, line, report);
    report.show(help);
    return 0;
  } catch (error) {
    report.problems(problemsIn(error));
    return 1;
  }
}

/** @throws NatmodError `unknown-task`, `option-of-gulp` */
function tasksOf({ tasks, foreign }: CommandLine): TaskName[] {
  for (const name of foreign) {
    if (TAKEN.includes(name)) continue;
    fail('option-of-gulp', `--${name} is an option of gulp`, undefined, '`natmod --help` lists those of natmod');
  }
  return tasks.map((word) => {
    if (isTaskName(word)) return word;
    const near = nearest(word, taskNames);
    const hint = `${near === undefined ? '' : `did you mean ${near}? `}tasks are ${taskNames.join(', ')}`;
    return fail('unknown-task', `there is no task '${word}'`, undefined, hint);
  });
}

function helpFor({ foreign }: CommandLine, names: readonly TaskName[]): string | undefined {
  if (foreign.has('help')) return names.length === 0 ? `${usage('natmod')}\n` : `${names.map(usageOf).join('\n\n')}\n`;
  if (foreign.has('tasks-simple')) return taskNames.map((name) => `${name}\n`).join('');
  if (foreign.has('tasks')) return taskNames.map((name) => `${name.padEnd(16)} ${TASKS[name].text}\n`).join('');
  return undefined;
}

async function runTasks(
  named: readonly TaskName[],
  argv: readonly string[],
  cwd: string,
  line: CommandLine,
  report: Report,
): Promise<number> {
  const names: readonly TaskName[] = named.length === 0 ? ['build'] : named;
  let status = 0;
  for (const name of names) {
    try {
      const read = () => inFolder(parseOptions(argv, cwd, names), cwd);
      await runBody(report, read, (options) => natmod.runPublicTask(name, options, { report, flow: natmod.flow }));
      report.emit({ kind: 'task', name, ok: true });
    } catch (error) {
      if (!(error instanceof TaskFailure)) throw error;
      report.emit({ kind: 'task', name, ok: false, summary: error.message });
      status = 1;
      if (!line.foreign.has('continue')) return status;
    }
  }
  return status;
}

/** The folder that is asked about: the caller's, unless `--dir` names one, or `--module` nothing but folders. */
function inFolder(options: ReturnType<typeof parseOptions>, cwd: string): ReturnType<typeof parseOptions> {
  const { dir, modules } = options;
  const areFolders = modules.length > 0 && modules.every((name) => /[/\\]/.test(name));
  return dir !== undefined || areFolders ? options : { ...options, dir: cwd };
}
