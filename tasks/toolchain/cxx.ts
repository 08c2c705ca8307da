import { join } from 'node:path';
import { isCxx } from '../../natmod-rules/compile/index.ts';
import type { ModuleInputs } from '../make/work.ts';
import { sdkDir } from '../system/project.ts';
import { answersOf, type Toolchain } from './find.ts';

/**
 * What C++ code needs of its language's run-time library: a C source that becomes part of every module with C++
 * sources.
 */
export const CXX_RUNTIME = join(sdkDir, 'cxx', 'runtime.c');

/** The inputs of a module, with that source at the end if any other is C++. */
export function withCxxRuntime({ sources, work }: ModuleInputs): ModuleInputs {
  if (!sources.some(isCxx) || sources.includes(CXX_RUNTIME)) return { sources, work };
  return {
    sources: [...sources, CXX_RUNTIME],
    work: work === undefined ? undefined : { ...work, order: [...work.order, CXX_RUNTIME] },
  };
}

/**
 * What is missing to compile C++ with a compiler that compiles C, with the way to get it; undefined when nothing is.
 */
export async function lackOfCxx(toolchain: Toolchain): Promise<string | undefined> {
  const { compiler, arch } = toolchain;
  const answers = answersOf(toolchain);
  // GCC answers with a path for the compilers that it has, and with the bare name for others. Clang is one program for
  // all.
  const [c, cxx] = await Promise.all(
    ['cc1', 'cc1plus'].map((name) => answers.ask(compiler, `-print-prog-name=${name}`)),
  );
  if (c === undefined || !/[/\\]/.test(c) || cxx === undefined || /[/\\]/.test(cxx)) return undefined;
  const debian = arch.debianPackages.find((name) => name.startsWith('gcc'))?.replace('gcc', 'g++');
  const how = debian === undefined ? '' : `; on Debian or Ubuntu: apt-get install ${debian}`;
  return `needs a C++ compiler, and ${compiler.at(-1)} compiles only C${how}`;
}
