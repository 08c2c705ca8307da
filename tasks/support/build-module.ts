import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ESP8266_ROM } from '../../natmod-rules/arch/esp8266-rom.ts';
import { includeFolders } from '../../natmod-rules/compile/index.ts';
import { readExterns } from '../../natmod-rules/link/externs.ts';
import type { Library } from '../../natmod-rules/link/libraries.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { compile, link, mpyCross, pack, preprocess, type StageFile, save, sources } from '../stages/index.ts';
import type { LinkedObjects } from '../stages/link.ts';
import type { ModuleSizes } from '../stages/stage.ts';
import type { ModulePlan } from './describe-module.ts';
import { makeFolder, writeWhole } from './files.ts';
import { openLibraries, runtimeLibraries } from './libraries.ts';
import { isFile } from './look.ts';
import { replaceGlibc } from './math-library.ts';
import type { Pool } from './pool.ts';
import { printLine } from './report.ts';

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
  await makeFolder(buildDir);
  const mark = join(buildDir, buildMark);
  if (!isFile(mark)) await writeWhole(mark, 'Made by `gulp build`; `gulp clean` removes this folder.\n');
  let built: StageFile | undefined;
  await pipeline(
    input,
    preprocess({ name, includeFolders: ownIncludeFolders(plan), mpyDir }),
    mpyCross({ arch, buildDir, cwd, flags: plan.mpyCrossFlags, mpyDir, pool, verbose }),
    compile({ arch, buildDir, cwd, cflags: plan.cflags, toolchain, pool, verbose }),
    link({
      arch,
      name,
      sourceName: plan.linker.sourceName,
      archFlags: plan.linker.archFlags,
      externs,
      rom: romRoutines(plan),
      libraries: (objects) => findLibraries(plan, objects, pool),
    }),
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

/** The libraries that MPY_LD_FLAGS names and, for LINK_RUNTIME, the compiler's own. */
async function findLibraries(plan: ModulePlan, objects: LinkedObjects, pool: Pool): Promise<readonly Library[]> {
  const { linker, runtime, toolchain, cflags, module, mpyDir } = plan;
  if (toolchain === undefined) return [];
  const own = runtime === 'wanted' ? await runtimeLibraries(toolchain, cflags) : [];
  const opened = await openLibraries([...linker.libraries, ...own], { cwd: module.dir, toolchain, cflags });
  if (opened.length === 0) return [];
  const { libraries, taken } = await replaceGlibc(opened, objects, { toolchain, cflags, mpyDir, pool });
  if (taken !== undefined) tellOnce(`${plan.arch.name}: mathematical functions are those of ${taken}, not of glibc`);
  return libraries;
}

const told = new Set<string>();

function tellOnce(line: string): void {
  if (!told.has(line)) printLine(line);
  told.add(line);
}

/** The compilers for the ESP8266 leave to its ROM what is there. */
function romRoutines({ arch, runtime, linker }: ModulePlan): ReadonlyMap<string, number> | undefined {
  return arch.name === 'xtensa' && runtime !== 'none' && linker.externs.length === 0 ? ESP8266_ROM : undefined;
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
