// The public tasks. Each loads what it needs when it runs, so that `gulp --tasks` loads next to nothing.
import gulp from 'gulp';
import { descriptions, flagsOf } from './tasks/options/help.ts';
import { registerWords } from './tasks/options/words.ts';

export async function build(): Promise<void> {
  await (await import('./tasks/build.ts')).build();
}
build.description = descriptions.build;
build.flags = flagsOf.build;

export async function watch(): Promise<void> {
  await (await import('./tasks/watch.ts')).watch();
}
watch.description = descriptions.watch;
watch.flags = flagsOf.watch;

export async function size(): Promise<void> {
  await (await import('./tasks/size.ts')).size();
}
size.description = descriptions.size;
size.flags = flagsOf.size;

export async function clean(): Promise<void> {
  await (await import('./tasks/clean.ts')).clean();
}
clean.description = descriptions.clean;
clean.flags = flagsOf.clean;

export async function cache(): Promise<void> {
  await (await import('./tasks/cache.ts')).cache();
}
cache.description = descriptions.cache;
cache.flags = flagsOf.cache;

export async function list(): Promise<void> {
  await (await import('./tasks/list.ts')).list();
}
list.description = descriptions.list;
list.flags = flagsOf.list;

export async function sources(): Promise<void> {
  await (await import('./tasks/sources.ts')).sources();
}
sources.description = descriptions.sources;

export async function inspect(): Promise<void> {
  await (await import('./tasks/inspect.ts')).inspect();
}
inspect.description = descriptions.inspect;

export async function run(): Promise<void> {
  await (await import('./tasks/run.ts')).run();
}
run.description = descriptions.run;
run.flags = flagsOf.run;

export async function repl(): Promise<void> {
  await (await import('./tasks/repl.ts')).repl();
}
repl.description = descriptions.repl;
repl.flags = flagsOf.repl;

export async function test(): Promise<void> {
  await (await import('./tasks/test.ts')).test();
}
test.description = descriptions.test;
test.flags = flagsOf.test;

export async function runtimes(): Promise<void> {
  await (await import('./tasks/runtimes.ts')).runtimes();
}
runtimes.description = descriptions.runtimes;
runtimes.flags = flagsOf.runtimes;

export async function deploy(): Promise<void> {
  await (await import('./tasks/deploy.ts')).deploy();
}
deploy.description = descriptions.deploy;
deploy.flags = flagsOf.deploy;

async function packageTask(): Promise<void> {
  await (await import('./tasks/package.ts')).package();
}
packageTask.description = descriptions.package;
packageTask.flags = flagsOf.package;

export { packageTask as package };

export async function compileCommands(): Promise<void> {
  await (await import('./tasks/compile-commands.ts')).compileCommands();
}
compileCommands.displayName = 'compile-commands';
compileCommands.description = descriptions['compile-commands'];
compileCommands.flags = flagsOf['compile-commands'];

export default registerWords(gulp, {
  'compile-commands': compileCommands,

  build,
  watch,
  size,
  clean,
  cache,
  list,
  sources,
  inspect,
  run,
  repl,
  test,
  runtimes,
  deploy,
  package: packageTask,
});
