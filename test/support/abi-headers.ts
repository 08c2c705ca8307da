/** Runs compilers over a set of headers - MicroPython's own or ours - and takes apart what the preprocessor gives. */

import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Arch, archByName, type FloatImpl } from '../../natmod-rules/arch/index.ts';
import { defaultFlags } from '../../natmod-rules/compile/index.ts';
import { readObject, type Section } from '../../natmod-rules/elf/object.ts';
import { configHeader } from '../../natmod-rules/preprocess/index.ts';
import { type RunResult, run } from '../../tasks/bootstrap/processes.mjs';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { inPool, writeTree } from './abi-files.ts';

/** The headers of this project. */
export const SDK = resolve(import.meta.dirname, '../../natmod-rules/sdk');

export const FLOATS: readonly FloatImpl[] = ['none', 'float', 'double'];

/** One way to compile: an architecture's compiler and flags, and a kind of float. */
export interface Target {
  readonly arch: Arch;
  readonly float: FloatImpl;
  /** Compiler and the words before the module's own flags. */
  readonly command: readonly string[];
}

/** What a header set defines, as the preprocessor sees it; text and macros of other headers are left out. */
export interface Environment {
  /** Name → parameters (undefined for an object-like macro) and body. */
  readonly macros: ReadonlyMap<string, Macro>;
  /** Declarations with all macros expanded. */
  readonly text: string;
}

export interface Macro {
  readonly parameters: string | undefined;
  readonly body: string;
}

export async function makeTarget(arch: Arch['name'], float: FloatImpl): Promise<Target> {
  const found = await findToolchain(archByName(arch), { cwd: process.cwd() });
  return { arch: found.arch, float, command: [...found.compiler, ...found.flags] };
}

/** Flags of a module build with the headers in `include`, but not the output options. */
export function moduleFlags(target: Target, include: string, folder: string): string[] {
  const flags = defaultFlags(target.arch, { mpyDir: include, floatImpl: target.float });
  return [...flags, `-DMP_CONFIGFILE=<${join(folder, 'config.h')}>`];
}

// MicroPython up to 1.26 leaves these to the config header.
export const WORDS = '#include <stdint.h>\ntypedef uintptr_t mp_uint_t;\ntypedef intptr_t mp_int_t;\n';

/** A temporary folder with the config header of a module that has these qstrs of its own, and with other files. */
export function withFolder<T>(files: Readonly<Record<string, string>>, fn: (folder: string) => Promise<T>): Promise<T> {
  return writeTree({ 'config.h': WORDS + configHeader(['module_name']), ...files }, fn);
}

/** Preprocesses `#include "py/dynruntime.h"`. */
export function environmentOf(target: Target, include: string): Promise<Environment> {
  return withFolder({ 'probe.c': '#include "py/dynruntime.h"\n' }, async (folder) => {
    const [program, ...words] = target.command as [string, ...string[]];
    const args = [...words, ...moduleFlags(target, include, folder), '-E', '-dD', join(folder, 'probe.c')];
    const result = await inPool(() => run(program, args, { timeoutMs: 60_000 }));
    if (result.exitCode !== 0) throw new Error(result.stderr);
    return splitPreprocessed(result.stdout, realpathSync(include));
  });
}

/** Compiles to an object; `sections` is undefined when the compiler refused. */
export async function compileObject(
  target: Target,
  include: string,
  folder: string,
  source: string,
  flags: readonly string[] = [],
): Promise<{ readonly result: RunResult; readonly sections: readonly Section[] | undefined }> {
  const object = join(folder, `${source}.o`);
  const [program, ...words] = target.command as [string, ...string[]];
  const args = [...words, ...moduleFlags(target, include, folder), ...flags, '-c', '-o', object, join(folder, source)];
  const result = await inPool(() => run(program, args, { timeoutMs: 120_000 }));
  if (result.exitCode !== 0) return { result, sections: undefined };
  return { result, sections: readObject(readFileSync(object), source).sections };
}

function splitPreprocessed(output: string, include: string): Environment {
  const macros = new Map<string, Macro>();
  const text: string[] = [];
  let inside = false;
  for (const line of output.split('\n')) {
    const marker = /^# \d+ "([^"]*)"/.exec(line);
    if (marker !== null) {
      inside = resolve(marker[1]!).startsWith(`${include}/`);
      continue;
    }
    if (!inside) continue;
    const define = /^#define (\w+)(\([^)]*\))?(?: (.*))?$/.exec(line);
    if (define !== null) macros.set(define[1]!, { parameters: define[2], body: define[3] ?? '' });
    else if (line.startsWith('#undef ')) macros.delete(line.slice(7).trim());
    else if (!line.startsWith('#')) text.push(line);
  }
  return { macros, text: text.join('\n') };
}
