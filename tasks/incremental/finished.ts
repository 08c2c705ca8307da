/** Whether a module is finished before anything is done for it, and noting that it is afterwards. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { includeFolders, sourceKind } from '../../natmod-rules/compile/index.ts';
import { changePasses } from '../../natmod-rules/link/shrink/passes.ts';
import { findMusl } from '../bootstrap/musl.mjs';
import { cachedTrees } from '../bootstrap/sources.mjs';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { BuiltModule } from '../modules/items.ts';
import type { QstrPlace } from '../modules/qstr-search.ts';
import type { Sizes } from '../report/events.ts';
import { writeWhole } from '../system/files.ts';
import { expandSource } from '../toolchain/expand-source.ts';
import { installationOf } from '../toolchain/find.ts';
import { findMpyCross, pythonKey } from '../toolchain/mpy-cross.ts';
import type { LinkRecord } from './build-state.ts';
import { hashOf } from './file-hashes.ts';
import { type LibraryFields, linkKey } from './fingerprint.ts';
import { type Inputs, isUnchanged } from './inputs.ts';
import type { ModuleMemory, Unit } from './module-memory.ts';

/**
 * The module, if it is there as it should be, or if all it is made of can be taken from the object cache. Nothing is compiled
 * or linked for it; undefined when something must be.
 */
export async function findFinished(plan: ModulePlan, memory: ModuleMemory): Promise<BuiltModule | undefined> {
  // What make makes is known only when it has made it.
  if (plan.work !== undefined) return undefined;
  const qstrs = await findOutputs(plan, memory);
  if (qstrs === undefined) return undefined;
  const key = await keyOf(plan, memory, qstrs);
  if (key === undefined) return undefined;
  const file = join(plan.place.folder, `${plan.name}.mpy`);
  const { hashes, cache } = memory.session;
  const { link } = memory.before;
  if (link?.key === key && isUnchanged(link.inputs, hashes) && hashOfFile(file) === link.output) {
    if (memory.hasNews) memory.close(link);
    return { file, bytes: link.bytes, sizes: link.sizes, upToDate: true };
  }
  const cached = cache?.get<LinkRecord>(key);
  if (cached === undefined || !isUnchanged(cached.notes.inputs, hashes)) return undefined;
  const { bytes, notes } = cached;
  if (!(await memory.restore(configHeaderOf(plan), qstrPlaceOf(plan)))) return undefined;
  if (notes.said !== undefined) memory.session.report.noteOnce(notes.said);
  writeWhole(file, bytes);
  memory.close(notes);
  return { file, bytes: bytes.length, sizes: notes.sizes, upToDate: false };
}

/** Notes what was built. `libraries` is undefined when nobody knows which libraries were read. */
export async function noteFinished(
  plan: ModulePlan,
  memory: ModuleMemory,
  built: {
    readonly libraries: Inputs | undefined;
    readonly bytes: Buffer;
    readonly sizes: Sizes | undefined;
    readonly said?: string;
  },
): Promise<void> {
  const { libraries: inputs, bytes, sizes, said } = built;
  const key = plan.work === undefined ? await keyOf(plan, memory, memory.qstrs) : undefined;
  if (key === undefined || inputs === undefined) {
    memory.close(undefined);
    return;
  }
  const record: LinkRecord = { key, inputs, output: hashOf(bytes), bytes: bytes.length, sizes, said };
  memory.session.cache?.put(key, record, bytes);
  memory.close(record);
}

/** Looks every source up; the qstrs when all of them are known. */
async function findOutputs(plan: ModulePlan, memory: ModuleMemory): Promise<readonly string[] | undefined> {
  const { module, toolchain, cflags, mpyDir } = plan;
  const { hashes } = memory.session;
  const path = (source: string) => resolve(module.dir, source);
  const compiled = plan.sources.filter((source) => sourceKind(source) !== 'python');
  const config = await memory.findConfig(compiled.map(path), qstrPlaceOf(plan));
  if (config === undefined) return undefined;
  const units: Unit[] = [];
  for (const source of compiled) {
    const hash = hashes.hash(path(source));
    if (hash === undefined || toolchain === undefined) return undefined;
    const job = { toolchain, cflags, cwd: module.dir, configHeader: configHeaderOf(plan) };
    units.push(await memory.findUnit({ name: source, hash }, config.hash, job));
  }
  if (units.some(({ record }) => record === undefined)) return undefined;
  for (const source of plan.sources) {
    if (sourceKind(source) !== 'python') continue;
    const hash = hashes.hash(path(source));
    if (hash === undefined) return undefined;
    const mpyCross = findMpyCross(mpyDir, module.dir);
    const key = pythonKey(source, hash, { mpyCross, flags: plan.mpyCrossFlags }, hashes);
    if (memory.knownPart(source, key) === undefined) return undefined;
  }
  return config.qstrs;
}

function configHeaderOf({ place, name }: ModulePlan): string {
  return join(place.buildDir, `${name}.config.h`);
}

/** Where qstrs are looked for: in the module's own headers, and not in those of the SDK or the MicroPython tree. */
export function qstrPlaceOf(plan: ModulePlan): QstrPlace {
  const { cflags, module, mpyDir, toolchain, compact } = plan;
  const folders = includeFolders(cflags).map((folder) => resolve(module.dir, folder));
  const configHeader = configHeaderOf(plan);
  return {
    includeFolders: folders.filter((folder) => folder !== mpyDir),
    mpyDir,
    asListed: compact === undefined || compact === false,
    ...(toolchain === undefined
      ? {}
      : {
          expand: ({ path }, config) =>
            expandSource(path, config, { toolchain, cflags, cwd: module.dir, configHeader }),
        }),
  };
}

async function keyOf(plan: ModulePlan, memory: ModuleMemory, qstrs: readonly string[]): Promise<string | undefined> {
  const isPart = (source: string) => sourceKind(source) === 'python';
  const objects = memory.outputs(plan.sources.filter((source) => !isPart(source)));
  const parts = memory.outputs(plan.sources.filter(isPart));
  if (objects === undefined || parts === undefined) return undefined;
  const { linker, arch, name, module } = plan;
  const { hashes } = memory.session;
  return linkKey({
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
  });
}

async function libraryFields({ linker, runtime, toolchain, cflags }: ModulePlan): Promise<LibraryFields | undefined> {
  if (toolchain === undefined || (runtime === 'none' && linker.libraries.length === 0)) return undefined;
  const { family } = toolchain.arch;
  return {
    names: linker.libraries,
    runtime,
    command: [...toolchain.compiler, ...toolchain.flags, ...cflags],
    installation: await installationOf(toolchain),
    substitutes: family === 'x86' || family === 'x64' ? substitutes() : [],
  };
}

/** What can take the place of glibc's mathematical functions. */
function substitutes(): string[] {
  return [findMusl('x64') ?? '', findMusl('x86') ?? '', ...cachedTrees().map(({ dir }) => dir)];
}

function hashOfFile(path: string): string | undefined {
  try {
    return hashOf(readFileSync(path));
  } catch {
    return undefined;
  }
}
