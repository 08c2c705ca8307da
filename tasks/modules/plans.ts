import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { type MakefileScan, scanMakefile } from '../../natmod-rules/compile/index.ts';
import { cachedTrees } from '../bootstrap/sources.mjs';
import { type Inputs, inputsOf, isUnchanged } from '../incremental/inputs.ts';
import type { Session } from '../incremental/session.ts';
import { wanted } from '../make/probe.ts';
import type { Options } from '../options/options.ts';
import { type FileHashes, now } from '../system/file-hashes.ts';
import { traceFiles } from '../system/file-trace.ts';
import { hashOf } from '../system/hash.ts';
import { examplesDir, projectDir, sdkDir } from '../system/project.ts';
import { installationOf, type Toolchain } from '../toolchain/find.ts';
import { describeModule, type ModulePlan, MPY_DIR_REPLACED, type Skipped } from './describe-module.ts';
import { hasConfig, type ModuleSource } from './find.ts';

/** A plan with all it depends on. Make's own answer depends on more than files, so there is more than `Inputs`. */
interface NotedPlan {
  /** Makefiles by content; programs and files that were looked for, by being there or not. */
  readonly inputs: Inputs;
  /** Every variable of the environment that a Makefile could name: make takes them for its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders that `$(wildcard ...)` lists, with the hash of the names in them. */
  readonly folders: readonly (readonly [path: string, names: string])[];
  /** Where links lead that `$(realpath ...)` followed. */
  readonly links: readonly (readonly [path: string, end: string])[];
  /** Makefiles ask the compiler about itself. */
  readonly installation: string | undefined;
  readonly answer: PlainPlan | Skipped;
}

/** A plan as JSON has it. */
type PlainPlan = Omit<ModulePlan, 'arch' | 'toolchain' | 'work' | 'makeFirst'> & {
  readonly arch: string;
  readonly toolchain: Omit<Toolchain, 'arch'> | undefined;
};

/**
 * The plan of a module for one architecture, as `describeModule` makes it. Make is not asked again while nothing has changed
 * that its answer can depend on; where that cannot be told from the text of the Makefiles, it is asked every time.
 *
 * @throws those of `describeModule`
 */
export async function planModule(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  session: Session,
): Promise<ModulePlan | Skipped> {
  // A config file is a program: it has to run.
  if (hasConfig(module)) return describeModule(module, arch, options, session.report);
  const question = questionKey(module, arch, options);
  const noted = session.notes.probes[question] as NotedPlan | undefined;
  if (noted !== undefined && (await holds(noted, session))) return revive(noted.answer);
  // A Makefile that was just saved is read before make reads it, so that its content at that time is certain.
  session.hashes.hash(join(module.dir, module.makefile));
  const start = now();
  const { value: plan, trace } = await traceFiles(() => describeModule(module, arch, options, session.report));
  delete session.notes.probes[question];
  if (plan.unsure === true) return plan;
  const makefiles = inputsOf({ ...trace, there: trace.makefiles }, session.hashes, start);
  if (makefiles === undefined) return plan;
  // A name that is no file was not read right: lists of make have no way to tell a blank in a name from one between two.
  if (makefiles.files.length !== trace.makefiles.size) return plan;
  const inputs = { ...makefiles, there: [...trace.there] };
  const found = await note(plan, inputs, module, session);
  if (found !== undefined) session.notes.probes[question] = found;
  return plan;
}

/** The files that a plan depends on; undefined when nobody knows. `folders` are those where every name counts. */
export function planInputs(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  { notes }: Session,
): { readonly paths: readonly string[]; readonly folders: readonly string[] } | undefined {
  const noted = notes.probes[questionKey(module, arch, options)] as NotedPlan | undefined;
  if (noted === undefined) return undefined;
  const { files, there = [], missing } = noted.inputs;
  const links = noted.links.map(([path]) => path);
  return {
    paths: [...files.map(([path]) => path), ...there, ...missing, ...links],
    folders: noted.folders.map(([path]) => path),
  };
}

/** Everything that is told to make or decides how it is asked. */
function questionKey(module: ModuleSource, arch: Arch | undefined, options: Options): string {
  const { mpyDir, cross, cc, makeVariables, goal, outDir, outGiven, arches } = options;
  // One architecture or several decides where a module goes that has no folder of its own for each.
  const placed = outGiven || module.dir.startsWith(examplesDir);
  const several = !placed && (arches === 'all' || (arches?.length ?? 1) > 1);
  const all = arches === 'all';
  const asked = [module, arch?.name, mpyDir, cross, cc, makeVariables, goal, outDir, outGiven, several, all];
  return hashOf(JSON.stringify([asked, options.cwd, treeFolders()]));
}

function treeFolders(): string[] {
  return cachedTrees().map(({ dir }) => dir);
}

async function holds(noted: NotedPlan, session: Session): Promise<boolean> {
  const { hashes } = session;
  if (!isUnchanged(noted.inputs, hashes)) return false;
  const scans = scansOf(noted.inputs, hashes);
  if (JSON.stringify(environmentOf(scans, session)) !== JSON.stringify(noted.environment)) return false;
  if (noted.folders.some(([path, names]) => namesIn(path) !== names)) return false;
  if (noted.links.some(([path, end]) => endOf(path) !== end)) return false;
  return noted.installation === (await compilersOf(noted.answer));
}

