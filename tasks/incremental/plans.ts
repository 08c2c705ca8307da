import { dirname, join, resolve } from 'node:path';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { type MakefileScan, scanMakefile } from '../../natmod-rules/compile/index.ts';
import { cachedTrees } from '../bootstrap/sources.mjs';
import { isTarget, mayWriteAsRead } from '../make/as-read.ts';
import { wanted } from '../make/ask.ts';
import { describeModule, type ModulePlan, MPY_DIR_REPLACED, type Skipped } from '../modules/describe-module.ts';
import { hasConfig, type ModuleSource } from '../modules/find.ts';
import { nameAtHand } from '../modules/select.ts';
import type { Options } from '../options/options.ts';
import { type FileHashes, now } from '../system/file-hashes.ts';
import { isScript } from '../system/file-head.ts';
import { type Trace, traceFiles } from '../system/file-trace.ts';
import { examplesDir, projectDir, sdkDir } from '../system/project.ts';
import { answersOf, installationOf, type Toolchain } from '../toolchain/find.ts';
import { NOTHING_REMEMBERED } from './explain.ts';
import { differenceFrom, type Inputs, inputsOf, observeEnvironment } from './observed.ts';
import { keyOf } from './record.ts';
import type { Session } from './session.ts';

/** A plan with all it depends on. */
interface PlanRecord {
  readonly inputs: Inputs;
  /** Makefiles ask the compiler about itself. */
  readonly installation: string | undefined;
  readonly answer: PlainPlan | Skipped;
}

/** A plan as JSON has it. */
type PlainPlan = Omit<ModulePlan, 'arch' | 'toolchain' | 'work' | 'makeFirst'> & {
  readonly arch: string;
  readonly toolchain: PlainToolchain | undefined;
};

type PlainToolchain = Omit<Toolchain, 'arch' | 'answers' | 'gcc'> & { readonly gcc?: PlainToolchain };

/**
 * The plan of a module for one architecture, as `describeModule` makes it. Make is not asked again while nothing has
 * changed that its answer can depend on; where that cannot be told from the text of the Makefiles, it is asked every
 * time.
 *
 * @param others architectures for which the module will be planned at once
 * @throws those of `describeModule`
 */
export async function planModule(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  session: Session,
  others: readonly Arch[] = [],
): Promise<ModulePlan | Skipped> {
  const describe = (arches: readonly Arch[]) => {
    const together = { arches: arches.map(({ name }) => name), replies: session.replies };
    return describeModule(module, arch, options, session.report, session.answers, together);
  };
  // A config file is a program: it has to run.
  if (hasConfig(module)) return describe([]);
  if (!session.observes) {
    const plan = await describe(others);
    explain(plan, NOTHING_REMEMBERED, module, arch, options, session);
    return plan;
  }
  const { plans, records, hashes } = session;
  const { key, noted, difference } = await findPlan(module, arch, options, session);
  if (noted !== undefined && difference === undefined) {
    plans.set(key, noted);
    return revive(noted.answer, session);
  }
  // A Makefile that was just saved is read before make reads it, so that its content at that time is certain.
  hashes.hash(join(module.dir, module.makefile));
  const start = now();
  const alike = await unplanned(others, module, options, session);
  const { value: plan, trace } = await traceFiles(() => describe(alike));
  const found = await note(plan, trace, start, module, session);
  const isKept = typeof found !== 'string';
  explain(plan, isKept ? `${difference}` : found, module, arch, options, session);
  if (isKept) {
    plans.set(key, found);
    records.put('plan', key, found);
  } else plans.delete(key);
  return plan;
}

/** What is known of a plan, and why it has to be made anew; nothing to say when it holds. */
async function findPlan(module: ModuleSource, arch: Arch | undefined, options: Options, session: Session) {
  const key = planKey(module, arch, options);
  const noted = (session.plans.get(key) ?? session.records.get('plan', key)?.value) as PlanRecord | undefined;
  const difference = noted === undefined ? 'nothing is known of it' : await whyNot(noted, session);
  return { key, noted, difference };
}

/**
 * Whether make can write files of a module while it reads its Makefile. What it wrote last is there for all
 * architectures then, so each has to be built before make is asked for the next one.
 */
export async function isWrittenAsRead(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  session: Session,
): Promise<boolean> {
  if (hasConfig(module) || !mayWriteAsRead(module)) return false;
  // A plan that is remembered has Makefiles of which nothing of the kind is to be feared.
  return !session.observes || (await findPlan(module, arch, options, session)).difference !== undefined;
}

/** Those of the architectures for which make has to be asked. */
async function unplanned(
  arches: readonly Arch[],
  module: ModuleSource,
  options: Options,
  session: Session,
): Promise<readonly Arch[]> {
  const found = await Promise.all(arches.map((arch) => findPlan(module, arch, options, session)));
  return arches.filter((_, i) => found[i]?.difference !== undefined);
}

