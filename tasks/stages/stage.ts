import type { Transform } from 'node:stream';
import PluginError from 'plugin-error';
import { objectTransform } from 'through2';
import Vinyl from 'vinyl';
import type { MpyFile } from '../../natmod-rules/package/types.ts';
import { fail, NatmodError, type Problem } from '../../natmod-rules/problem.ts';
import type { Sizes } from '../report/events.ts';

export type { Sizes as ModuleSizes };

/** What our stages note on a file for those behind them. */
export type FileNote =
  | { readonly kind: 'config'; readonly qstrs: readonly string[] }
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'object'; readonly name: string }
  | { readonly kind: 'python' }
  | { readonly kind: 'module'; readonly sizes: Sizes | undefined; readonly linked?: Linked };

/**
 * What the linker has written: its own copy of the bytes, and what they say. They count for a file that still has these
 * bytes.
 */
export interface Linked {
  readonly bytes: Uint8Array;
  readonly mpy: MpyFile;
}

/** A file whose contents are in memory. */
export type StageFile = Vinyl & { contents: Buffer; natmod?: FileNote };

/** The error of a stage as gulp knows it; `problems` has what `message` says, piece by piece. */
export interface StageError extends PluginError {
  readonly problems: readonly Problem[];
}

/**
 * A transform stream over vinyl files. Files without contents pass by; streaming contents are refused. A NatmodError
 * becomes a PluginError without a stack; any other error is a bug and keeps its stack.
 *
 * @param plugin name in errors
 * @param body takes the files and yields what comes out
 */
export function stage(plugin: string, body: (files: AsyncIterable<StageFile>) => AsyncIterable<Vinyl>): Transform {
  const transform = objectTransform(async function* (source: AsyncIterable<unknown>) {
    const folders: Vinyl[] = [];
    try {
      yield* body(withContents(source, folders));
      yield* folders;
    } catch (error) {
      throw toPluginError(plugin, error);
    }
  });
  return transform as unknown as Transform;
}

/**
 * One of our stages as a stream. The name is for the compiler only: where an order of stages is asked for, another one
 * is an error.
 */
export type Stage<Name extends string> = Transform & { readonly stage?: Name };

/**
 * Refuses a file that an earlier stage should have made into something else; without a word it would be missing in the
 * module.
 * @throws NatmodError `missing-stage`
 */
export function missingStage(stageName: string, got: string, needed: string): never {
  const message = `${stageName}() got ${got}, and ${needed}() is not before it`;
  return fail('missing-stage', message, undefined, 'the order is preprocess, mpyCross, compile, link, pack, save');
}

/** Makes a file that a later stage or `dest()` takes: `path` relative to `base`. */
export function makeFile(base: string, path: string, contents: Uint8Array | string, natmod: FileNote): StageFile {
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : asBuffer(contents);
  const file = new Vinyl({ cwd: base, base, path: `${base}/${path}`, contents: bytes });
  return Object.assign(file, { natmod }) as StageFile;
}

/** The problems inside an error of a stage, or undefined when it is a bug. */
export function problemsOf(error: unknown): readonly Problem[] | undefined {
  if (error instanceof NatmodError) return error.problems;
  if (error instanceof PluginError) return (error as Partial<StageError>).problems;
  return undefined;
}

async function* withContents(source: AsyncIterable<unknown>, rest: Vinyl[]): AsyncGenerator<StageFile> {
  for await (const file of source) {
    if (!Vinyl.isVinyl(file)) fail('no-vinyl', 'something that is no vinyl file came down the stream');
    if (file.isNull()) rest.push(file);
    else if (file.isBuffer()) yield file as StageFile;
    else fail('stream-contents', 'streaming contents are not supported', { file: file.path }, 'read files as buffers');
  }
}

function toPluginError(plugin: string, error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  if (!(error instanceof NatmodError)) return new PluginError(plugin, error as Error, { showStack: true });
  const wrapped = new PluginError(plugin, { message: error.message, showStack: false });
  // Not enumerable, because gulp prints all other properties of an error.
  return Object.defineProperty(wrapped, 'problems', { value: error.problems });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
