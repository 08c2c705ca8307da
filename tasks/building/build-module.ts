import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ESP8266_ROM } from '../../natmod-rules/arch/esp8266-rom.ts';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import { readExterns } from '../../natmod-rules/link/read/externs.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { changePasses } from '../../natmod-rules/link/shrink/passes.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { markFolder } from '../incremental/build-state.ts';
import { now } from '../incremental/file-hashes.ts';
import { findFinished, noteFinished, qstrPlaceOf } from '../incremental/finished.ts';
import { type Inputs, inputsOf, noInputs } from '../incremental/inputs.ts';
import { ModuleMemory } from '../incremental/module-memory.ts';
import type { Session } from '../incremental/session.ts';
import type { MakeWork } from '../make/work.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import { describeLink, describeUnscanned } from '../report/describe-link.ts';
import { printLine, printOnce } from '../report/report.ts';
import { arrange, takeMade } from '../stages/arrange.ts';
import { compile, link, mpyCross, pack, preprocess, type StageFile, save, sources } from '../stages/index.ts';
import type { LinkedObjects } from '../stages/link.ts';
import type { ModuleSizes } from '../stages/stage.ts';
import { traceFiles } from '../system/file-trace.ts';
import { makeFolder, removeLeftovers } from '../system/files.ts';
import { inTurn } from '../system/in-turn.ts';
import { isSame } from '../system/look.ts';
import type { Pool } from '../system/pool.ts';
import { openLibraries, runtimeLibraries } from '../toolchain/libraries.ts';
import { replaceGlibc } from '../toolchain/math-library.ts';

/** A module that was built. */
export interface BuiltModule {
  /** Absolute path of the .mpy file. */
  readonly file: string;
  readonly bytes: number;
  /** Undefined when the module is Python only. */
  readonly sizes: ModuleSizes | undefined;
  /** It was there already, as it should be. */
  readonly upToDate: boolean;
  /** Absolute path of the ELF file with debug information, if one was wanted. */
  readonly elf?: string;
}

export interface BuildContext {
  readonly pool: Pool;
  readonly verbose: boolean;
  readonly session: Session;
  /** Gets what was linked. A module that is up to date is linked once more for it, from the objects that are there. */
  readonly onLinked?: OnLinked;
}

export type OnLinked = (plan: ModulePlan, result: LinkResult) => void;

/** What linking needs to know of a module. */
export type LinkPlan = Pick<ModulePlan, 'arch' | 'linker' | 'runtime' | 'toolchain' | 'cflags' | 'mpyDir'> & {
  readonly module: { readonly dir: string };
};

/**
 * What the linker shall do for size. Zig's run-time library is one object with every routine, so what is not used has to go in the
 * plain form, too.
 */
export function linkPasses({
  compact,
  linker,
  toolchain,
  runtime,
}: Pick<ModulePlan, 'toolchain' | 'runtime' | 'compact'> & { readonly linker: Pick<ModulePlan['linker'], 'passes'> }) {
  const isWhole = toolchain?.zig !== undefined && runtime !== 'none';
  return changePasses(compact, isWhole ? [['gc-sections', true], ...linker.passes] : linker.passes);
}

/** Builds one module for one architecture: the stages, one after the other. Where nothing has changed they do not run. */
export async function buildModule(plan: ModulePlan, context: BuildContext): Promise<BuiltModule> {
  const memory = new ModuleMemory(context.session, plan.place.buildDir);
  const finished = await findFinished(plan, memory);
  if (finished !== undefined && context.onLinked === undefined) return finished;
  try {
    const run = () => runStages(plan, context, memory);
    // What make makes can be the same file for every architecture.
    const built = await (plan.work === undefined ? run() : inTurn(turnOf(plan.work, plan.module.dir), run));
    return { ...built, upToDate: finished?.upToDate === true };
  } catch (error) {
    memory.closeUnfinished();
    throw error;
  }
}

