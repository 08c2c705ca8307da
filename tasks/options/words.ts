import { fail } from '../../natmod-rules/problem.ts';
import { runTask } from '../report/report.ts';
import { readCommandLine } from './table.ts';

type Task = () => Promise<void>;

/**
 * Makes gulp accept words that are no tasks: `ARCH=armv7m` and the files of `gulp inspect FILE`. It also mends what
 * gulp misreads: it takes the `list` of `gulp --verbose list` for the value of --verbose and runs the default task.
 *
 * @param registry gulp, or what takes its place in tests
 * @param tasks the public tasks
 * @returns the default task
 */
export function registerWords(
  registry: { task(name: string, fn: Task): void },
  tasks: Readonly<Record<string, Task>> & { readonly build: Task },
  argv: readonly string[] = process.argv.slice(2),
): Task {
  const line = readCommandLine(argv);
  const swallowedTasks = line.swallowed.filter((word) => line.tasks.includes(word));
  const defaultTask = async () => {
    for (const name of swallowedTasks.length > 0 ? swallowedTasks : ['build']) {
      const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
      await (task ?? unknownTask(name, tasks))();
    }
  };
  defaultTask.description = 'The same as build';

  const words = [...line.assignments.map(({ name, value }) => `${name}=${value}`), ...line.files];
  for (const word of words) registry.task(word, async () => {});
  const seen = words.find((word) => !line.swallowed.includes(word));
  if (line.tasks.length === swallowedTasks.length) {
    // With no task among the words the first one stands for the default task, which gulp leaves out then.
    if (seen !== undefined) registry.task(seen, defaultTask);
  }
  return defaultTask;
}

function unknownTask(name: string, tasks: Readonly<Record<string, Task>>): Task {
  const known = Object.keys(tasks).join(', ');
  return () => runTask(() => fail('unknown-task', `there is no task '${name}'`, undefined, `tasks are ${known}`));
}
