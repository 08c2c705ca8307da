import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { includeFolders } from '../../natmod-rules/compile/index.ts';
import { readExterns } from '../../natmod-rules/link/externs.ts';
import type { Library } from '../../natmod-rules/link/libraries.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { compile, link, mpyCross, pack, preprocess, type StageFile, save, sources } from '../stages/index.ts';
import type { ModuleSizes } from '../stages/stage.ts';
import type { ModulePlan } from './describe-module.ts';
import { makeFolder, writeWhole } from './files.ts';
import { openLibraries, runtimeLibraries } from './libraries.ts';
import { isFile } from './look.ts';
import type { Pool } from './pool.ts';

/** A module that was built. */
export interface BuiltModule {
  /** Absolute path of the .mpy file. */
  readonly file: string;
  readonly bytes: number;
  /** Undefined when the module is Python only. */
  readonly sizes: ModuleSizes | undefined;
}

/** Name of the file that marks a folder of intermediates as ours, so that `clean` removes nothing else. */
export const buildMark = '.natmod-build';

/** Builds one module for one architecture: the stages, one after the other. */
export async function buildModule(
  plan: ModulePlan,
  { outDir, pool, verbose }: { outDir: string; pool: Pool; verbose: boolean },
): Promise<BuiltModule> {
  const { arch, name, module, toolchain, mpyDir } = plan;
  const archDir = join(outDir, arch.name);
  const buildDir = join(archDir, name);
  const cwd = module.dir;
  const input = await sources(plan.sources, { cwd, makefile: join(cwd, module.makefile) });
  const externs = await readExternFiles(plan);
  const libraries = await readLibraries(plan);
  await makeFolder(buildDir);
  const mark = join(buildDir, buildMark);
  if (!isFile(mark)) await writeWhole(mark, 'Made by `gulp build`; `gulp clean` removes this folder.\n');
  let built: StageFile | undefined;
  await pipeline(
    input,
    preprocess({ name, includeFolders: ownIncludeFolders(plan), mpyDir }),
    mpyCross({ arch, buildDir, cwd, flags: plan.mpyCrossFlags, mpyDir, pool, verbose }),
    compile({ arch, buildDir, cwd, cflags: plan.cflags, toolchain, pool, verbose }),
    link({ arch, name, sourceName: plan.linker.sourceName, archFlags: plan.linker.archFlags, externs, libraries }),
    pack({ name }),
    save(archDir),
    new Writable({
      objectMode: true,
      write(file: StageFile, _encoding, done) {
        built = file;
        done();
      },
    }),
  );
  if (built === undefined) throw new Error('the stages made no module');
  const sizes = built.natmod?.kind === 'module' ? built.natmod.sizes : undefined;
  return { file: built.path, bytes: built.contents.length, sizes };
}

/** Folders with headers of the module's own: not those of the SDK or the MicroPython tree. */
function ownIncludeFolders({ cflags, module, mpyDir }: ModulePlan): string[] {
  return includeFolders(cflags)
    .map((folder) => resolve(module.dir, folder))
    .filter((folder) => folder !== mpyDir);
}

async function readLibraries({ linker, linkRuntime, toolchain, cflags, module }: ModulePlan): Promise<Library[]> {
  if (toolchain === undefined) return [];
  const runtime = linkRuntime ? await runtimeLibraries(toolchain, cflags) : [];
  return openLibraries([...linker.libraries, ...runtime], { cwd: module.dir, toolchain, cflags });
}

async function readExternFiles({ linker, module, arch }: ModulePlan): Promise<ReadonlyMap<string, number> | undefined> {
  if (linker.externs.length === 0) return undefined;
  const symbols = new Map<string, number>();
  for (const name of linker.externs) {
    const path = resolve(module.dir, name);
    const text = await readFile(path, 'utf8').catch(() =>
      fail('no-externs', `${arch.name}: the file of fixed symbols does not exist`, {
        file: name || 'MPY_EXTERN_SYM_FILE',
      }),
    );
    for (const [symbol, address] of readExterns(text, name).symbols) symbols.set(symbol, address);
  }
  return symbols;
}
