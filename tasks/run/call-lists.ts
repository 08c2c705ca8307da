/**
 * Lists of calls beside a module's tests, `test*.calls.json`: what its native part does where no MicroPython runs. A
 * list is an array of steps; `gives` is Python's repr of the value, a float with three decimals, or the name of the
 * exception:
 *
 *     [{ "value": { "list": [3, 1] } }, { "call": "heappop", "args": [{ "step": 0 }], "gives": "1" }]
 *
 * A value is null, true, an integer, a text, { "float": number }, { "bytes": text }, { "bytearray": text }, { "file":
 * text } (io.BytesIO), { "list": [...] }, { "tuple": [...] } or { "step": n }, the value of an earlier step; of
 * one that raised an exception, its first argument. The characters of a text of bytes are bytes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { namesIn } from '../system/if-there.ts';
import type { Call, Value } from './xtensa.ts';

export interface CallList {
  /** File name. */
  readonly name: string;
  readonly calls: readonly Call[];
  /** The line that each call prints; undefined where any will do. */
  readonly gives: readonly (string | undefined)[];
}

/** The lists in a module's folder, by name. Errors: `bad-calls` with file and step. */
export async function findCallLists(dir: string): Promise<CallList[]> {
  const names = namesIn(dir)
    .filter((name) => /^test.*\.calls\.json$/.test(name))
    .sort();
  return Promise.all(names.map(async (name) => readCallList(name, await readFile(join(dir, name), 'utf8'))));
}

/** Whether a file is a list of calls, by its name. */
export function isCallList(path: string): boolean {
  return path.endsWith('.calls.json');
}

/** @param text the file's */
export function readCallList(name: string, text: string): CallList {
  const steps = parse(name, text);
  return {
    name,
    calls: steps.map((step, index) => callOf(step, (what) => bad(name, `step ${index}: ${what}`))),
    gives: steps.map(({ gives }) => (typeof gives === 'string' ? gives : undefined)),
  };
}

/** What is wrong with the lines that calls printed, as a sentence; undefined when nothing is. */
export function compareCalls({ name, calls, gives }: CallList, lines: readonly string[]): string | undefined {
  const at = gives.findIndex((wanted, index) => wanted !== undefined && wanted !== lines[index]);
  if (at < 0)
    return lines.length === calls.length ? undefined : `${name}: ${lines.length} of ${calls.length} steps ended`;
  return `${name}: step ${at} gives ${lines[at] ?? 'nothing'} instead of ${gives[at]}`;
}

type Step = Readonly<Record<string, unknown>>;
type Wrong = (what: string) => never;

function bad(file: string, message: string): never {
  return fail('bad-calls', message, { file }, 'tasks/run/call-lists.ts says how such a list is written');
}

function parse(file: string, text: string): readonly Step[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return bad(file, `this is not JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(value) || !value.every((step) => typeof step === 'object' && step !== null)) {
    return bad(file, 'a list of calls is an array of steps');
  }
  return value as Step[];
}

function callOf({ call, method, of, args = [], value }: Step, wrong: Wrong): Call {
  const values = () => (Array.isArray(args) ? args.map((one) => readValue(one, wrong)) : wrong('args is no array'));
  if (typeof call === 'string') return { call, args: values() };
  if (typeof method === 'string') return { method, of: readValue(of, wrong), args: values() };
  return value === undefined ? wrong('it has none of call, method and value') : { value: readValue(value, wrong) };
}

function readValue(given: unknown, wrong: Wrong): Value {
  if (given === null || typeof given === 'boolean' || typeof given === 'string') return given;
  if (typeof given === 'number' && Number.isInteger(given)) return given;
  const { bytes, bytearray, file, float, list, tuple, step } = (typeof given === 'object' ? given : {}) as Step;
  if (typeof bytes === 'string') return Buffer.from(bytes, 'latin1');
  if (typeof bytearray === 'string') return { bytearray: Buffer.from(bytearray, 'latin1') };
  if (typeof file === 'string') return { file: Buffer.from(file, 'latin1') };
  if (typeof float === 'number') return { float };
  if (typeof step === 'number') return { step };
  if (Array.isArray(list)) return { list: list.map((one) => readValue(one, wrong)) };
  if (Array.isArray(tuple)) return { tuple: tuple.map((one) => readValue(one, wrong)) };
  return wrong(`${JSON.stringify(given)} is no value`);
}
