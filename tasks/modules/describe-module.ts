import { join } from 'node:path';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import {
  checkModuleName,
  isCxx,
  joinWords,
  type Level,
  type LinkerFlags,
  readLevel,
  readLinkerFlags,
  readSanitizers,
  type Sanitizers,
  sourceKind,
  withTlsAsData,
} from '../../natmod-rules/compile/index.ts';
import type { CompactChoice } from '../../natmod-rules/link/shrink/passes.ts';
import { fail, NatmodError, type Problem } from '../../natmod-rules/problem.ts';
import { cachedTrees } from '../bootstrap/sources.mjs';
import type { Together } from '../make/ask.ts';
import { neededHostArch } from '../make/host-arch.ts';
import { refusesArch } from '../make/messages.ts';
import type { FolderNotes } from '../make/own-rules.ts';
import { type Probe, type ProbeHow, probeModule } from '../make/probe.ts';
import { type MadeFile, runMakeWork } from '../make/run.ts';
import { splitNames } from '../make/variables.ts';
import { findInputs, type MakeWork } from '../make/work.ts';
import type { Options } from '../options/options.ts';
import { type Report, silentReport } from '../report/report.ts';
import { exists } from '../system/look.ts';
import { sdkDir } from '../system/project.ts';
import { CompilerAnswers } from '../toolchain/answers.ts';
import { lackOfCxx, withCxxRuntime } from '../toolchain/cxx.ts';
import { findToolchain, type Toolchain, type ToolchainWishes, usualCompilerNames } from '../toolchain/find.ts';
import { hasConfig, type ModuleSource } from './find.ts';
import { type Place, placeOf } from './place.ts';

/** All that is known of one module for one architecture before anything is compiled. */
export interface ModulePlan {
  readonly module: ModuleSource;
  readonly arch: Arch;
  /** MOD. */
  readonly name: string;
  /** SRC in order, each once. */
  readonly sources: readonly string[];
  readonly cflags: readonly string[];
  readonly linker: LinkerFlags;
  /** The level that its Makefile or config asks for. */
  readonly optimize?: Level;
  /** What the linker does for that level; nothing for the plain form. */
  readonly compact?: CompactChoice;
  /** Checks that its Makefile or config asks for. */
  readonly sanitize?: Sanitizers;
  /** Its config asks for an ELF file with debug information. */
  readonly debug?: boolean;
  readonly mpyCrossFlags: readonly string[];
  readonly mpyDir: string;
  /**
   * LINK_RUNTIME: the compiler's own libraries shall be linked. `as-needed`, where nothing is said of it: only the
   * routines that compilers call by themselves, where nothing else has them. `named` when MPY_LD_FLAGS has them
   * already, because the dynruntime.mk of a MicroPython tree put them there.
   */
  readonly runtime: 'none' | 'as-needed' | 'named' | 'wanted';
  /** Undefined when there is nothing to compile. */
  readonly toolchain: Toolchain | undefined;
  readonly warnings: readonly Problem[];
  readonly place: Place;
  /** What make has to make, because the Makefile has rules for it. */
  readonly work?: MakeWork;
  /** Its flags depend on more than can be observed, so it has to be made again each time. */
  readonly unsure?: boolean;
  /**
   * Has make do it, with what it left in the folder of intermediates the last time; undefined when there is nothing to
   * do.
   */
  readonly makeFirst?: (report: Report, notes: FolderNotes) => Promise<MadeFile[]>;
}

/** Why a module is left out without that being a failure. */
export interface Skipped {
  readonly skipped: string;
  /** It depends on more than files that were looked for, so it has to be found out again. */
  readonly unsure?: boolean;
}

/**
 * Asks make for everything and checks it.
 * @param arch undefined: the Makefile's own, or the host's
 * @param answers knows what compilers answered before
 * @param together other architectures of the module that make will be asked for
 * @throws NatmodError for what is wrong in the Makefile, and `no-compiler`
 */
