/** The same modules by other compilers that are installed here, for `size --compilers`. Nothing of it stays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isClang, placeOfZig } from '../../natmod-rules/compile/index.ts';
import { type Cell, type Measure, textTable } from '../../natmod-rules/size/index.ts';
import type { Context } from '../building/context.ts';
import { runBuild } from '../building/run-build.ts';
import type { ModuleSource } from '../modules/find.ts';
import type { Options } from '../options/options.ts';
import { silentReport } from '../report/report.ts';
import { findProgram } from '../system/find-program.ts';
import { findZig } from '../toolchain/zig.ts';
import { type Built, measureBuilt } from './measure-built.ts';

/** What stands for `--cc`. */
function othersHere(cwd: string): readonly string[] {
  const clang = findProgram('clang', cwd) === undefined ? [] : ['clang'];
  return findZig(cwd) === undefined ? clang : [...clang, 'zig'];
}

/**
 * A table of each module's bytes by the compiler it was built with and by every other one.
 * @param built with what the user asked for
 * @returns undefined when there is no other compiler
 */
export async function compareCompilers(
  all: readonly ModuleSource[],
  built: readonly Built[],
  measures: readonly Measure[],
  options: Options,
  { flow }: Context,
): Promise<string | undefined> {
  const others = othersHere(options.cwd).filter((name) => !built.some((one) => isBy(name, one)));
  if (others.length === 0) return undefined;
  const columns = await Promise.all(others.map((cc) => sizesBy(cc, all, options, flow)));
  const rows = measures.map(({ module, arch, file }): Cell[] => {
    const sizes = columns.map((sizes) => sizes.get(`${arch}/${module}`));
    const smallest = Math.min(file, ...sizes.filter((size) => size !== undefined));
    const best = smallest === file ? 'this build' : `--cc ${others[sizes.indexOf(smallest)]}`;
    return [module, arch, file, ...sizes.map((size) => size ?? '-'), best];
  });
  return textTable([['module', 'arch', 'this build', ...others, 'smallest'], ...rows], 2);
}

function isBy(name: string, { plan }: Built): boolean {
  const compiler = plan.toolchain?.compiler ?? [];
  return name === 'clang' ? isClang(compiler) : placeOfZig(compiler) !== undefined;
}

/** Bytes of the files by architecture and module; what the compiler cannot build is not there. */
async function sizesBy(
  cc: string,
  all: readonly ModuleSource[],
  options: Options,
  flow: Context['flow'],
): Promise<ReadonlyMap<string, number>> {
  const outDir = await mkdtemp(join(tmpdir(), 'natmod-size-'));
  try {
    const wished = { ...options, cc, cross: undefined, debug: false, outDir, outGiven: true };
    const { built } = await runBuild(all, wished, { report: silentReport(), flow });
    const measures = await measureBuilt(built, new Map());
    return new Map(measures.map(({ module, arch, file }) => [`${arch}/${module}`, file]));
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}