function explain(
  plan: ModulePlan | Skipped,
  why: string,
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  session: Session,
): void {
  const name = 'skipped' in plan ? nameAtHand(module, options) : plan.name;
  session.explain(`${name} ${('skipped' in plan ? arch : plan.arch)?.name ?? ''}: make asked: ${why}`);
}

/**
 * The files that a plan depends on; undefined when nobody knows. `there` only have to be there; `folders` are those
 * where every name counts.
 */
export function planInputs(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  { plans }: Session,
): { readonly [kind in 'paths' | 'there' | 'folders']: readonly string[] } | undefined {
  const noted = plans.get(planKey(module, arch, options)) as PlanRecord | undefined;
  if (noted === undefined) return undefined;
  const { files, there = [], missing, links = [], folders = [] } = noted.inputs;
  return {
    paths: [...files.map(([path]) => path), ...missing, ...links.map(([path]) => path)],
    there,
    folders: folders.map(([path]) => path),
  };
}

/** Everything that is told to make or decides how it is asked. */
function planKey(module: ModuleSource, arch: Arch | undefined, options: Options): string {
  const { mpyDir, cross, cc, makeVariables, goal, outDir, outGiven, arches } = options;
  // One architecture or several decides where a module goes that has no folder of its own for each.
  const placed = outGiven || module.dir.startsWith(examplesDir);
  const several = !placed && (arches === 'all' || (arches?.length ?? 1) > 1);
  const all = arches === 'all';
  const asked = [module, arch?.name, mpyDir, cross, cc, makeVariables, goal, outDir, outGiven, several, all];
  return keyOf('plan', [asked, options.cwd, process.cwd(), cachedTrees().map(({ dir }) => dir)]);
}

async function whyNot({ inputs, installation, answer }: PlanRecord, session: Session): Promise<string | undefined> {
  const difference = differenceFrom(inputs, session.hashes);
  if (difference !== undefined) return difference;
  return installation === (await compilersOf(answer, session)) ? undefined : 'the compiler changed';
}

/** What is kept of an answer, or why it cannot be. */
async function note(
  plan: ModulePlan | Skipped,
  trace: Trace,
  start: number,
  module: ModuleSource,
  session: Session,
): Promise<PlanRecord | string> {
  const { hashes } = session;
  if (plan.unsure === true) return 'skipped' in plan ? plan.skipped : 'a shell has to expand its flags';
  const makefiles = inputsOf({ ...trace, there: trace.makefiles }, hashes, start);
  // A name that is no file was not read right: lists of make have no way to tell a blank in a name from one between
  // two.
  if (makefiles === undefined || makefiles.files.length !== trace.makefiles.size || makefiles.files.length === 0)
    return 'nobody knows which Makefiles were read';
  const unsure = await whyUnsure(plan, makefiles, module, session);
  if (unsure !== undefined) return unsure;
  const foreign = scansOf(makefiles, hashes).filter(({ path }) => !isOwn(path));
  const absolute = (names: readonly string[]) => names.map((name) => resolve(module.dir, name));
  const optional = absolute(foreign.flatMap(({ scan }) => scan.optional));
  const folders = absolute(foreign.flatMap(({ scan }) => scan.folders));
  const late = lateChange([...optional, ...folders], trace, start, hashes);
  if (late !== undefined) return `${late} changed after make was asked`;
  const externs = 'skipped' in plan ? [] : absolute(plan.linker.externs);
  const answer = 'skipped' in plan ? plan : toPlain(plan);
  const specs = 'skipped' in plan ? [] : await specsFiles(plan, hashes);
  return {
    inputs: {
      files: [...makefiles.files, ...specs],
      there: [...trace.there, ...optional.filter((path) => hashes.exists(path))],
      missing: [...makefiles.missing, ...optional.filter((path) => !hashes.exists(path))],
      folders: folders.map((path) => [path, hashes.names(path)]),
      links: externs.map((path) => [path, hashes.end(path)]),
      programs: makefiles.programs,
      environment: environmentOf(makefiles, hashes),
    },
    installation: await compilersOf(answer, session),
    answer,
  };
}

/** Whether something is there that make may have seen otherwise, because it was asked before this plan was begun. */
function lateChange(
  paths: readonly string[],
  { usedSince }: Trace,
  start: number,
  hashes: FileHashes,
): string | undefined {
  return usedSince < start ? paths.find((path) => hashes.changedSince(path, usedSince)) : undefined;
}