export async function describeModule(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  report: Report = silentReport(),
  answers = new CompilerAnswers(),
  together?: Together,
): Promise<ModulePlan | Skipped> {
  if (hasConfig(module)) return (await import('./describe-config.ts')).describeConfig(module, arch, options, answers);
  const probe = await probeWithTree(module, arch, options, { report, together });
  if ('skipped' in probe) return probe;
  const makefile = join(module.dir, module.makefile);
  const lacks = probe.get('MPY_LACKS').value;
  if (lacks !== '') return { skipped: `needs ${lacks}`, unsure: true };
  if (probe.replacedMpyDir === 'unset')
    report.noteOnce(`${makefile}: MPY_DIR is not set; the headers that come with natmod are used`);
  const chosen = arch ?? makefileArch(probe, makefile);
  const name = probe.get('MOD').value;
  checkModuleName(name, makefile);
  const { sources, work } = withCxxRuntime(findInputs(probe, readSources(probe, makefile), module.dir));
  const compiled = sources.some((source) => sourceKind(source) !== 'python');
  const words = await readWords(probe, report);
  const cflags = words.CFLAGS;
  const wishes = { ...compilerWishes(probe, words, chosen, module, options), answers };
  const toolchain = compiled ? await findToolchain(chosen, wishes) : undefined;
  const lack = toolchain !== undefined && sources.some(isCxx) ? await lackOfCxx(toolchain) : undefined;
  if (lack !== undefined) return { skipped: lack, unsure: true };
  const place = placeOf({ dir: module.dir, name, arch: chosen.name, build: probe.get('BUILD').value }, options);
  const level = probe.get('MPY_OPTIMIZE').value;
  return {
    module,
    arch: chosen,
    name,
    sources,
    cflags: probe.get('MPY_TLS_AS_DATA').value === '1' ? withTlsAsData(cflags) : cflags,
    linker: readLinkerFlags(words.MPY_LD_FLAGS, chosen, makefile),
    ...(level === '' ? {} : { optimize: readLevel(level, makefile) }),
    sanitize: readSanitizers([probe.get('MPY_SANITIZE').value], makefile),
    mpyCrossFlags: words.MPY_CROSS_FLAGS,
    mpyDir: probe.mpyDir,
    runtime: runtimeOf(probe),
    toolchain,
    warnings: findWarnings(probe, makefile),
    place,
    ...(words.expanded ? { unsure: true } : {}),
    ...makeWork(probe, work, module, chosen),
  };
}

/** What the Makefile's own rules have to make before anything is compiled. */
function makeWork(
  probe: Probe,
  work: MakeWork | undefined,
  { dir, makefile }: ModuleSource,
  { name: arch }: Arch,
): Pick<ModulePlan, 'work' | 'makeFirst'> {
  if (work === undefined) return {};
  return {
    work,
    makeFirst: (report, notes) => runMakeWork({ probe, work, dir, makefile, arch, notes, report }),
  };
}

/** What a Makefile has in command lines. */
const COMMAND_VARIABLES = ['CFLAGS', 'CXXFLAGS', 'CC', 'MPY_LD_FLAGS', 'MPY_CROSS_FLAGS'] as const;

type CommandWords = Record<(typeof COMMAND_VARIABLES)[number], readonly string[]> & { readonly expanded: boolean };

async function readWords(probe: Probe, report: Report): Promise<CommandWords> {
  const found = await Promise.all(COMMAND_VARIABLES.map(async (name) => [name, await probe.words(name)] as const));
  for (const [, { said }] of found) report.output(said);
  const words = Object.fromEntries(found.map(([name, one]) => [name, one.words]));
  return { ...words, expanded: found.some(([, one]) => one.expanded) } as CommandWords;
}

