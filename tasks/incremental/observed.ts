import { type FileHashes, steadyEnvironment } from '../system/file-hashes.ts';
import type { Trace } from '../system/file-trace.ts';
import { hashOf } from '../system/hash.ts';

/**
 * What something was made of, as far as it was observed: files with the hashes of their content, things that only have
 * to be there, and names that were looked for and led nowhere. When a file appears under such a name it goes before one
 * that was used, so what was made is no longer right.
 */
export interface Inputs {
  readonly files: readonly (readonly [path: string, hash: string])[];
  readonly there?: readonly string[];
  readonly missing: readonly string[];
  /** Folders whose names were listed, with the hash of those. */
  readonly folders?: readonly (readonly [path: string, names: string])[];
  /** Links that were followed, with where they lead. */
  readonly links?: readonly (readonly [path: string, end: string])[];
  /** Programs that were searched. */
  readonly programs?: readonly (readonly [name: string, cwd: string, found: string, content: string])[];
  readonly environment?: Environment;
}

/** Variables of the environment, with hashes in the place of their values, which may be secret. */
export interface Environment extends EnvironmentNames {
  /** Of the whole environment: as long as that is the same nothing else has to be looked at. */
  readonly whole: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Which variables count, also when they are not set. */
export interface EnvironmentNames {
  readonly names: readonly string[];
  /** Regular expressions. */
  readonly patterns: readonly string[];
}

export const noInputs: Inputs = { files: [], missing: [] };

/** Whether nothing of it has changed. */
export function isUnchanged(inputs: Inputs, hashes: FileHashes): boolean {
  return differenceFrom(inputs, hashes) === undefined;
}

/** The first thing that is not as it was observed, in words; undefined when everything is. */
export function differenceFrom(inputs: Inputs, hashes: FileHashes): string | undefined {
  const { files, there = [], missing, folders = [], links = [], programs = [], environment } = inputs;
  for (const [path, hash] of files) {
    const now = hashes.hash(path);
    if (now !== hash) return `${path} ${now === undefined ? 'is gone' : 'changed'}`;
  }
  for (const path of there) if (!hashes.exists(path)) return `${path} is gone`;
  for (const path of missing) if (hashes.exists(path)) return `${path} is new`;
  for (const [path, names] of folders) if (hashes.names(path) !== names) return `there are other names in ${path}`;
  for (const [path, end] of links) if (hashes.end(path) !== end) return `${path} leads elsewhere`;
  for (const [name, cwd, found, content] of programs) {
    const now = hashes.program(name, cwd);
    if (now !== found) return `${name} is ${now === '' ? 'gone' : now}${found === '' ? '' : `, it was ${found}`}`;
    if (contentOf(now, hashes) !== content) return `${now} changed`;
  }
  return environment === undefined || environment.whole === hashes.environment()
    ? undefined
    : environmentDifference(environment, hashes);
}

/**
 * The inputs behind a trace; every file counts by its content. Undefined when one of them changed after `begun`
 * (milliseconds since 1970), or since something was asked for that was used, so that nobody knows which content was
 * used, or when something cannot be observed.
 */
export function inputsOf(trace: Trace, hashes: FileHashes, begun: number): Inputs | undefined {
  if (trace.unsure !== undefined) return undefined;
  const start = Math.min(begun, trace.usedSince);
  const files: [string, string][] = [];
  const there: string[] = [];
  for (const path of trace.there) {
    if (hashes.hash(path) === undefined) {
      there.push(path);
      continue;
    }
    const hash = hashes.hashReadSince(path, start);
    if (hash === undefined) return undefined;
    files.push([path, hash]);
  }
  const programs = [...trace.programs.values()].map(({ name, cwd, found = '' }): [string, string, string, string] => {
    return [name, cwd, found, contentOf(found, hashes)];
  });
  const folders = [...trace.folders].map((path): [string, string] => [path, hashes.names(path)]);
  return { files, there, missing: [...trace.missing], programs, folders };
}

function contentOf(program: string, hashes: FileHashes): string {
  return program === '' ? '' : (hashes.hash(program) ?? '');
}

/** The variables of those names as they are now. */
export function observeEnvironment({ names, patterns }: EnvironmentNames, hashes: FileHashes): Environment {
  const plain = new Set(names);
  const expressions = patterns.map((pattern) => new RegExp(pattern));
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(steadyEnvironment()).sort()) {
    const counts = plain.has(name) || expressions.some((expression) => expression.test(name));
    if (counts && value !== undefined) values[name] = hashOf(value);
  }
  return { whole: hashes.environment(), names, patterns, values };
}

function environmentDifference(noted: Environment, hashes: FileHashes): string | undefined {
  const { values } = observeEnvironment(noted, hashes);
  for (const name of new Set([...Object.keys(values), ...Object.keys(noted.values)])) {
    if (values[name] !== noted.values[name]) return `the variable ${name} of the environment changed`;
  }
  return undefined;
}
