import { join, resolve } from 'node:path';
import { searchFolders } from '../../natmod-rules/compile/index.ts';
import { hashOf } from '../system/hash.ts';
import { restBelow } from '../system/inside.ts';
import { type Inputs, isUnchanged } from './observed.ts';
import type { Session } from './session.ts';
import { isHash, printable } from './shared-records.ts';
import type { UnitInputs } from './unit-inputs.ts';
import { flagsUsePaths, type UnitJob, unitFlags } from './unit-key.ts';

/** An object that fits. */
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

/** The keys under which an object can be: of this place, and of any. */
function unitRecordKeys({ key, place }: { readonly key: string; readonly place: string }): string[] {
  return [key, hashOf(`${key} ${place}`)];
}

/** Where units are looked up. */
type Known = Pick<Session, 'records' | 'hashes' | 'shared'>;

/**
 * Finds an object that was made of the same source, flags and headers, wherever that was: headers are found by their
 * place below the folders of this compilation. What only the server of a team knows is kept here; the object itself is
 * got when somebody needs it, see `findContent`.
 */
export async function findCachedUnit(
  known: Known,
  unit: { readonly key: string; readonly place: string },
  job: UnitJob,
): Promise<CachedUnit | undefined> {
  const here = findHere(known, unit, job);
  if (here !== undefined || known.shared === undefined) return here;
  // One after the other, because most objects are under the first.
  for (const key of unitRecordKeys(unit)) {
    const found = (await fetchVariants(known, key)) ? findHere(known, unit, job) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function findHere(
  { records, hashes }: Known,
  unit: { readonly key: string; readonly place: string },
  job: UnitJob,
): CachedUnit | undefined {
  const folders = roots(job);
  for (const key of unitRecordKeys(unit)) {
    for (const variant of variantsOf(records.get<unknown>('unit', key)?.value)) {
      const { files, missing, object, output } = variant;
      const inputs = {
        files: files.map(([root, rest, hash]) => [pathOf(folders, root, rest), hash] as const),
        missing: missing.map(([root, rest]) => pathOf(folders, root, rest)),
      };
      if (isUnchanged(inputs, hashes)) return { inputs, object, output };
    }
  }
  return undefined;
}

/** Keeps an object, here and on the server of a team, unless it depends on something that keys do not tell. */
export function keepUnit(
  { records, shared }: Known,
  unit: { readonly key: string; readonly place: string },
  job: UnitJob,
  made: { readonly inputs: UnitInputs; readonly bytes: Buffer; readonly output: string },
): void {
  const { inputs, bytes, output } = made;
  const flags = unitFlags(job);
  if (inputs.unsure !== undefined || inputs.usesTime) return;
  const folders = roots(job);
  const object = hashOf(bytes);
  const variant: Variant = {
    files: inputs.files.map(([path, hash]) => [...splitPath(folders, path), hash] as const),
    missing: inputs.missing.map((path) => splitPath(folders, path)),
    object,
    output,
  };
  // Paths are in messages too.
  const hasPaths = inputs.usesPaths || flagsUsePaths(flags) || output !== '' || holdsAny(bytes, folders);
  const key = unitRecordKeys(unit)[hasPaths ? 1 : 0]!;
  const others = variantsOf(records.get<unknown>('unit', key)?.value).filter((other) => !isSameUnit(other, variant));
  records.put('object', object, {}, bytes);
  const value = [variant, ...others].slice(0, MAX_VARIANTS);
  records.put('unit', key, value);
  shared?.put('unit', key, value, [bytes]);
}

/** Keeps here what a server has under a key; false when there is nothing. */
async function fetchVariants({ records, shared }: Known, key: string): Promise<boolean> {
  const found = variantsOf((await shared?.get('unit', key))?.value);
  if (found.length === 0) return false;
  const variants = found.map((variant) => ({ ...variant, output: printable(variant.output) }));
  const own = variantsOf(records.get<unknown>('unit', key)?.value);
  const others = own.filter((mine) => !variants.some((theirs) => isSameUnit(mine, theirs)));
  records.put('unit', key, [...variants, ...others].slice(0, MAX_VARIANTS));
  return true;
}

/** What a record of this kind holds; what came from elsewhere need not have the form that ours have. */
function variantsOf(value: unknown): Variant[] {
  return Array.isArray(value) ? value.slice(0, MAX_VARIANTS).filter(isVariant) : [];
}

function isVariant(value: unknown): value is Variant {
  const { files, missing, object, output } = (value ?? {}) as Partial<Variant>;
  const isPath = (entry: unknown, length: number) =>
    Array.isArray(entry) &&
    entry.length === length &&
    Number.isInteger(entry[0]) &&
    entry.slice(1).every((word) => typeof word === 'string' && !word.includes('\0'));
  return (
    Array.isArray(files) &&
    files.every((entry) => isPath(entry, 3)) &&
    Array.isArray(missing) &&
    missing.every((entry) => isPath(entry, 2)) &&
    isHash(object) &&
    typeof output === 'string'
  );
}

function isSameUnit(a: Variant, b: Variant): boolean {
  return JSON.stringify([a.files, a.missing]) === JSON.stringify([b.files, b.missing]);
}

function holdsAny(bytes: Uint8Array, folders: readonly string[]): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return folders.some((folder) => buffer.includes(folder));
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
    const inside = restBelow(path, folder) !== undefined;
    if (inside && (best === ABSOLUTE || folder.length > folders[best]!.length)) best = index;
  });
  return best === ABSOLUTE ? [ABSOLUTE, path] : [best, path.slice(folders[best]!.length + 1)];
}

function pathOf(folders: readonly string[], root: number, rest: string): string {
  return root === ABSOLUTE ? rest : join(folders[root] ?? '/', rest);
}
