// The public tasks. Each loads what it needs when it runs, so that `gulp --tasks` loads next to nothing.
import gulp from 'gulp';
import { descriptions, flagsOf } from './tasks/help.ts';
import { registerWords } from './tasks/words.ts';

export async function build(): Promise<void> {
  await (await import('./tasks/build.ts')).build();
}
build.description = descriptions.build;
build.flags = flagsOf.build;

export async function clean(): Promise<void> {
  await (await import('./tasks/clean.ts')).clean();
}
clean.description = descriptions.clean;
clean.flags = flagsOf.clean;

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

export default registerWords(gulp, { build, clean, list, sources, inspect });