/** What of an answer depends on things that cannot be observed. */
async function whyUnsure(
  plan: ModulePlan | Skipped,
  makefiles: Inputs,
  module: ModuleSource,
  session: Session,
): Promise<string | undefined> {
  const names = makefiles.files.map(([path]) => path);
  for (const { path, scan } of scansOf(makefiles, session.hashes)) {
    if (isOwn(path)) continue;
    if (scan.unsure !== undefined) return `${path} uses ${scan.unsure}`;
    // Make looks for it in other folders too, and what it found there is hidden once the first one has it.
    const far = scan.included.find((name) => !names.includes(resolve(module.dir, name)));
    if (far !== undefined) return `${path} includes ${far}, which may not be where it seems`;
    const isMade = scan.targets.some((target) => names.some((name) => isTarget(target, name, module.dir)));
    if (isMade && !isOfTree(path)) return `${path} has a rule that makes a Makefile`;
  }
  const make = makefiles.programs?.find(([name]) => name === 'gmake' || name === 'make')?.[2] ?? '';
  if (make !== '' && isScript(make)) return `${make} is a script`;
  if ('skipped' in plan) return undefined;
  if (plan.makeFirst !== undefined) return 'the Makefile has rules of its own';
  if (plan.warnings.some(({ code }) => code !== MPY_DIR_REPLACED)) return 'there are warnings';
  const { toolchain } = plan;
  return toolchain === undefined ? undefined : (await answersOf(toolchain).factsOf(toolchain.compiler)).opaque;
}

/** Ours: what these ask for outside of make is among the inputs of a plan. Keep it so. */
function isOwn(path: string): boolean {
  return dirname(dirname(path)) === sdkDir || path === resolve(projectDir, 'tasks', 'make', 'probe.mk');
}

/** The rules of MicroPython's own files make objects and modules. */
function isOfTree(path: string): boolean {
  return /[/\\]py[/\\](?:dynruntime|mkenv|verbose)\.mk$/.test(path);
}

function scansOf({ files }: Inputs, hashes: FileHashes): { path: string; scan: MakefileScan }[] {
  return files.map(([path]) => ({ path, scan: hashes.readOnce(path, `${hashes.hash(path)}`, readMakefile) }));
}

function readMakefile(bytes: Buffer): MakefileScan {
  return scanMakefile(bytes.toString('utf8'));
}

function environmentOf(makefiles: Inputs, hashes: FileHashes) {
  // What make itself reads of it, besides variables.
  const names = new Set<string>([...wanted, 'MAKEFILES', 'MAKE_TERMOUT', 'SHELL', 'LC_ALL', 'LC_CTYPE', 'LANG']);
  const patterns = new Set<string>();
  for (const { path, scan } of scansOf(makefiles, hashes)) {
    for (const word of scan.words) names.add(word);
    // Ours take parameters, which look like names of variables that could be any.
    for (const pattern of scan.computed) if (!isOwn(path) || pattern !== '^.*$') patterns.add(pattern);
  }
  return observeEnvironment({ names: [...names], patterns: [...patterns] }, hashes);
}

async function compilersOf(answer: PlainPlan | Skipped, { answers }: Session): Promise<string | undefined> {
  if ('skipped' in answer || answer.toolchain === undefined) return undefined;
  return installationOf({ ...withArch(answer.toolchain, archByName(answer.arch)), answers });
}

/** Makefiles look into specs files of the compiler. */
async function specsFiles({ toolchain }: ModulePlan, hashes: FileHashes): Promise<[string, string][]> {
  if (toolchain?.arch.family !== 'riscv') return [];
  const path = await answersOf(toolchain).ask(toolchain.compiler, '-print-file-name=picolibc.specs');
  const hash = hashes.hash(resolve(path));
  return hash === undefined ? [] : [[resolve(path), hash]];
}

function toPlain({ arch, toolchain, work: _work, makeFirst: _makeFirst, ...rest }: ModulePlan): PlainPlan {
  return { ...rest, arch: arch.name, toolchain: toolchain && plainToolchain(toolchain) };
}

function plainToolchain({ arch: _arch, answers: _answers, gcc, ...rest }: Toolchain): PlainToolchain {
  return { ...rest, ...(gcc === undefined ? {} : { gcc: plainToolchain(gcc) }) };
}

function revive(answer: PlainPlan | Skipped, { answers }: Session): ModulePlan | Skipped {
  if ('skipped' in answer) return answer;
  const arch = archByName(answer.arch);
  const { toolchain } = answer;
  return { ...answer, arch, toolchain: toolchain && { ...withArch(toolchain, arch), answers } };
}

function withArch({ gcc, ...rest }: PlainToolchain, arch: Arch): Toolchain {
  return { ...rest, arch, ...(gcc === undefined ? {} : { gcc: withArch(gcc, arch) }) };
}
