import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import {
  asZigClang,
  CLANG_TAKES_GCCS,
  clangTargetFlag,
  flagsNotRepeated,
  isClang,
  isOnlyClangs,
  joinWords,
  placeOfZig,
  splitWords,
  zigTarget,
} from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { findWindowedCompiler } from '../bootstrap/xtensa-windowed.mjs';
import { noteAnswer } from '../system/file-trace.ts';
import { findProgram } from '../system/find-program.ts';
import { sdkDir } from '../system/project.ts';
import { CompilerAnswers, type CompilerFacts } from './answers.ts';
import { usualPlaces } from './usual-places.ts';
import { howToGetCompiler } from './ways.ts';
import { findZig, HOW_TO_GET_ZIG, type Zig, zigAt, zigFlags } from './zig.ts';

/** A compiler that can build for one architecture. */
export interface Toolchain {
  readonly arch: Arch;
  /** Absolute path of the compiler, behind a launcher such as ccache if the user gave one. */
  readonly compiler: readonly string[];
  /** Flags this compiler needs for the architecture besides those of the reference flow. */
  readonly flags: readonly string[];
  /** Flags of C++ sources, behind those that all of them get. */
  readonly cxxFlags?: readonly string[];
  /** A GCC for the same CPU, whose libraries serve a clang that has none. */
  readonly gcc?: Toolchain;
  /** The compiler is zig's clang. */
  readonly zig?: Zig;
  /** It was taken because there is no other; for people, where it is from. */
  readonly standsIn?: string;
  /** What its compiler says of itself; asked anew where nothing is remembered. */
  readonly answers?: CompilerAnswers;
}

/** What the user or the module's Makefile says about the compiler. Empty means nothing. */
export interface ToolchainWishes {
  /** `CC=` or `--cc`: a command, split into words as a shell does. */
  readonly cc?: string;
  /** `CROSS=` or `--cross`: a prefix that `gcc` is put behind. */
  readonly cross?: string;
  /** `CXXFLAGS=`, split into words. */
  readonly cxxFlags?: readonly string[];
  /** Folder that relative paths in them start from. */
  readonly cwd: string;
  /** Knows what compilers answered before. */
  readonly answers?: CompilerAnswers;
}

/**
 * Finds the compiler for an architecture.
 * @param platform that of this machine when left out
 * @throws NatmodError `no-compiler`: what was looked for, and how to get it
 */
export async function findToolchain(
  arch: Arch,
  wishes: ToolchainWishes,
  platform: NodeJS.Platform = process.platform,
): Promise<Toolchain> {
  const { answers = new CompilerAnswers() } = wishes;
  const wished = wishedCompiler(arch, wishes);
  const zigPlace = wished === undefined ? undefined : placeOfZig(wished);
  if (wished !== undefined && zigPlace !== undefined) return zigToolchain(arch, wished, zigPlace, wishes);
  const compiler = wished ?? usualCompiler(arch, wishes.cwd);
  if (compiler === undefined) return standIn(arch, wishes);
  if (platform === 'darwin') await refuseApples(arch, compiler, answers);
  const gcc = isClang(compiler) ? await gccBeside(arch, compiler, wishes.cwd, answers) : undefined;
  return {
    arch,
    compiler,
    gcc,
    answers,
    flags:
      gcc === undefined ? await compilerFlags(arch, compiler, answers) : await clangFlags(arch, compiler, gcc, answers),
    cxxFlags: [...CXX_HEADERS, ...(wishes.cxxFlags ?? [])],
  };
}

/**
 * MicroPython's own headers are no C++, so ours go before those of any tree. Many cross compilers come without the
 * headers of C++'s library; a few stand in for them.
 */
const CXX_HEADERS = ['-iquote', sdkDir, '-idirafter', join(sdkDir, 'cxx', 'include')];

/** Names that are tried, best first. */
export function usualCompilerNames(arch: Arch): string[] {
  const names = arch.prefixes.map((prefix) => `${prefix}gcc`);
  const native = arch.nativeOn;
  // The plain compilers of macOS and Windows do not make ELF objects.
  const hostFits = native?.hostArch === process.arch && !['darwin', 'win32'].includes(process.platform);
  return hostFits ? [...names, ...native.compilers] : names;
}

