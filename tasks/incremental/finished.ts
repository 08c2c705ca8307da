/** Whether a module is finished before anything is compiled for it, and noting that it is afterwards. */
import { join, resolve } from 'node:path';
import { flagsWithoutFolders, includeFolders, sourceKind } from '../../natmod-rules/compile/index.ts';
import { changePasses } from '../../natmod-rules/link/shrink/passes.ts';
import { flagsBringNames } from '../../natmod-rules/preprocess/index.ts';
import { findMusl } from '../bootstrap/musl.mjs';
import { cachedTrees } from '../bootstrap/sources.mjs';
import type { MadeFile } from '../make/run.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { BuiltModule } from '../modules/items.ts';
import type { QstrPlace } from '../modules/qstr-search.ts';
import type { Sizes } from '../report/events.ts';
import { readMade, writeWhole } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { compilersOf } from '../toolchain/find.ts';
import { findMpyCross } from '../toolchain/mpy-cross.ts';
import { type FoundLibraries, findLink, isAnsweredSo, keepLink, whatWasAsked } from './link-records.ts';
import type { ModuleMemory, Unit } from './module-memory.ts';
import type { LinkRecord } from './module-record.ts';
import { differenceFrom } from './observed.ts';
import { partKey } from './part-key.ts';
import { pastedNames } from './pasted-names.ts';
import type { Session } from './session.ts';
import { type LibraryFields, type LinkFields, linkKey } from './unit-key.ts';

/**
 * The module, if it is there as it should be, or if all it is made of can be taken from the cache. Nothing is compiled
 * or linked for it; undefined when something must be.
 * @param made what make has made for it
 * @param begin is waited for before the module that is there is replaced
 */
export async function findFinished(
  plan: ModulePlan,
  memory: ModuleMemory,
  made: readonly MadeFile[],
  begin?: () => Promise<void>,
): Promise<BuiltModule | undefined> {
  if (!memory.session.observes) return undefined;
  const qstrs = await findOutputs(plan, memory);
  if (qstrs === undefined) return undefined;
  const fields = await fieldsOf(plan, memory, qstrs, made);
  if (fields === undefined) return undefined;
  const file = join(plan.place.folder, `${plan.name}.mpy`);
  const { link } = memory.before;
  const difference = await linkDifference(link, linkKey(fields), file, plan, memory);
  if (difference === undefined) {
    memory.explain('up to date: nothing that it was made of has changed');
    await memory.arrange(configHeaderOf(plan), qstrPlaceOf(plan, memory.session));
    if (memory.hasNews) memory.close(link);
    return { file, bytes: link!.bytes, sizes: link!.sizes, upToDate: true };
  }
  const cached = await findLink(memory.session, fields, plan);
  if (cached === undefined) {
    memory.explain(`link: ${difference}`);
    return undefined;
  }
  const { bytes, value } = cached;
  await begin?.();
  if (!(await memory.restore(configHeaderOf(plan), qstrPlaceOf(plan, memory.session)))) return undefined;
  memory.explain(`module taken from the cache: ${difference}`);
  if (value.said !== undefined) memory.session.report.noteOnce(value.said);
  writeWhole(file, bytes);
  memory.close(value);
  return { file, bytes: bytes.length, sizes: value.sizes, upToDate: false };
}

/** Why the last module that was linked does not do; undefined when it does. */
async function linkDifference(
  link: LinkRecord | undefined,
  key: string,
  file: string,
  plan: ModulePlan,
  { session }: ModuleMemory,
): Promise<string | undefined> {
  if (link === undefined) return 'it was not linked before';
  if (link.key !== key) return 'objects, qstrs or options are other ones';
  const bytes = readMade(file);
  if (bytes === undefined) return `${file} is not there`;
  if (hashOf(bytes) !== link.output) return `${file} was changed`;
  if (!(await isAnsweredSo(link.asked, plan))) return 'the compiler finds other libraries';
  return differenceFrom(link.inputs, session.hashes);
}

/** Notes what was built. */
export async function noteFinished(
  plan: ModulePlan,
  memory: ModuleMemory,
  built: {
    readonly libraries: FoundLibraries;
    readonly made: readonly MadeFile[];
    readonly bytes: Buffer;
    readonly sizes: Sizes | undefined;
    readonly said?: string;
  },
): Promise<void> {
  if (!memory.session.observes) return;
  await memory.keepObjects();
  const { libraries, made, bytes, sizes, said } = built;
  const { inputs } = libraries;
  const asked = whatWasAsked(libraries.asked, plan);
  const fields = await fieldsOf(plan, memory, memory.qstrs, made);
  if (fields === undefined || inputs === undefined || asked === undefined) {
    memory.close(undefined);
    return;
  }
  const size = { bytes: bytes.length, sizes };
  const record: LinkRecord = { key: linkKey(fields), inputs, asked, output: hashOf(bytes), ...size, said };
  keepLink(memory.session, record, bytes);
  memory.close(record);
}

