import { join, resolve } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import { findFinished, noteFinished, qstrPlaceOf } from '../incremental/finished.ts';
import { folderNotes } from '../incremental/folder-notes.ts';
import type { FoundLibraries } from '../incremental/link-records.ts';
import { ModuleMemory } from '../incremental/module-memory.ts';
import { markFolder } from '../incremental/module-record.ts';
import { inputsOf, noInputs } from '../incremental/observed.ts';
import type { Session } from '../incremental/session.ts';
import type { MadeFile } from '../make/run.ts';
import type { MakeWork } from '../make/work.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { BuiltModule } from '../modules/items.ts';
import { describeLink, describeRoutines, describeVariables } from '../report/describe-link.ts';
import { areWished, type PassWishes, watchPasses } from '../report/watch-passes.ts';
import { arrange, takeMade } from '../stages/arrange.ts';
import { compile, link, mpyCross, pack, preprocess, type StageFile, save, sources } from '../stages/index.ts';
import type { Stage } from '../stages/stage.ts';
import { now } from '../system/file-hashes.ts';
import { traceFiles } from '../system/file-trace.ts';
import { makeFolder, removeLeftovers } from '../system/files.ts';
import { holdingPaths } from '../system/hold-paths.ts';
import { inTurn } from '../system/in-turn.ts';
import type { Pool } from '../system/pool.ts';
import type { Flow, ModuleStages } from './flow.ts';
import { findLibraries } from './link-libraries.ts';
import { linkOptions, romRoutines } from './link-plan.ts';

export interface BuildContext {
  readonly pool: Pool;
  readonly session: Session;
  /** What is wanted of the linker's passes. */
  readonly passes: PassWishes;
  readonly flow: Flow;
  /**
   * Is waited for where it is known that something is to be made, or that it cannot be, before anything is written or
   * compiled. What it throws ends the build, and is no problem of the module.
   */
  readonly begin?: () => Promise<void>;
  /** Gets what was linked. A module that is up to date is linked once more for it, from the objects that are there. */
  readonly onLinked?: OnLinked;
  /** Gets what the ELF file of a module was made of, where one is made, and the bytes of that file. */
  readonly onDescribed?: OnDescribed;
}

export type OnDescribed = (plan: ModulePlan, result: LinkResult, elf: Uint8Array) => void;

export type OnLinked = (plan: ModulePlan, result: LinkResult) => void;

/**
 * Builds one module for one architecture: the stages, one after the other. Where nothing has changed they do not run.
 */
export async function buildModule(plan: ModulePlan, context: BuildContext): Promise<BuiltModule> {
  const build = () => buildAlone(plan, context);
  if (plan.work === undefined) return build();
  // What make makes can be the same file for every architecture, in this process and in others.
  const paths = heldPaths(plan.work, plan.module.dir);
  const { report } = context.session;
  const onWait = () =>
    report.note(`${plan.name} ${plan.arch.name}: waits for another natmod that makes files of this module`);
  return inTurn(turnOf(plan.work, plan.module.dir), () => holdingPaths(paths, onWait, build));
}

async function buildAlone(plan: ModulePlan, context: BuildContext): Promise<BuiltModule> {
  const memory = new ModuleMemory(context.session, plan.place, `${plan.name} ${plan.arch.name}`);
  const made = await makeFirst(plan, context.session, memory);
  const finished = await findFinished(plan, memory, made, context.begin);
  const mustLink = context.onLinked !== undefined || areWished(context.passes);
  if (finished !== undefined && !mustLink) return finished;
  await context.begin?.();
  try {
    const built = await runStages(plan, context, memory, made);
    return { ...built, upToDate: finished?.upToDate === true };
  } catch (error) {
    await memory.keepObjects();
    memory.closeUnfinished();
    throw error;
  }
}

/**
 * What make has rules for. What those read nobody can tell, so make does it anew, and whether it came out as before is
 * looked at.
 */
async function makeFirst(
  { makeFirst, work, place }: ModulePlan,
  session: Session,
  memory: ModuleMemory,
): Promise<readonly MadeFile[]> {
  if (makeFirst === undefined) return [];
  memory.explain(`make ${work?.targets.join(' ')}: what rules of a Makefile read is not known`);
  const made = await makeFirst(session.report, folderNotes(place.buildDir));
  // Make may have written sources and headers that were looked at before.
  session.nextRound();
  return made;
}

/** What make makes outside of a module's folder can be of several modules. */
function turnOf({ targets }: MakeWork, dir: string): string {
  return targets.some(isOutside) ? '' : dir;
}

