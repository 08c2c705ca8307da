import type { Arch } from '../../natmod-rules/arch/index.ts';
import { joinWords } from '../../natmod-rules/compile/index.ts';
import { problemsIn } from '../../natmod-rules/problem.ts';
import { findToolchain, type ToolchainWishes } from './find.ts';
import { howToGetCompiler } from './ways.ts';

/** The compiler for an architecture, for people: its command, or how to get one. */
export async function describeCompiler(arch: Arch, { cc, cross, cwd }: ToolchainWishes): Promise<string> {
  try {
    const { compiler, standsIn } = await findToolchain(arch, { cc, cross, cwd });
    return `${joinWords(compiler)}${standsIn === undefined ? '' : '  (no other on PATH)'}`;
  } catch (error) {
    problemsIn(error);
    return `no compiler; ${howToGetCompiler(arch)}`;
  }
}

/** Whether there is a compiler that is made for the architecture, not one that stands in for it. */
export async function hasOwnCompiler(arch: Arch, { cc, cross, cwd }: ToolchainWishes): Promise<boolean> {
  try {
    return (await findToolchain(arch, { cc, cross, cwd })).standsIn === undefined;
  } catch (error) {
    problemsIn(error);
    return false;
  }
}