function wishedCompiler(arch: Arch, { cc, cross, cwd }: ToolchainWishes): string[] | undefined {
  const words = cc !== undefined ? splitWords(cc, 'CC') : cross !== undefined ? [`${cross}gcc`] : undefined;
  if (words === undefined) return undefined;
  const [name] = words;
  const path = name === undefined ? undefined : (findProgram(name, cwd) ?? zigFromNpm(name, cwd));
  if (path !== undefined) return [path, ...words.slice(1)];
  return noCompiler(arch, `compiler '${words[0] ?? ''}' not found`, howToGetCompiler(arch));
}

/** `zig` need not be on PATH. */
function zigFromNpm(name: string, cwd: string): string | undefined {
  return name === 'zig' ? findZig(cwd)?.program : undefined;
}

function usualCompiler(arch: Arch, cwd: string): string[] | undefined {
  for (const name of usualCompilerNames(arch)) {
    const path = findProgram(name, cwd);
    if (path !== undefined) return [path];
  }
  const places = usualPlaces();
  for (const prefix of arch.prefixes) {
    for (const place of places) {
      const path = findProgram(join(place, `${prefix}gcc`), cwd);
      if (path !== undefined) return [path];
    }
  }
  return undefined;
}

/** Where there is no compiler for a CPU, zig's serves. */
async function standIn(arch: Arch, wishes: ToolchainWishes): Promise<Toolchain> {
  const windowed = arch.name === 'xtensawin' ? findWindowedCompiler() : undefined;
  if (windowed !== undefined) {
    const why =
      "no compiler of Espressif's on PATH, so Debian's is used with another core's description, which is for tests";
    return {
      ...(await findToolchain(arch, { ...wishes, cross: undefined, cc: joinWords([windowed]) })),
      standsIn: why,
    };
  }
  const zig = zigTarget(arch) === undefined ? undefined : findZig(wishes.cwd);
  if (zig !== undefined) {
    const toolchain = zigToolchain(arch, [zig.program], 0, wishes);
    return { ...toolchain, standsIn: `no compiler on PATH, so zig's is used: ${zig.program}` };
  }
  const what = `no compiler found on PATH, looked for ${usualCompilerNames(arch).join(', ')}`;
  return noCompiler(arch, what, `${howToGetCompiler(arch)}\nor name one with --cross PREFIX or --cc COMMAND`);
}

/** @param place of zig in the command */
function zigToolchain(
  arch: Arch,
  command: readonly string[],
  place: number,
  { cxxFlags = [], answers = new CompilerAnswers() }: ToolchainWishes,
): Toolchain {
  if (zigTarget(arch) === undefined) {
    return noCompiler(arch, 'zig does not compile for this CPU', howToGetCompiler(arch));
  }
  const zig = zigAt(command[place]!);
  if (zig === undefined) {
    return noCompiler(arch, `the folder lib that belongs to ${command[place]} is not found`, HOW_TO_GET_ZIG);
  }
  const compiler = asZigClang(command.with(place, zig.program));
  const target = clangTargetFlag(arch, compiler);
  return {
    arch,
    compiler,
    zig,
    answers,
    flags: [...(target === undefined ? [] : [target]), ...CLANG_TAKES_GCCS, ...zigFlags(arch, zig)],
    cxxFlags: [...CXX_HEADERS, ...cxxFlags],
  };
}

/**
 * Under the names clang, gcc and cc macOS has a compiler for programs of Apple's systems. It has neither RISC-V nor
 * headers for CPUs without an operating system.
 */
async function refuseApples(arch: Arch, compiler: readonly string[], answers: CompilerAnswers): Promise<void> {
  const version = await answers.ask(compiler, '--version');
  if (!/^Apple /.test(version)) return;
  const hint = `${howToGetCompiler(arch, 'darwin')}\nor name another one with --cross PREFIX or --cc COMMAND`;
  noCompiler(arch, `${compiler.at(-1)} is Xcode's, which makes no modules: ${version.split('\n')[0]}`, hint);
}

function noCompiler(arch: Arch, what: string, how: string): never {
  return fail('no-compiler', `${arch.name}: ${what}`, undefined, how);
}

/** Changes with everything that is installed for a toolchain. */
export async function installationOf(toolchain: ToolchainPrograms): Promise<string> {
  return (await factsOfAll(toolchain)).map(({ installation }) => installation).join(' ');
}

