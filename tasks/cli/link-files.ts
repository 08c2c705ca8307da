import { basename, resolve } from 'node:path';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { readLinkerFlags } from '../../natmod-rules/compile/linker-flags.ts';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import { PRINT_REMOVED, readPassOption, valuesOf } from '../../natmod-rules/link/shrink/pass-options.ts';
import type { PassChange } from '../../natmod-rules/link/shrink/passes.ts';
import { readQstrs } from '../../natmod-rules/preprocess/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { linkByPlan } from '../building/link-by-plan.ts';
import type { LinkPlan } from '../building/link-plan.ts';
import { checkPassNames, type PassWishes, watchPasses } from '../report/watch-passes.ts';
import { readNamed } from '../system/named-file.ts';
import { traceTo } from '../system/spans.ts';
import { type Arguments, UsageError } from './arguments.ts';
import { readAll, writeOutput } from './files.ts';
import { describeImage, describeRemoved, describeSizes } from './link-log.ts';
import { checkParts } from './lost-part.ts';
import { checkUsage, print, printError } from './program.ts';

/** Links the objects that a command line names and prints what the options ask for. Errors: those of the linker. */
export async function linkFiles(args: Arguments, output: string): Promise<void> {
  const arch = checkUsage(() => archByName(args.last('--arch') ?? 'x64'));
  const archFlags = readArchFlags(args.last('--arch-flags'), arch);
  try {
    const result = await traceTo(args.last('--trace'), () => linkNamed(args, arch, archFlags, output));
    writeOutput(output, result.mpy);
    const elf = args.last('--elf');
    if (elf !== undefined) {
      const { writeDebugFile } = await import('../debug/write-elf.ts');
      for (const note of await writeDebugFile(elf, result)) printError(note);
    }
    if (args.count(PRINT_REMOVED) > 0) for (const line of describeRemoved(result.image)) printError(line);
    const verbosity = args.count('--verbose');
    print([...(verbosity > 0 ? describeImage(result.image, verbosity) : []), ...describeSizes(result)].join('\n'));
  } catch (error) {
    if (error instanceof NatmodError && !isTerminal()) print(`LinkError: ${error.message.split('\n')[0]}`);
    throw error;
  }
}

/** Of standard output. What knows it brings all of Node's streams and sockets along, so it is loaded for this only. */
function isTerminal(): boolean {
  return process.getBuiltinModule('node:tty').isatty(1);
}

async function linkNamed(args: Arguments, arch: Arch, archFlags: number, output: string): Promise<LinkResult> {
  const watch = watchPasses(readPassWishes(args), basename(output), print);
  const header = args.last('--qstrs');
  const text = header === undefined ? '' : readNamed(header).toString('latin1');
  if (header !== undefined) checkParts(text, header, output);
  const qstrs = readQstrs(text);
  if (args.count('--verbose') > 0) print(`qstr vals: ${qstrs.join(', ')}`);
  const objects = readAll(args.files);
  const result = await linkByPlan(planOf(args, arch, archFlags), {
    ...watch.options,
    objects,
    qstrs,
    fileName: basename(output),
    tell: printError,
  });
  watch.end();
  return result;
}

/** A command line says all that a module's Makefile would. */
function planOf(args: Arguments, arch: Arch, archFlags: number): LinkPlan {
  const libraries = args.all('--libs');
  // The compiler is asked only for a library that is named without its path, as `-lm` or in a linker script.
  const toolchain = { arch, compiler: [`${arch.prefixes[0]}gcc`], flags: arch.flags };
  return {
    arch,
    linker: {
      archFlags,
      libraries,
      // An empty name counts as none, as in the reference.
      sourceName: args.last('--source-name') || undefined,
      externs: args.all('--externs'),
      passes: readPasses(args, arch),
    },
    runtime: 'none',
    toolchain: libraries.length === 0 ? undefined : toolchain,
    cflags: arch.flags,
    mpyDir: '',
    module: { dir: resolve('.') },
  };
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

/**
 * Drop-ins that MicroPython's own rules call are told of a level by make, which gives its command line to the
 * environment.
 */
function readPasses({ given }: Arguments, arch: Arch): readonly PassChange[] {
  const level = { name: '--optimize', value: process.env.MPY_OPTIMIZE || 'none' };
  return [level, ...given].flatMap(({ name, value }) => {
    const values = valuesOf(name);
    const change = readPassOption(arch, name, values === undefined ? undefined : value);
    if (change === undefined && values !== undefined)
      throw new UsageError(`${name} is ${values.split('|').join(' or ')}, not '${value}'`);
    return change ?? [];
  });
}

function readArchFlags(text: string | undefined, arch: Arch): number {
  if (text === undefined) return 0;
  const { archFlags } = checkUsage(() => readLinkerFlags(['--arch-flags', text], arch, '--arch-flags'));
  if (archFlags === 0 || arch.archFlags !== undefined) return archFlags;
  throw new UsageError(`--arch-flags: ${arch.name} has no such flags`);
}