/** A module that is made of MicroPython's sources (MPY_SOURCES) takes a tree of the cache when it is given none. */
async function probeWithTree(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  how: ProbeHow,
): Promise<Probe | Skipped> {
  const unknown = options.arches === 'all' ? unknownArch : undefined;
  const trees = cachedTrees().reverse();
  const first = { ...how, offered: trees[0]?.dir };
  const probe = await probeModule(module, arch, options, first).catch(
    (error) => unknown?.(error, arch) ?? raise(error),
  );
  if ('skipped' in probe) return probe;
  const files = splitNames(probe.get('MPY_SOURCES').value);
  const lacking = lackingFile(files, probe.tree === undefined ? probe.mpyDir : sdkDir);
  if (lacking === undefined) return probe.tree === undefined ? probe : probeModule(module, arch, options, how);
  if (!probe.usesSdk) return { skipped: `needs ${lacking}, which is not in ${probe.mpyDir}; ${OTHER_TREE}` };
  const tree = trees.find(({ dir }) => lackingFile(files, dir) === undefined);
  if (tree !== undefined && tree.dir === probe.tree) return probe;
  if (tree !== undefined) return probeModule(module, arch, options, { ...how, tree: tree.dir });
  if (trees[0] === undefined) return { skipped: `needs MicroPython's sources; ${ANY_TREE}` };
  return { skipped: `needs ${lackingFile(files, trees[0].dir)}, which is not in ${trees[0].dir}; ${GIT_TREE}` };
}

const ANY_TREE = 'get them with `gulp sources`, or name a tree with --mpy-dir DIR';
const GIT_TREE = '`gulp sources` gets it where git works, or name a full tree with --mpy-dir DIR';
const OTHER_TREE = 'name a tree that has it with --mpy-dir DIR, or get one with `gulp sources` and give no MPY_DIR';

/** The first of the files that a tree does not have. */
function lackingFile(files: readonly string[], dir: string): string | undefined {
  return files.find((file) => !exists(join(dir, file)));
}

/** An older tree does not know every architecture, and says so while make reads it. */
function unknownArch(error: unknown, arch: Arch | undefined): Skipped | undefined {
  const isUnknown = error instanceof NatmodError && refusesArch(error.message);
  return isUnknown
    ? { skipped: `cannot be built for ${arch?.name}, which this MicroPython tree does not know` }
    : undefined;
}

function raise(error: unknown): never {
  throw error;
}

function makefileArch(probe: Probe, makefile: string): Arch {
  const name = probe.get('ARCH').value;
  return archByName(name === '' ? neededHostArch(makefile) : name);
}

function readSources(probe: Probe, makefile: string): string[] {
  const sources = [...new Set(splitNames(probe.get('SRC').value))];
  if (sources.length === 0) {
    fail('no-sources', 'SRC is not set', { file: makefile }, 'a line such as SRC = main.c names the sources');
  }
  for (const source of sources) sourceKind(source, makefile);
  return sources;
}

/** What the Makefile says of the compiler counts only where it differs from what dynruntime.mk sets by itself. */
function compilerWishes(
  probe: Probe,
  words: CommandWords,
  arch: Arch,
  module: ModuleSource,
  options: Options,
): ToolchainWishes {
  const { cc, cross } = options;
  const { cwd } = options;
  const cxxFlags = words.CXXFLAGS;
  if (cc !== undefined || cross !== undefined)
    return { cc, cross: cc === undefined ? cross : undefined, cxxFlags, cwd };
  const own = probe.get('CC');
  // Older trees take the host's compiler for x86 and x64.
  const usual = ['', 'cc', 'gcc', usualCompilerNames(arch)[0]].includes(own.value) || own.origin === 'default';
  return { cc: usual ? undefined : joinWords(words.CC), cxxFlags, cwd: module.dir };
}

/** A warning that holds as long as the tree is not there. */
export const MPY_DIR_REPLACED = 'mpy-dir-replaced';

function findWarnings(probe: Probe, makefile: string): Problem[] {
  const warnings: Problem[] = [];
  const where = { file: makefile };
  if (probe.replacedMpyDir === 'wrong' || probe.replacedMpyDir === 'unclear') {
    const message = 'MPY_DIR leads to no MicroPython source tree; the headers that come with natmod are used';
    const code = probe.replacedMpyDir === 'wrong' ? MPY_DIR_REPLACED : 'mpy-dir-unclear';
    warnings.push({ code, message, where, hint: 'name a tree with --mpy-dir DIR to use its headers and sources' });
  }
  return warnings;
}

/** `LINK_RUNTIME = 0` says that not even what the compiler counts on may come from it. */
function runtimeOf(probe: Probe): ModulePlan['runtime'] {
  const value = probe.get('LINK_RUNTIME').value.trim();
  if (value !== '1') return value === '0' ? 'none' : 'as-needed';
  return probe.usesSdk ? 'wanted' : 'named';
}
