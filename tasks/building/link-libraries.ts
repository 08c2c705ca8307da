/** Which static libraries a module is linked with. */
import { resolve } from 'node:path';
import type { ObjectReader } from '../../natmod-rules/elf/object-reader.ts';
import { rulesOf } from '../../natmod-rules/link/families/index.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { isProvided } from '../../natmod-rules/link/read/provided.ts';
import { isCompilersOwn } from '../../natmod-rules/link/read/undefined.ts';
import { mathMembers } from '../incremental/math-members.ts';
import type { Session } from '../incremental/session.ts';
import type { LinkedObjects } from '../stages/link.ts';
import { isSame } from '../system/look.ts';
import type { Pool } from '../system/pool.ts';
import { compilersLibrary, openLibraries, runtimeLibraries } from '../toolchain/libraries.ts';
import { replaceGlibc, wantedBeyond } from '../toolchain/math-library.ts';
import { ownRoutines } from '../toolchain/own-routines.ts';
import type { LinkPlan } from './link-plan.ts';

export interface LibrarySearch {
  readonly pool: Pool;
  readonly session: Session;
  /** Reads objects and members for the linker, too. */
  readonly reader: ObjectReader;
  /** Gets what is good to know. */
  readonly tell: (line: string) => void;
}

/** The libraries that MPY_LD_FLAGS names and, for LINK_RUNTIME, the compiler's own. */
export async function findLibraries(
  plan: LinkPlan,
  objects: LinkedObjects,
  { pool, session, reader, tell }: LibrarySearch,
): Promise<readonly Library[]> {
  const { linker, runtime, toolchain, cflags, module, mpyDir } = plan;
  if (toolchain === undefined) return [];
  const compile = mathMembers(session, pool);
  const own = runtime === 'wanted' || runtime === 'named' ? await runtimeLibraries(toolchain, cflags, tell) : [];
  // An older tree may have asked another compiler and found nothing.
  const added = own.filter((path) => !linker.libraries.some((named) => isSame(resolve(module.dir, named), path)));
  const opened = await openLibraries([...linker.libraries, ...added], { cwd: module.dir, toolchain, cflags });
  if (runtime !== 'none') {
    const theirs = opened.filter(({ file }) => !own.some((path) => isSame(path, file)));
    const missing = wantedBeyond(objects, theirs, reader);
    const ours = await ownRoutines(missing, { toolchain, cflags, compile });
    if (ours !== undefined) opened.unshift(ours);
    if (runtime === 'as-needed') {
      const rest = ours === undefined ? missing : wantedBeyond(objects, opened, reader);
      opened.push(...(await neededRoutines(plan, rest)));
    }
  }
  if (opened.length === 0) return [];
  const { libraries, taken } = await replaceGlibc(opened, objects, { toolchain, cflags, mpyDir, reader, compile });
  if (taken !== undefined) tell(`${plan.arch.name}: mathematical functions are those of ${taken}, not of glibc`);
  return libraries;
}

/** The compiler's own routines, for those among undefined symbols that its code counts on. */
async function neededRoutines(
  { arch, toolchain, cflags, linker, module }: LinkPlan,
  missing: readonly string[],
): Promise<readonly Library[]> {
  if (toolchain === undefined || linker.externs.length > 0) return [];
  const isNeeded = (name: string) => isCompilersOwn(name) && !isProvided(arch, rulesOf(arch.family), name);
  return missing.some(isNeeded) ? compilersLibrary(toolchain, cflags, module.dir) : [];
}
