import { basename, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { readLinkerFlags } from '../../natmod-rules/compile/linker-flags.ts';
import { type LinkResult, link } from '../../natmod-rules/link/index.ts';
import { readExterns } from '../../natmod-rules/link/read/externs.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { PRINT_REMOVED, readPassOption, valuesOf } from '../../natmod-rules/link/shrink/pass-options.ts';
import { type CompactPass, changePasses } from '../../natmod-rules/link/shrink/passes.ts';
import { readQstrs } from '../../natmod-rules/preprocess/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { checkPassNames, type PassWishes, watchPasses } from '../report/watch-passes.ts';
import { sharedPool } from '../system/pool.ts';
import { traceTo } from '../system/spans.ts';
import { type Arguments, UsageError } from './arguments.ts';
import { readAll, readBytes, writeOutput } from './files.ts';
import { describeImage, describeRemoved, describeSizes } from './link-log.ts';
import { checkParts } from './lost-part.ts';
import { checkUsage, print, printError } from './program.ts';

/** Links the objects that a command line names and prints what the options ask for. Errors: those of the linker. */
export async function linkFiles(args: Arguments, output: string): Promise<void> {
  const arch = checkUsage(() => archByName(args.last('--arch') ?? 'x64'));
  const archFlags = readArchFlags(args.last('--arch-flags'), arch);
  try {
    const result = await traceTo(args.last('--trace'), () => linkNamed(args, arch, archFlags, output));
    await writeOutput(output, result.mpy);
    const elf = args.last('--elf');
    if (elf !== undefined) {
      const { writeDebugFile } = await import('../debug/write-elf.ts');
      for (const note of await writeDebugFile(elf, result)) printError(note);
    }
    if (args.count(PRINT_REMOVED) > 0) for (const line of describeRemoved(result.image)) printError(line);
    const verbosity = args.count('--verbose');
    print([...(verbosity > 0 ? describeImage(result.image, verbosity) : []), ...describeSizes(result)].join('\n'));
  } catch (error) {
    if (error instanceof NatmodError && !isatty(1)) print(`LinkError: ${error.message.split('\n')[0]}`);
    throw error;
  }
}

async function linkNamed(args: Arguments, arch: Arch, archFlags: number, output: string): Promise<LinkResult> {
  const watch = watchPasses(readPassWishes(args), basename(output), print);
  const header = args.last('--qstrs');
  const text = header === undefined ? '' : readBytes(header).toString('latin1');
  if (header !== undefined) checkParts(text, header, output);
  const qstrs = readQstrs(text);
  if (args.count('--verbose') > 0) print(`qstr vals: ${qstrs.join(', ')}`);
  const objects = readAll(args.files);
  const result = link({
    ...watch.options,
    arch,
    archFlags,
    qstrs,
    // An empty name counts as none, as in the reference.
    sourceName: args.last('--source-name') || basename(output),
    externs: readExternFiles(args.all('--externs')),
    compact: readPasses(args, arch),
    objects,
    libraries: await readLibraries(args.all('--libs'), arch, objects),
  });
  watch.end();
  return result;
}

function readPassWishes(args: Arguments): PassWishes {
  const given = (name: string) => args.count(name) > 0;
  const wishes = {
    dumpAfter: args.all('--dump-after'),
    timePasses: given('--time-passes'),
    check: given('--check'),
  };
  checkUsage(() => checkPassNames(wishes));
  return wishes;
}

/** Drop-ins that MicroPython's own rules call are told of a level by make, which gives its command line to the environment. */
function readPasses({ given }: Arguments, arch: Arch): readonly CompactPass[] {
  const level = { name: '--optimize', value: process.env.MPY_OPTIMIZE || 'none' };
  const changes = [level, ...given].flatMap(({ name, value }) => {
    const values = valuesOf(name);
    const change = readPassOption(arch, name, values === undefined ? undefined : value);
    if (change === undefined && values !== undefined)
      throw new UsageError(`${name} is ${values.split('|').join(' or ')}, not '${value}'`);
    return change ?? [];
  });
  return changePasses(false, changes);
}

function readArchFlags(text: string | undefined, arch: Arch): number {
  if (text === undefined) return 0;
  const { archFlags } = checkUsage(() => readLinkerFlags(['--arch-flags', text], arch, '--arch-flags'));
  if (archFlags === 0 || arch.archFlags !== undefined) return archFlags;
  throw new UsageError(`--arch-flags: ${arch.name} has no such flags`);
}

function readExternFiles(files: readonly string[]): ReadonlyMap<string, number> | undefined {
  if (files.length === 0) return undefined;
  const symbols = new Map<string, number>();
  for (const file of files) {
    for (const [symbol, address] of readExterns(readBytes(file).toString('utf8'), file).symbols) {
      symbols.set(symbol, address);
    }
  }
  return symbols;
}

async function readLibraries(
  names: readonly string[],
  arch: Arch,
  objects: Parameters<typeof link>[0]['objects'],
): Promise<readonly Library[]> {
  if (names.length === 0) return [];
  const { openLibraries } = await import('../toolchain/libraries.ts');
  const { replaceGlibc } = await import('../toolchain/math-library.ts');
  // The compiler is asked only for a library that is named without its path, as `-lm` or in a linker script.
  const toolchain = { arch, compiler: [`${arch.prefixes[0]}gcc`], flags: arch.flags };
  const opened = await openLibraries(names, { cwd: resolve('.'), toolchain, cflags: [] });
  const [{ mathMembers }, { openSession }] = await Promise.all([
    import('../incremental/math-members.ts'),
    import('../incremental/session.ts'),
  ]);
  const session = openSession(resolve('.'), { cache: true });
  const compile = mathMembers(session, sharedPool());
  const job = { toolchain, cflags: arch.flags, mpyDir: '', compile };
  const { libraries, taken } = await replaceGlibc(opened, objects, job);
  session.records.close();
  if (taken !== undefined) process.stderr.write(`mathematical functions are those of ${taken}, not of glibc\n`);
  return libraries;
}
