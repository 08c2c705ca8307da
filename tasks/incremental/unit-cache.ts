import { join, resolve } from 'node:path';
import { searchFolders } from '../../natmod-rules/compile/index.ts';
import { type FileHashes, hashOf } from './file-hashes.ts';
import { flagsForbidCaching, flagsUsePaths, type UnitJob, unitFlags } from './fingerprint.ts';
import { type Inputs, isUnchanged } from './inputs.ts';
import type { ObjectCache } from './object-cache.ts';
import type { UnitInputs } from './translation-unit.ts';

/** An object in the cache that fits. */
export interface CachedUnit {
  readonly inputs: Inputs;
  /** Hash of the object, which is its key too. */
  readonly object: string;
  /** What the compiler printed: warnings. */
  readonly output: string;
}

/** Which headers an object was made of; a path is a number (see `roots`) and the rest. */
interface Variant {
  readonly files: readonly (readonly [root: number, rest: string, hash: string])[];
  readonly missing: readonly (readonly [root: number, rest: string])[];
  readonly object: string;
  readonly output: string;
}

// Branches with other headers: the last few are kept.
const MAX_VARIANTS = 16;
const ABSOLUTE = -1;

/**
 * Finds an object that was made of the same source, flags and headers, wherever that was: headers are found by their place
 * below the folders of this compilation.
 */
export function findCachedUnit(
  cache: ObjectCache,
  hashes: FileHashes,
  unit: { readonly key: string; readonly place: string },
  job: UnitJob,
): CachedUnit | undefined {
  if (flagsForbidCaching(unitFlags(job))) return undefined;
  const folders = roots(job);
  for (const key of [unit.key, placedKey(unit)]) {
    for (const { files, missing, object, output } of cache.get<Variant[]>(key)?.notes ?? []) {
      const inputs = {
        files: files.map(([root, rest, hash]) => [pathOf(folders, root, rest), hash] as const),
        missing: missing.map(([root, rest]) => pathOf(folders, root, rest)),
      };
      if (isUnchanged(inputs, hashes)) return { inputs, object, output };
    }
  }
  return undefined;
}

/** Puts an object into the cache, unless it depends on something that keys do not tell. */
export function cacheUnit(
  cache: ObjectCache,
  unit: { readonly key: string; readonly place: string },
  job: UnitJob,
  made: { readonly inputs: UnitInputs; readonly bytes: Uint8Array; readonly hash: string; readonly output: string },
): void {
  const { inputs, bytes, hash: object, output } = made;
  const flags = unitFlags(job);
  if (inputs.unsure || inputs.usesTime || flagsForbidCaching(flags)) return;
  const folders = roots(job);
  const variant: Variant = {
    files: inputs.files.map(([path, hash]) => [...splitPath(folders, path), hash] as const),
    missing: inputs.missing.map((path) => splitPath(folders, path)),
    object,
    output,
  };
  // Paths are in messages too.
  const hasPaths = inputs.usesPaths || flagsUsePaths(flags) || output !== '' || holdsAny(bytes, folders);
  const key = hasPaths ? placedKey(unit) : unit.key;
  const others = (cache.get<Variant[]>(key)?.notes ?? []).filter((other) => !isSameUnit(other, variant));
  cache.put(object, {}, bytes);
  cache.put(key, [variant, ...others].slice(0, MAX_VARIANTS));
}

function isSameUnit(a: Variant, b: Variant): boolean {
  return JSON.stringify([a.files, a.missing]) === JSON.stringify([b.files, b.missing]);
}

function holdsAny(bytes: Uint8Array, folders: readonly string[]): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return folders.some((folder) => buffer.includes(folder));
}

function placedKey({ key, place }: { readonly key: string; readonly place: string }): string {
  return hashOf(`${key} ${place}`);
}

/** Folders whose place does not count: the module's, and those that the flags name. */
function roots(job: UnitJob): string[] {
  const { quote, all, after } = searchFolders(unitFlags(job));
  return [job.cwd, ...[...quote, ...all, ...after].map((folder) => resolve(job.cwd, folder))];
}

/** The innermost folder that a path is in. */
function splitPath(folders: readonly string[], path: string): readonly [number, string] {
  let best = ABSOLUTE;
  folders.forEach((folder, index) => {
    const inside = path.startsWith(folder) && path[folder.length] === '/';
    if (inside && (best === ABSOLUTE || folder.length > folders[best]!.length)) best = index;
  });
  return best === ABSOLUTE ? [ABSOLUTE, path] : [best, path.slice(folders[best]!.length + 1)];
}

function pathOf(folders: readonly string[], root: number, rest: string): string {
  return root === ABSOLUTE ? rest : join(folders[root] ?? '/', rest);
}
