import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { compareNumbered } from '../bootstrap/numbered.mjs';
import { namesIn } from '../system/if-there.ts';
import { isFile } from '../system/look.ts';

/** A test of a module. */
export interface TestFile {
  /** Absolute path. */
  readonly path: string;
  /** As people call it: path inside the module's folder. */
  readonly name: string;
  /** What it must print; undefined when only its exit status counts. */
  readonly expected: string | undefined;
}

/**
 * `test*.py` in the module's folder, and all of `tests/` beside them but for helpers that begin with `_`.
 * @param sources what the module is made of, by paths that start from its folder: a part of it is no test
 */
export async function findTests(dir: string, sources: readonly string[] = []): Promise<TestFile[]> {
  const parts = new Set(sources.map((source) => resolve(dir, source)));
  const beside = (await names(dir)).filter((name) => /^test.*\.py$/.test(name));
  const below = (await names(join(dir, 'tests'))).filter((name) => /^[^_.].*\.py$/.test(name));
  const all = [...beside, ...below.map((name) => `tests/${name}`)].filter((name) => !parts.has(resolve(dir, name)));
  return Promise.all(all.map((name) => describeTest(dir, name)));
}

async function describeTest(dir: string, name: string): Promise<TestFile> {
  const path = join(dir, name);
  const expected = isFile(`${path}.exp`) ? await readFile(`${path}.exp`, 'utf8') : undefined;
  return { path, name, expected };
}

function names(folder: string): string[] {
  return namesIn(folder).sort(compareNumbered);
}

/** How a test says that it cannot run here: it prints this and nothing else. */
export const SKIP = 'SKIP';

/** Judges the output of a test that ended well. @returns why it failed, or undefined */
export function compareOutput(output: string, test: TestFile): string | undefined {
  if (test.expected === undefined) return undefined;
  const got = lines(output);
  const wanted = lines(test.expected);
  const at = wanted.findIndex((line, index) => line !== got[index]);
  if (at < 0 && got.length === wanted.length) return undefined;
  const line = at < 0 ? wanted.length : at;
  const show = (text: string | undefined) => (text === undefined ? 'the end' : JSON.stringify(text));
  return `line ${line + 1} of the output is ${show(got[line])}, ${basename(test.path)}.exp has ${show(wanted[line])}`;
}

function lines(text: string): string[] {
  return text.replaceAll('\r\n', '\n').replace(/\n+$/, '').split('\n');
}
