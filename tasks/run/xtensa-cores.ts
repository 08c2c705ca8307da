/**
 * The emulated Xtensa cores that modules can be loaded on without a MicroPython, and how the harness is compiled for
 * each.
 */
import { join } from 'node:path';
import { findWindowedCompiler, type WindowedCore } from '../bootstrap/xtensa-windowed.mjs';
import { findProgram } from '../system/find-program.ts';
import { projectDir } from '../system/project.ts';

/** Folder with the sources of the program that loads modules. */
export const HARNESS_SOURCES = join(projectDir, 'tasks/run/xtensa');

const WINDOWED_SOURCES = join(HARNESS_SOURCES, 'windowed');

export type CoreName = 'lx106' | WindowedCore;

/** One core of `qemu-system-xtensa -machine sim`. */
export interface Core {
  readonly name: CoreName;
  /** Absolute path of a compiler for it; undefined when there is none here. */
  compiler(): string | undefined;
  /** Where the harness reads the module from. */
  readonly inputs: number;
  /** The area that modules' code is loaded into: its start and its end. */
  readonly text: readonly [number, number];
  readonly linkerScript: string;
  readonly flags: readonly string[];
  /** Sources in place of those of the same name, and beside the others. */
  readonly sources: readonly string[];
  /** Names of common sources that it does without. */
  readonly without: readonly string[];
  readonly libraries: readonly string[];
}

/** The functions of the harness's own library must not become calls of themselves. */
const OWN_LIBRARY = ['-fno-builtin', '-fno-tree-loop-distribute-patterns'];

function windowed(name: WindowedCore, coprocessors: boolean): Core {
  return {
    name,
    compiler: () => findWindowedCompiler(name),
    inputs: 0x02000000,
    text: [0x05000000, 0x06000000],
    linkerScript: join(WINDOWED_SOURCES, 'harness.ld'),
    flags: [
      '-DLOADED_ARCH=10',
      `-DNATMOD_COPROCESSORS=${coprocessors ? 1 : 0}`,
      ...OWN_LIBRARY,
      ...['-mtext-section-literals', '-Wl,--no-warn-rwx-segments'],
    ],
    sources: [join(WINDOWED_SOURCES, 'start.S')],
    without: ['start.S', 'rom.S', 'vectors.S'],
    libraries: [join(projectDir, 'tasks/toolchain/xtensa-windowed/integers.c')],
  };
}

/** By name. De233_fpu has floating point, dc233c has none. */
export const CORES: Readonly<Record<CoreName, Core>> = {
  lx106: {
    name: 'lx106',
    compiler: () => findProgram('xtensa-lx106-elf-gcc', projectDir),
    inputs: 0x62000000,
    text: [0x52000000, 0x53000000],
    linkerScript: join(HARNESS_SOURCES, 'harness.ld'),
    // As MicroPython's firmware for it: constants of modules lie beside their code, which is read in whole words.
    flags: ['-mforce-l32', ...OWN_LIBRARY],
    sources: [],
    without: [],
    libraries: ['-lc', '-lgcc'],
  },
  dc233c: windowed('dc233c', false),
  de233_fpu: windowed('de233_fpu', true),
};

/** The core that stands for the chips of an architecture; undefined when MicroPython itself runs on an emulated one. */
export function coreOf(arch: string): Core | undefined {
  if (arch === 'xtensa') return CORES.lx106;
  return arch === 'xtensawin' ? CORES.de233_fpu : undefined;
}