/** Looks every source up; the qstrs when all of them are known. */
async function findOutputs(plan: ModulePlan, memory: ModuleMemory): Promise<readonly string[] | undefined> {
  const { module, toolchain, cflags, mpyDir } = plan;
  const { hashes } = memory.session;
  const path = (source: string) => resolve(module.dir, source);
  const compiled = plan.sources.filter((source) => sourceKind(source) !== 'python');
  const config = await memory.findConfig(compiled.map(path), qstrPlaceOf(plan, memory.session));
  if (config === undefined) return undefined;
  const units: Unit[] = [];
  const own = (source: string) => plan.work?.replaced.has(source) !== true;
  for (const source of compiled.filter(own)) {
    const hash = hashes.hash(path(source));
    if (hash === undefined || toolchain === undefined) return undefined;
    const job = { toolchain, cflags, cwd: module.dir, configHeader: configHeaderOf(plan) };
    units.push(await memory.unitOf({ name: source, hash }, config.hash, job));
  }
  if (units.some(({ record }) => record === undefined)) return undefined;
  for (const source of plan.sources.filter(own)) {
    if (sourceKind(source) !== 'python') continue;
    const hash = hashes.hash(path(source));
    if (hash === undefined) return undefined;
    const mpyCross = findMpyCross(mpyDir, module.dir);
    const key = partKey(source, hash, { mpyCross, flags: plan.mpyCrossFlags }, hashes);
    if (key === undefined || (await memory.knownPart(source, key)) === undefined) return undefined;
  }
  return config.qstrs;
}

function configHeaderOf({ place, name }: ModulePlan): string {
  return join(place.buildDir, `${name}.config.h`);
}

/** Where qstrs are looked for: in the module's own headers, and not in those of the SDK or the MicroPython tree. */
export function qstrPlaceOf(plan: ModulePlan, session: Session): QstrPlace {
  const { cflags, module, mpyDir, toolchain, compact } = plan;
  const folders = includeFolders(cflags).map((folder) => resolve(module.dir, folder));
  const configHeader = configHeaderOf(plan);
  return {
    includeFolders: folders.filter((folder) => folder !== mpyDir),
    mpyDir,
    asListed: compact === undefined || compact === false,
    flagsBring: flagsBringNames([...cflags, ...(toolchain?.compiler ?? []), ...(toolchain?.cxxFlags ?? [])]),
    ...(toolchain === undefined
      ? {}
      : {
          pasted: ({ path }, config) =>
            pastedNames(path, config, { toolchain, cflags, cwd: module.dir, configHeader }, session),
        }),
  };
}

/** What the module is linked of; undefined when some of that is not known. */
async function fieldsOf(
  plan: ModulePlan,
  memory: ModuleMemory,
  qstrs: readonly string[],
  made: readonly MadeFile[],
): Promise<LinkFields | undefined> {
  const order = plan.work?.order ?? plan.sources;
  const byMake = new Map(made.map(({ name, bytes }) => [name, hashOf(bytes)]));
  const isPart = (name: string) => (byMake.has(name) ? name.endsWith('.mpy') : sourceKind(name) === 'python');
  const all = order.map((name) => [name, byMake.get(name) ?? memory.output(name)] as const);
  if (!all.every((one): one is readonly [string, string] => one[1] !== undefined)) return undefined;
  const objects = all.filter(([name]) => !isPart(name));
  const parts = all.filter(([name]) => isPart(name));
  const { linker, arch, name, module } = plan;
  const { hashes } = memory.session;
  return {
    arch: arch.name,
    name,
    sourceName: linker.sourceName,
    archFlags: linker.archFlags,
    compact: changePasses(plan.compact, linker.passes),
    qstrs,
    objects,
    parts,
    externs: linker.externs.map((extern) => [extern, hashes.hash(resolve(module.dir, extern))] as const),
    libraries: await libraryFields(plan),
  };
}

async function libraryFields({
  linker,
  runtime,
  toolchain,
  cflags,
  module,
  mpyDir,
}: ModulePlan): Promise<LibraryFields | undefined> {
  if (toolchain === undefined || (runtime === 'none' && linker.libraries.length === 0)) return undefined;
  const { family } = toolchain.arch;
  const canReplace = family === 'x86' || family === 'x64';
  return {
    cwd: linker.libraries.length === 0 ? '' : module.dir,
    mpyDir: canReplace ? mpyDir : '',
    names: linker.libraries,
    runtime,
    command: [...toolchain.compiler, ...toolchain.flags, ...flagsWithoutFolders(cflags)],
    compilers: await compilersOf(toolchain),
    substitutes: canReplace ? substitutes() : [],
  };
}

/** What can take the place of glibc's mathematical functions. */
function substitutes(): string[] {
  return [findMusl('x64') ?? '', findMusl('x86') ?? '', ...cachedTrees().map(({ dir }) => dir)];
}