function heldPaths({ targets }: MakeWork, dir: string): string[] {
  return [dir, ...targets.filter(isOutside).map((name) => resolve(dir, name))];
}

function isOutside(name: string): boolean {
  return /^(\.\.?[\\/])*\.\.[\\/]|^(?:[A-Za-z]:)?[\\/]/.test(name);
}

async function runStages(
  plan: ModulePlan,
  context: BuildContext,
  memory: ModuleMemory,
  made: readonly MadeFile[],
): Promise<BuiltModule> {
  const { module } = plan;
  const { flow } = context;
  const { folder, buildDir, cleaned } = plan.place;
  const cwd = module.dir;
  const input = await sources(plan.sources, { cwd, makefile: join(cwd, module.makefile) });
  const linking = linkOptions(plan, `${plan.name}.mpy`);
  makeFolder(buildDir);
  markFolder(cleaned);
  for (const place of [buildDir, folder]) removeLeftovers(place);
  const job: StageJob = {
    plan,
    context,
    memory,
    input,
    linking,
    made,
    libraries: { inputs: noInputs, asked: [] },
    said: [],
  };
  let built: StageFile | undefined;
  const take = new Writable({
    objectMode: true,
    write(file: StageFile, _encoding, done) {
      built = file;
      done();
    },
  });
  await pipeline([...flow(stagesOf(job)), take]);
  if (built === undefined) throw new Error('the stages made no module');
  const sizes = built.natmod?.kind === 'module' ? built.natmod.sizes : undefined;
  const said = job.said.length === 0 ? undefined : job.said.join('\n');
  await noteFinished(plan, memory, { libraries: job.libraries, made, bytes: built.contents, sizes, said });
  return { file: built.path, bytes: built.contents.length, sizes, upToDate: false };
}

/** What the stages of one module share. */
interface StageJob {
  readonly plan: ModulePlan;
  readonly context: BuildContext;
  readonly memory: ModuleMemory;
  readonly input: Readable;
  readonly linking: ReturnType<typeof linkOptions>;
  readonly made: readonly MadeFile[];
  /** Which libraries were looked at. */
  libraries: FoundLibraries;
  /** What was told of the module, to be told again when it comes from the cache. */
  readonly said: string[];
}

function stagesOf(job: StageJob): ModuleStages {
  const { plan, context, memory, input, made } = job;
  const { arch, name, toolchain, mpyDir, work, mpyCrossFlags: flags, cflags } = plan;
  const { folder, buildDir } = plan.place;
  const { pool } = context;
  const { report } = context.session;
  const cwd = plan.module.dir;
  const place = qstrPlaceOf(plan, context.session);
  return {
    sources: () => input,
    preprocess: () => preprocess({ name, ...place, search: (texts) => memory.searchQstrs(texts, place) }),
    takeMade: () => takeMade({ files: made, replaced: work?.replaced ?? new Set() }, cwd),
    mpyCross: () => mpyCross({ arch, buildDir, cwd, flags, mpyDir, pool, report, memory }),
    compile: () => compile({ arch, buildDir, cwd, cflags, toolchain, pool, report, memory }),
    arrange: () => arrange(work?.order ?? plan.sources, cwd, buildDir),
    link: () => linkStage(job),
    pack: () => pack({ name }),
    save: () => save(folder),
  };
}

function linkStage(job: StageJob): Stage<'link'> {
  const { plan, context, linking } = job;
  const { arch, name } = plan;
  const { pool, session, onLinked, passes } = context;
  const { report, hashes } = session;
  const tell = (line: string) => {
    job.said.push(line);
    report.noteOnce(line);
  };
  const watch = watchPasses(passes, `${name} ${arch.name}`, (text) =>
    report.emit({ kind: 'result', text: `${text}\n` }),
  );
  return link({
    ...linking,
    ...watch.options,
    name,
    libraries: async (objects, reader) => {
      const find = () => findLibraries(plan, objects, { pool, session, reader, tell });
      if (!session.observes) return find();
      const start = now();
      const { value, trace } = await traceFiles(find);
      job.libraries = { inputs: inputsOf(trace, hashes, start), asked: trace.answers };
      return value;
    },
    onLinked: (result) => {
      watch.end();
      onLinked?.(plan, result);
      for (const line of describeVariables(result.image)) tell(`${name} ${arch.name}: ${line}`);
      const routines = plan.runtime === 'as-needed' ? describeRoutines(result.image) : undefined;
      if (routines !== undefined) tell(`${name} ${arch.name}: ${routines}`);
      if (!report.verbose) return;
      for (const line of describeLink(result.image, romRoutines(plan))) report.note(`${name} ${arch.name}: ${line}`);
    },
  });
}
