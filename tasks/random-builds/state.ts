/**
 * What a random project is at one moment, and the operations that lead from one moment to the next. An operation is
 * plain data: it is done to the state in memory and to any number of folders, and a list of them can be printed,
 * shortened and done again.
 */
import {
  chmodSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.cjs';

/** A file: text, or a link to something else. */
export type Entry = { readonly text: string; readonly isProgram?: boolean } | { readonly link: string };

/** How a build is asked for. */
export interface Settings {
  readonly arch: string;
  /** Words such as `CFLAGS_EXTRA=-DX=1`. */
  readonly words: readonly string[];
  /** Command of the compiler; undefined: the usual one on PATH. */
  readonly cc: string | undefined;
  /** Folders of the project at the head of PATH. */
  readonly path: readonly string[];
  /** Variables of the environment; `@` in a value is the project's folder. */
  readonly env: Readonly<Record<string, string>>;
}

export interface State {
  /** By path below the project's folder, with `/`. */
  readonly files: Map<string, Entry>;
  settings: Settings;
}

export type Operation =
  /** Writes a file. `time: 'kept'` gives it the time that the old one had, `inPlace` writes into the old one. */
  | {
      readonly op: 'write';
      readonly path: string;
      readonly entry: Entry;
      readonly time?: 'kept';
      readonly inPlace?: boolean;
    }
  | { readonly op: 'touch'; readonly path: string }
  | { readonly op: 'rename'; readonly from: string; readonly to: string }
  | { readonly op: 'remove'; readonly path: string }
  /** Removes a folder and makes it again as it was, now. */
  | { readonly op: 'again'; readonly path: string }
  | { readonly op: 'settings'; readonly settings: Settings }
  /** Removes what builds have made. */
  | { readonly op: 'clean' };

/** Does an operation to the state in memory. */
export function advance(state: State, operation: Operation): void {
  const { files } = state;
  switch (operation.op) {
    case 'write':
      files.set(operation.path, operation.entry);
      return;
    case 'rename': {
      for (const [path, entry] of [...files]) {
        const moved = underOther(path, operation.from, operation.to);
        if (moved === undefined) continue;
        files.delete(path);
        files.set(moved, entry);
      }
      return;
    }
    case 'remove':
      for (const path of [...files.keys()]) if (underOther(path, operation.path, '') !== undefined) files.delete(path);
      return;
    case 'settings':
      state.settings = operation.settings;
  }
}

/** Does an operation to a folder that was as `state` says. */
export function perform(folder: string, state: State, operation: Operation): void {
  switch (operation.op) {
    case 'write':
      writeEntry(join(folder, operation.path), operation);
      return;
    case 'touch': {
      const now = new Date();
      if (isThere(join(folder, operation.path))) utimesSync(join(folder, operation.path), now, now);
      return;
    }
    case 'rename':
      // Empty folders of files that were there once can stand in the way.
      removeAll(join(folder, operation.to));
      makeFolders(dirname(join(folder, operation.to)));
      renameSync(join(folder, operation.from), join(folder, operation.to));
      return;
    case 'remove':
      removeAll(join(folder, operation.path));
      return;
    case 'again': {
      removeAll(join(folder, operation.path));
      makeFolders(join(folder, operation.path));
      for (const [path, entry] of state.files)
        if (path.startsWith(`${operation.path}/`)) writeEntry(join(folder, path), { entry });
      return;
    }
    case 'clean':
      removeBuilt(folder);
      return;
  }
}

/** Removes what builds have made. */
export function removeBuilt(folder: string): void {
  for (const name of ['build-x64', 'build-armv7m', 'm.mpy', 'shared-build']) removeAll(join(folder, 'm', name));
}

const REMOVALS = 100;

/** A build that goes on, as in watch, may write into a folder while it is removed; people would remove it again. */
function removeAll(path: string): void {
  for (let left = REMOVALS; ; left--) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if (left === 0 || (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}

/** Writes all files into a new folder. */
export function writeProject(folder: string, { files }: State): void {
  for (const [path, entry] of files) writeEntry(join(folder, path), { entry });
}

function writeEntry(
  path: string,
  { entry, time, inPlace }: { readonly entry: Entry; readonly time?: 'kept'; readonly inPlace?: boolean },
): void {
  makeFolders(dirname(path));
  if ('link' in entry) {
    rmSync(path, { recursive: true, force: true });
    symlinkSync(entry.link, path);
    return;
  }
  const before = time === 'kept' && isThere(path) ? statSync(path) : undefined;
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (inPlace !== true || isLink) rmSync(path, { recursive: true, force: true });
  writeFileSync(path, Buffer.from(entry.text, 'latin1'));
  if (entry.isProgram) chmodSync(path, 0o755);
  if (before !== undefined) utimesSync(path, before.atimeMs / 1000, before.mtimeMs / 1000);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The path with `to` in place of `from`; undefined when it is not inside of that. */
function underOther(path: string, from: string, to: string): string | undefined {
  if (path === from) return to;
  return path.startsWith(`${from}/`) ? to + path.slice(from.length) : undefined;
}

/** Whether a folder has what the state says; for faults of this search itself. */
export function isAsSaid(folder: string, { files }: State): boolean {
  return [...files].every(([path, entry]) => {
    const full = join(folder, path);
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    if ('link' in entry) return stat.isSymbolicLink() && readlinkSync(full) === entry.link;
    return readFileSync(full, 'latin1') === entry.text;
  });
}

/** One line for people. */
export function describe(operation: Operation, state: State): string {
  switch (operation.op) {
    case 'write':
      return describeWrite(operation, state);
    case 'rename':
      return `rename ${operation.from} to ${operation.to}`;
    case 'settings':
      return describeSettings(state.settings, operation.settings);
    case 'again':
      return `remove the folder ${operation.path} and make it again`;
    case 'clean':
      return 'remove what was built';
    default:
      return `${operation.op} ${operation.path}`;
  }
}

function describeWrite(operation: Operation & { readonly op: 'write' }, { files }: State): string {
  const { path, entry, time, inPlace } = operation;
  if ('link' in entry) return `link ${path} to ${entry.link}`;
  const before = files.get(path);
  const how = `${time === 'kept' ? ', time stamp as before' : ''}${inPlace ? ', in place' : ''}`;
  if (before === undefined || 'link' in before) return `new ${path}: ${short(entry.text)}`;
  const flag = /-DTOOL=\d{3}/.exec(entry.text)?.[0];
  if (entry.text.startsWith('\x7fELF') && flag !== undefined) return `a compiler with ${flag} in ${path}${how}`;
  const old = before.text.split('\n');
  const lines = entry.text.split('\n').filter((line) => !old.includes(line));
  return `edit ${path}${how}: ${short(lines.join(' | ') || '(lines removed)')}`;
}

function describeSettings(before: Settings, after: Settings): string {
  const changed = Object.keys(after) as (keyof Settings)[];
  return changed
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} = ${JSON.stringify(after[name])}`)
    .join(', ');
}

function short(text: string): string {
  const line = text
    .trim()
    .replaceAll('\n', ' | ')
    .replace(/[^ -~]+/g, '?');
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