/** What make makes outside of a module's folder can be of several modules. */
function turnOf({ targets }: MakeWork, dir: string): string {
  return targets.some((name) => /^(\.\.?\/)*\.\.\/|^\//.test(name)) ? '' : dir;
}

async function runStages(
  plan: ModulePlan,
  { pool, verbose, session, onLinked }: BuildContext,
  memory: ModuleMemory,
): Promise<BuiltModule> {
  const { arch, name, module, toolchain, mpyDir, work } = plan;
  const { folder, buildDir } = plan.place;
  const cwd = module.dir;
  const made = await plan.makeFirst?.({ verbose });
  // Make may have written sources and headers that were looked at before.
  if (made !== undefined) session.hashes.nextRound();
  const input = await sources(plan.sources, { cwd, makefile: join(cwd, module.makefile) });
  const externs = await readExternFiles(plan);
  makeFolder(buildDir);
  markFolder(buildDir, memory.before);
  for (const place of [buildDir, folder]) removeLeftovers(place);
  const place = qstrPlaceOf(plan);
  let libraries = noInputs as Inputs | undefined;
  let said: string | undefined;
  const tell = (line: string) => {
    said = said === undefined ? line : `${said}\n${line}`;
    printOnce(line);
  };
  let built: StageFile | undefined;
  await pipeline(
    input,
    preprocess({ name, ...place, search: (texts) => memory.searchQstrs(texts, place) }),
    takeMade({ files: made ?? [], replaced: work?.replaced ?? new Set() }, cwd),
    mpyCross({ arch, buildDir, cwd, flags: plan.mpyCrossFlags, mpyDir, pool, verbose, memory }),
    compile({ arch, buildDir, cwd, cflags: plan.cflags, toolchain, pool, verbose, memory }),
    arrange(work?.order ?? plan.sources, cwd, buildDir),
    link({
      arch,
      name,
      sourceName: plan.linker.sourceName,
      archFlags: plan.linker.archFlags,
      compact: linkPasses(plan),
      externs,
      rom: romRoutines(plan),
      libraries: async (objects) => {
        const start = now();
        const { value, trace } = await traceFiles(() => findLibraries(plan, objects, pool, tell));
        libraries = inputsOf(trace, session.hashes, start);
        return value;
      },
      onLinked: (result) => {
        onLinked?.(plan, result);
        const unscanned = describeUnscanned(result.image);
        if (unscanned !== undefined) tell(`${name} ${arch.name}: ${unscanned}`);
        if (verbose)
          for (const line of describeLink(result.image, romRoutines(plan))) printLine(`${name} ${arch.name}: ${line}`);
      },
    }),
    pack({ name }),
    save(folder),
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
  await noteFinished(plan, memory, { libraries, bytes: built.contents, sizes, said });
  return { file: built.path, bytes: built.contents.length, sizes, upToDate: false };
}

/** The libraries that MPY_LD_FLAGS names and, for LINK_RUNTIME, the compiler's own. */
export async function findLibraries(
  plan: LinkPlan,
  objects: LinkedObjects,
  pool: Pool,
  tell: (line: string) => void = printOnce,
): Promise<readonly Library[]> {
  const { linker, runtime, toolchain, cflags, module, mpyDir } = plan;
  if (toolchain === undefined) return [];
  const own = runtime === 'none' ? [] : await runtimeLibraries(toolchain, cflags);
  // An older tree may have asked another compiler and found nothing.
  const added = own.filter((path) => !linker.libraries.some((named) => isSame(resolve(module.dir, named), path)));
  const opened = await openLibraries([...linker.libraries, ...added], { cwd: module.dir, toolchain, cflags });
  if (opened.length === 0) return [];
  const { libraries, taken } = await replaceGlibc(opened, objects, { toolchain, cflags, mpyDir, pool });
  if (taken !== undefined) tell(`${plan.arch.name}: mathematical functions are those of ${taken}, not of glibc`);
  return libraries;
}

/** The compilers for the ESP8266 leave to its ROM what is there. */
export function romRoutines({ arch, runtime, linker }: LinkPlan): ReadonlyMap<string, number> | undefined {
  return arch.name === 'xtensa' && runtime !== 'none' && linker.externs.length === 0 ? ESP8266_ROM : undefined;
}

export async function readExternFiles({
  linker,
  module,
  arch,
}: LinkPlan): Promise<ReadonlyMap<string, number> | undefined> {
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
