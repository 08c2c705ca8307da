/**
 * Fingerprints: hashes of everything that something depends on. A field more costs a rebuild too many now and then, a field
 * less makes a build that is wrong, so each field says why it is there.
 */
import { resolve } from 'node:path';
import { flagsFor, flagsNotRepeated, flagsWithoutFolders, searchFolders } from '../../natmod-rules/compile/index.ts';
import { findProgram } from '../system/find-program.ts';
import type { CompilerFacts } from '../toolchain/answers.ts';
import type { Toolchain } from '../toolchain/find.ts';
import { type FileHashes, hashOf } from './file-hashes.ts';
import { ownVersion } from './own-version.ts';

// Part of every fingerprint: changes when fields of another version of natmod must not be taken for those of this one.
const LAYOUT = 1;

/** What is common to the sources of a module. */
export interface UnitJob {
  readonly toolchain: Toolchain;
  readonly cflags: readonly string[];
  /** Absolute path. */
  readonly configHeader: string;
  readonly cwd: string;
}

/** The fingerprint of compiling one source, headers left out: those are known only when it has been compiled. */
export function unitKey(
  source: { readonly name: string; readonly hash: string },
  configHash: string,
  job: UnitJob,
  facts: CompilerFacts,
  hashes: FileHashes,
): string {
  const flags = unitFlags(job, source.name);
  return fingerprint('unit', {
    /** Another compiler makes other code; so does another version, or one for another CPU. */
    compiler: facts.id,
    /** Flags choose code, and their order decides between them. Folders of headers count by the headers found there. */
    flags: flagsWithoutFolders(flags),
    /** Flags that name files the compiler reads without telling in the dependency file. */
    files: filesOfFlags(flags, job.cwd, facts, hashes),
    /** Qstrs are numbers in the code. The header's own path lands nowhere. */
    config: configHash,
    /** As the compiler sees it: it is in `__FILE__`, and its ending chooses the language. */
    name: source.name,
    source: source.hash,
    /** Chooses what `__DATE__` says. */
    epoch: process.env.SOURCE_DATE_EPOCH,
  });
}

/** The places of a compilation; they are in objects that carry debug information or `__FILE__`, and in messages. */
export function unitPlace(job: UnitJob): string {
  const { quote, all, after } = searchFolders(unitFlags(job));
  return fingerprint('place', [job.cwd, job.configHeader, quote, all, after]);
}

/** Flags in the order in which the compiler gets them, without the config header; of all languages when no source is named. */
export function unitFlags({ toolchain, cflags }: Pick<UnitJob, 'toolchain' | 'cflags'>, source?: string): string[] {
  const { cxxFlags = [] } = toolchain;
  const flags = source === undefined ? [...cflags, ...cxxFlags] : flagsFor(source, cflags, cxxFlags);
  const own = flags.filter((word) => !word.startsWith('-DMP_CONFIGFILE='));
  return [...flagsNotRepeated(toolchain.flags, cflags), ...own];
}

/** Whether an object can have paths in it although no text of the unit asks for that. */
export function flagsUsePaths(flags: readonly string[]): boolean {
  return flags.some((flag) => /^-g(?!0$|no-)|^-f(?:record|verbose-asm|debug|instrument|sanitize)/.test(flag));
}

/** Whether the compiler makes more than the object, or reads more than can be told, so that a copy would not do. */
export function flagsForbidCaching(flags: readonly string[]): boolean {
  const pattern =
    /^-(?:save-temps|fdump|ftest-coverage|-coverage|fprofile|gsplit-dwarf|fstack-usage|fcallgraph|fplugin|B|wrapper)/;
  return flags.some((flag) => pattern.test(flag) || flag === '-aux-info' || flag.startsWith('-Wa,-a'));
}

function filesOfFlags(flags: readonly string[], cwd: string, facts: CompilerFacts, hashes: FileHashes): unknown[] {
  const found: unknown[] = [];
  for (const flag of flags) {
    const name = /^(?:-{1,2}specs=|-fplugin=|-fprofile-use=|@)(.+)$/.exec(flag)?.[1];
    if (name === undefined) continue;
    // A specs file without a folder is one of the compiler's own.
    found.push([flag, hashes.hash(resolve(cwd, name)) ?? facts.installation]);
  }
  return found;
}

/** What makes bytecode of a Python source. */
export interface PartFields {
  readonly command: readonly string[];
  /** Files besides the program that decide what it makes. */
  readonly files: readonly string[];
  readonly flags: readonly string[];
  readonly name: string;
  readonly source: string;
}

/** The fingerprint of compiling one Python source. */
export function partKey({ command, files, flags, name, source }: PartFields, hashes: FileHashes): string {
  const programs = command.map((word) => findProgram(word, '/') ?? word);
  return fingerprint('part', {
    /** mpy-cross of another version makes other bytecode. Node itself does not count where it only runs the WebAssembly. */
    mpyCross: files.length > 0 ? files.map((path) => hashes.hash(path)) : programs.map((p) => hashes.hash(p) ?? p),
    /** They choose optimisation and, for native code, the architecture. */
    flags,
    /** It is the file name in tracebacks. */
    name,
    source,
  });
}

/** What a module is linked of. */
export interface LinkFields {
  readonly arch: string;
  readonly name: string;
  readonly sourceName: string | undefined;
  readonly archFlags: number;
  /** Names of the passes that make it smaller. */
  readonly compact: readonly string[];
  readonly qstrs: readonly string[];
  /** Names and content hashes, in link order. */
  readonly objects: readonly (readonly [name: string, hash: string])[];
  readonly parts: readonly (readonly [name: string, hash: string])[];
  readonly externs: readonly (readonly [path: string, hash: string | undefined])[];
  /** Undefined when no library is asked for. */
  readonly libraries: LibraryFields | undefined;
}

export interface LibraryFields {
  /** As MPY_LD_FLAGS has them. */
  readonly names: readonly string[];
  readonly runtime: string;
  /** Compiler with the flags that choose among variants of its libraries. */
  readonly command: readonly string[];
  /** What is installed beside the compiler. */
  readonly installation: string;
  /** What can stand in for libraries that do not fit. */
  readonly substitutes: readonly string[];
}

/** The fingerprint of linking and packing; the files found as libraries are noted apart, when they have been found. */
export function linkKey(fields: LinkFields): string {
  return fingerprint('link', {
    /** Our linker decides every byte. */
    natmod: ownVersion(),
    ...fields,
  });
}

function fingerprint(kind: string, fields: unknown): string {
  return hashOf(JSON.stringify([LAYOUT, kind, fields]));
}