async function note(
  plan: ModulePlan | Skipped,
  inputs: Inputs,
  module: ModuleSource,
  session: Session,
): Promise<NotedPlan | undefined> {
  const { hashes } = session;
  const own = inputs.files.filter(([path]) => !isOwn(path));
  const foreign = scansOf({ ...inputs, files: own }, hashes);
  const names = inputs.files.map(([path]) => path);
  if (inputs.files.length === 0 || foreign.some(({ unsure }) => unsure !== undefined)) return undefined;
  const rules = scansOf({ ...inputs, files: own.filter(([path]) => !isOfTree(path)) }, hashes).flatMap(
    (s) => s.targets,
  );
  if (rules.some((target) => names.some((name) => isTarget(target, name, module.dir)))) return undefined;
  if (
    !('skipped' in plan) &&
    (plan.makeFirst !== undefined || plan.warnings.some(({ code }) => code !== MPY_DIR_REPLACED))
  )
    return undefined;
  const answer = 'skipped' in plan ? plan : toPlain(plan);
  const optional = foreign.flatMap(({ optional }) => optional.map((name) => resolve(module.dir, name)));
  const folders = foreign.flatMap(({ folders }) => folders.map((name) => resolve(module.dir, name)));
  const externs = 'skipped' in plan ? [] : plan.linker.externs.map((name) => resolve(module.dir, name));
  return {
    inputs: { ...inputs, missing: [...inputs.missing, ...optional.filter((path) => !hashes.exists(path))] },
    environment: environmentOf(scansOf(inputs, hashes), session),
    folders: folders.map((path) => [path, namesIn(path)]),
    links: externs.map((path) => [path, endOf(path)]),
    installation: await compilersOf(answer),
    answer,
  };
}

/** Ours: what these ask for outside of make is among the fields of `NotedPlan`. Keep it so. */
function isOwn(path: string): boolean {
  return dirname(dirname(path)) === sdkDir || path === resolve(projectDir, 'tasks', 'make', 'probe.mk');
}

/** The rules of MicroPython's own files make objects and modules. */
function isOfTree(path: string): boolean {
  return /[/\\]py[/\\](?:dynruntime|mkenv|verbose)\.mk$/.test(path);
}

/** Make first makes its Makefiles anew where there is a rule for one. */
function isTarget(target: RegExp, makefile: string, dir: string): boolean {
  const relative = makefile.startsWith(`${dir}/`) ? makefile.slice(dir.length + 1) : makefile;
  return target.test(relative) || target.test(makefile);
}

const probedNames: ReadonlySet<string> = new Set(wanted);
const scans = new Map<string, MakefileScan>();

function scansOf(inputs: Inputs, hashes: FileHashes): MakefileScan[] {
  return inputs.files.map(([path]) => {
    const hash = `${hashes.hash(path)} ${isOwn(path)}`;
    let scan = scans.get(hash);
    if (scan === undefined) {
      scan = scanMakefile(readFileSync(path, 'utf8'));
      // Ours take parameters, which look like names of variables that could be any.
      if (isOwn(path)) scan = { ...scan, computed: scan.computed.filter(({ source }) => source !== '^.*$') };
      scans.set(hash, scan);
    }
    return scan;
  });
}

function environmentOf(all: readonly MakefileScan[], { environments }: Session): Record<string, string> {
  return Object.assign(
    {},
    ...all.map((scan) => {
      let found = environments.get(scan);
      if (found === undefined) {
        found = namedVariables(scan);
        environments.set(scan, found);
      }
      return found;
    }),
  );
}

function namedVariables({ words, computed }: MakefileScan): Record<string, string> {
  const named = Object.entries(process.env).filter(
    ([name]) => words.has(name) || probedNames.has(name) || computed.some((pattern) => pattern.test(name)),
  );
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1))) as Record<string, string>;
}

async function compilersOf(answer: PlainPlan | Skipped): Promise<string | undefined> {
  return 'skipped' in answer || answer.toolchain === undefined ? undefined : installationOf(answer.toolchain);
}

function namesIn(path: string): string {
  try {
    return hashOf(readdirSync(path).sort().join('\0'));
  } catch {
    return '';
  }
}

function endOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return '';
  }
}

function toPlain({ arch, toolchain, work: _work, makeFirst: _makeFirst, ...rest }: ModulePlan): PlainPlan {
  const { arch: _arch, ...plain } = toolchain ?? {};
  return { ...rest, arch: arch.name, toolchain: toolchain && (plain as Omit<Toolchain, 'arch'>) };
}

function revive(answer: PlainPlan | Skipped): ModulePlan | Skipped {
  if ('skipped' in answer) return answer;
  const arch = archByName(answer.arch);
  const { toolchain } = answer;
  return { ...answer, arch, toolchain: toolchain === undefined ? undefined : { arch, ...toolchain } };
}
