/**
 * Run-time routines that natmod has sources of: those of -ftrapv, which raise a Python exception where the compiler's
 * own stop the CPU. Each is compiled as the module is, when its code needs it.
 */
import { join } from 'node:path';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { isTrapping } from '../../natmod-rules/link/read/undefined.ts';
import { sdkDir } from '../system/project.ts';
import type { Toolchain } from './find.ts';
import { objectLibrary } from './object-library.ts';

/** Compiles a source that is not the module's; undefined when that fails. */
export type CompileRoutine = (
  source: string,
  toolchain: Toolchain,
  flags: readonly string[],
) => Promise<Buffer | undefined>;

const SOURCE = join(sdkDir, 'routines', 'overflow.c');

/**
 * The routines that are among `names`, as a library; undefined when none is.
 * @param names symbols that neither the module nor its libraries define
 */
export async function ownRoutines(
  names: readonly string[],
  { toolchain, cflags, compile }: { toolchain: Toolchain; cflags: readonly string[]; compile: CompileRoutine },
): Promise<Library | undefined> {
  const wanted = names.filter(isTrapping).sort();
  if (wanted.length === 0) return undefined;
  const flags = [...routineFlags(cflags), '-fno-trapv', '-fwrapv', '-ffreestanding'];
  const members = await Promise.all(
    wanted.map(async (name) => ({
      name: `${name}.o`,
      bytes: await compile(SOURCE, toolchain, [...flags, `-DNEEDS_${name.slice(2)}`]),
    })),
  );
  return objectLibrary(
    SOURCE,
    members.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }])),
  );
}

/**
 * What code of the module has to agree on; what the author has compilers look for in his own sources is not for these.
 */
function routineFlags(cflags: readonly string[]): string[] {
  const kept = cflags.filter(
    (flag) => /^-(m|f|O)/.test(flag) && !/^-f(lto|sanitize|instrument|profile|plugin)/.test(flag),
  );
  return [...kept, '-w'];
}
