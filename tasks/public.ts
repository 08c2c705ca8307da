/**
 * The public tasks, by name. Each is loaded when it runs, so that a command line loads what it needs and nothing else.
 */
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';
import type { TaskName } from './options/tasks.ts';

/** @throws NatmodError for what the user can mend; TaskFailure when everything has been told */
export type Task = (options: Options, context: Context) => Promise<void>;

const load: Readonly<Record<TaskName, () => Promise<Task>>> = {
  build: async () => (await import('./build.ts')).build,
  watch: async () => (await import('./watch.ts')).watch,
  size: async () => (await import('./size.ts')).size,
  clean: async () => (await import('./clean.ts')).clean,
  cache: async () => (await import('./cache.ts')).cache,
  list: async () => (await import('./list.ts')).list,
  sources: async () => (await import('./sources.ts')).sources,
  inspect: async () => (await import('./inspect.ts')).inspect,
  where: async () => (await import('./where.ts')).where,
  gdb: async () => (await import('./gdb.ts')).gdb,
  'compile-commands': async () => (await import('./compile-commands.ts')).compileCommands,
  run: async () => (await import('./run.ts')).run,
  repl: async () => (await import('./repl.ts')).repl,
  test: async () => (await import('./test.ts')).test,
  deploy: async () => (await import('./deploy.ts')).deploy,
  package: async () => (await import('./package.ts')).package,
  compilers: async () => (await import('./compilers.ts')).compilers,
  runtimes: async () => (await import('./runtimes.ts')).runtimes,
};

/** Runs a public task. */
export async function runPublicTask(name: TaskName, options: Options, context: Context): Promise<void> {
  const task = await load[name]();
  await task(options, context);
}
