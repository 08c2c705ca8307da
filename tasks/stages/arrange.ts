import { resolve } from 'node:path';
import { intermediatePath } from '../../natmod-rules/compile/index.ts';
import { makeFile, type Stage, type StageFile, stage } from './stage.ts';

export interface MadeFiles {
  /** Objects and Python parts that something else has made, as the module's description names them. */
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[];
  /** Sources that they were made of. */
  readonly replaced: ReadonlySet<string>;
}

/**
 * Drops sources that were compiled elsewhere, when nothing but their text was of interest, and brings what they became.
 */
export function takeMade({ files, replaced }: MadeFiles, cwd: string): Stage<'takeMade'> {
  return stage('natmod-take-made', async function* (input) {
    for await (const file of input) {
      if (file.natmod?.kind !== 'source' || !replaced.has(file.natmod.name)) yield file;
    }
    for (const { name, bytes } of files) {
      const note = name.endsWith('.mpy') ? { kind: 'python' as const } : { kind: 'object' as const, name };
      const file = makeFile(cwd, name, bytes, note);
      file.path = resolve(cwd, name);
      yield file;
    }
  });
}

/**
 * Puts objects and Python parts into an order; other files go first.
 * @param order sources, or files that `takeMade` brought
 */
export function arrange(order: readonly string[], cwd: string, buildDir: string): Stage<'arrange'> {
  const places = new Map<string, number>();
  order.forEach((name, place) => {
    places.set(resolve(cwd, name), place);
    for (const suffix of ['.o', '.mpy']) places.set(resolve(buildDir, intermediatePath(name, suffix)), place);
  });
  return stage('natmod-arrange', async function* (input) {
    const all: StageFile[] = [];
    for await (const file of input) all.push(file);
    const place = (file: StageFile) => places.get(resolve(file.path)) ?? -1;
    yield* all.sort((a, b) => place(a) - place(b));
  });
}