/** Changes with the programs of a toolchain, and is the same on every machine that has those. */
export async function compilersOf(toolchain: ToolchainPrograms): Promise<string> {
  return (await factsOfAll(toolchain)).map(({ id }) => id).join(' ');
}

type ToolchainPrograms = Pick<Toolchain, 'compiler' | 'gcc' | 'answers'>;

function factsOfAll(toolchain: ToolchainPrograms): Promise<CompilerFacts[]> {
  const { compiler, gcc } = toolchain;
  const commands = [compiler, ...(gcc === undefined ? [] : [gcc.compiler])];
  return Promise.all(commands.map((command) => answersOf(toolchain).factsOf(command)));
}

/**
 * What a compiler answers to a question such as `-print-file-name=libm.a`, for the CPU that the flags choose. Whoever
 * traces files sees question and answer.
 * @returns the answer without line end, or nothing when it fails
 */
export async function askCompiler(toolchain: Toolchain, cflags: readonly string[], question: string): Promise<string> {
  const command = questionCommand(toolchain, cflags);
  const answer = await answersOf(toolchain).ask(command, question);
  noteAnswer(command, question, answer);
  return answer;
}

/** Compiler and flags that are asked where libraries are. */
export function questionCommand(toolchain: Toolchain, cflags: readonly string[]): string[] {
  // Only these choose among the variants of libraries.
  const choosing = cflags.filter(
    (flag) =>
      /^-m|^-{1,2}(specs|rtlib|target|gcc-toolchain)=|^--sysroot/.test(flag) &&
      (!isOnlyClangs(flag) || isClang(toolchain.compiler)),
  );
  return [...toolchain.compiler, ...flagsNotRepeated(toolchain.flags, choosing), ...choosing];
}

/** Who knows what the compiler of a toolchain says. */
export function answersOf({ answers }: Pick<Toolchain, 'answers'>): CompilerAnswers {
  return answers ?? new CompilerAnswers();
}

/** The GCC whose headers and libraries a clang for another CPU without an operating system takes. */
async function gccBeside(
  arch: Arch,
  compiler: readonly string[],
  cwd: string,
  answers: CompilerAnswers,
): Promise<Toolchain | undefined> {
  if (arch.nativeOn !== undefined || arch.family === 'x86' || hasOwnLibraries(compiler)) return undefined;
  const names = arch.prefixes.map((prefix) => `${prefix}gcc`);
  const path = names.map((name) => findProgram(name, cwd)).find((found) => found !== undefined);
  if (path === undefined) return undefined;
  return { arch, compiler: [path], flags: await compilerFlags(arch, [path], answers), answers };
}

function hasOwnLibraries(compiler: readonly string[]): boolean {
  return compiler.some((word) => /^--(sysroot|gcc-toolchain|config)\b/.test(word));
}

async function clangFlags(
  arch: Arch,
  compiler: readonly string[],
  gcc: Toolchain,
  answers: CompilerAnswers,
): Promise<string[]> {
  const { systemFolders } = await answers.factsOf([...gcc.compiler, ...gcc.flags]);
  const headers = systemFolders.find((folder) => existsSync(join(folder, 'string.h')));
  return [...(await compilerFlags(arch, compiler, answers)), ...(headers === undefined ? [] : ['-isystem', headers])];
}

async function compilerFlags(arch: Arch, compiler: readonly string[], answers: CompilerAnswers): Promise<string[]> {
  if (isClang(compiler)) {
    return [clangTargetFlag(arch, compiler), ...CLANG_TAKES_GCCS].filter((flag) => flag !== undefined);
  }
  const name = basename(compiler.at(-1)!);
  // The unified compiler of Espressif serves several cores and must be told which one.
  if (arch.name === 'xtensawin' && name.startsWith('xtensa-esp-elf-')) return ['-mdynconfig=xtensa_esp32.so'];
  if (arch.family !== 'riscv') return [];
  // Debian's RISC-V compiler comes without a C library of its own; picolibc's headers are found through its specs file.
  const specs = await answers.ask(compiler, '-print-file-name=picolibc.specs');
  return specs === '' || specs === 'picolibc.specs' ? [] : [`-specs=${specs}`];
}
