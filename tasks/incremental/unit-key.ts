/**
 * Keys of what compilers and the linker make: everything that is known before they run. Each field says why it is
 * there.
 */
import { flagsFor, flagsNotRepeated, flagsWithoutFolders, searchFolders } from '../../natmod-rules/compile/index.ts';
import type { FileHashes } from '../system/file-hashes.ts';
import { hashOf } from '../system/hash.ts';
import { type CompilerFacts, environmentOfCompilers } from '../toolchain/answers.ts';
import type { Toolchain } from '../toolchain/find.ts';
import { filesOfFlags } from '../toolchain/flag-files.ts';
import { keyOf } from './record.ts';

/** What is common to the sources of a module. */
export interface UnitJob {
  readonly toolchain: Toolchain;
  readonly cflags: readonly string[];
  /** Absolute path. */
  readonly configHeader: string;
  readonly cwd: string;
}

/** What compiling one source depends on, headers left out: those are known only when it has been compiled. */
export interface UnitFields {
  /** Another compiler makes other code; so does another version, or one for another CPU. */
  readonly compiler: string;
  /** Flags choose code, and their order decides between them. Folders of headers count by the headers found there. */
  readonly flags: readonly string[];
  /** Files that flags name, which the compiler reads without telling in the dependency file. */
  readonly files: readonly (readonly [name: string, hash: string])[];
  /** Qstrs are numbers in the code. The header's own path lands nowhere. */
  readonly config: string;
  /** As the compiler sees it: it is in `__FILE__`, and its ending chooses the language. */
  readonly name: string;
  readonly source: string;
  /** Variables that compilers read: headers they find, the date they print, the language of what they say. */
  readonly environment: readonly (readonly [name: string, value: string])[];
}

export function unitFields(
  source: { readonly name: string; readonly hash: string },
  configHash: string,
  job: UnitJob,
  facts: CompilerFacts,
  hashes: FileHashes,
): UnitFields {
  const flags = unitFlags(job, source.name);
  return {
    compiler: facts.id,
    flags: flagsWithoutFolders(flags),
    files: filesOfFlags(flags, job.cwd, hashes),
    config: configHash,
    name: source.name,
    source: source.hash,
    environment: environmentOfCompilers(),
  };
}

export function unitKey(fields: UnitFields): string {
  return keyOf('unit', fields);
}

/** The places of a compilation; they are in objects that carry debug information or `__FILE__`, and in messages. */
export function unitPlace(job: UnitJob): string {
  const { quote, all, after } = searchFolders(unitFlags(job));
  return hashOf(JSON.stringify([job.cwd, job.configHeader, quote, all, after]));
}

/**
 * Flags in the order in which the compiler gets them, without the config header; of all languages when no source is
 * named.
 */
export function unitFlags({ toolchain, cflags }: Pick<UnitJob, 'toolchain' | 'cflags'>, source?: string): string[] {
  const { cxxFlags = [] } = toolchain;
  const flags = source === undefined ? [...cflags, ...cxxFlags] : flagsFor(source, cflags, cxxFlags);
  const own = flags.filter((word) => !word.startsWith('-DMP_CONFIGFILE='));
  return [...flagsNotRepeated(toolchain.flags, cflags), ...own];
}

/** Whether an object can have paths in it although no text of the unit asks for that. */
export function flagsUsePaths(flags: readonly string[]): boolean {
  return flags.some((flag) => /^@|^-g(?!0$|no-)|^-f(?:record|verbose-asm|debug|instrument|sanitize)/.test(flag));
}

/** Why the compiler makes more than the object, or reads more than can be told, so that nothing can be reused. */
export function hidesBehind(flags: readonly string[]): string | undefined {
  return hiddenBy(flags.find((flag) => READS.test(flag) || WRITES.test(flag)));
}

/** Why the compiler reads more than can be told. What it writes beside an object that stays where it is stays, too. */
export function readsBehind(flags: readonly string[]): string | undefined {
  return hiddenBy(flags.find((flag) => READS.test(flag)));
}

/** Whether a flag makes the compiler write a file beside the object, whose name may be in the flag. */
export function writesBeside(flag: string): boolean {
  return WRITES.test(flag);
}

function hiddenBy(flag: string | undefined): string | undefined {
  return flag === undefined ? undefined : `with ${flag} nobody can tell what the compiler reads and writes`;
}

const READS = /^-(?:fprofile|fauto-profile|fplugin|B|wrapper)/;
const WRITES = /^-(?:save-temps|fdump|ftest-coverage|-coverage|gsplit-dwarf|fstack-usage|fcallgraph|aux-info$|Wa,-a)/;

/** What a module is linked of. Our linker, which decides every byte, is in every key. */
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
  /**
   * Names of libraries start from there: a copy of the module elsewhere has others under the same names. Empty where
   * nothing is named from there.
   */
  readonly cwd: string;
  /** Where mathematical functions may be taken from; empty where they are not. */
  readonly mpyDir: string;
  /** As MPY_LD_FLAGS has them. */
  readonly names: readonly string[];
  readonly runtime: string;
  /** Compiler with the flags that choose among variants of its libraries. */
  readonly command: readonly string[];
  /** The compiler by content. */
  readonly compilers: string;
  /** What can stand in for libraries that do not fit. */
  readonly substitutes: readonly string[];
}

/**
 * The key of linking and packing. The files found as libraries, and what the compiler said of where they are, are noted
 * apart, when they have been found.
 */
export function linkKey(fields: LinkFields): string {
  return keyOf('link', fields);
}
