import { join } from 'node:path';
import { intermediatePath, languageOf, readDependencies } from '../../natmod-rules/compile/index.ts';
import type { SourceText } from '../modules/local-headers.ts';
import { type FoundQstrs, findQstrs, headerFor, type QstrPlace } from '../modules/qstr-search.ts';
import { isOnDisk, readMade, writeWhole } from '../system/files.ts';
import { factsOf } from '../toolchain/answers.ts';
import { type BuildState, type LinkRecord, readState, type UnitRecord, writeState } from './build-state.ts';
import { hashOf } from './file-hashes.ts';
import { type UnitJob, unitFlags, unitKey, unitPlace } from './fingerprint.ts';
import { type Inputs, isUnchanged, noInputs } from './inputs.ts';
import type { Session } from './session.ts';
import { findUnitInputs } from './translation-unit.ts';
import { cacheUnit, findCachedUnit } from './unit-cache.ts';

/** One source on the way to its object. */
export interface Unit {
  readonly name: string;
  readonly key: string;
  readonly place: string;
  /** What is known of its object; undefined when it has to be compiled. */
  readonly record: UnitRecord | undefined;
}

/** What the compiler left of a source. */
export interface CompiledUnit {
  readonly bytes: Buffer;
  /** Text of the dependency file. */
  readonly dependencies: string;
  /** What was printed. */
  readonly output: string;
  /** When the compiler was started, in milliseconds since 1970. */
  readonly started: number;
}

/** What earlier builds know of one module for one architecture, and what this one adds. */
export class ModuleMemory {
  readonly session: Session;
  readonly before: BuildState;
  readonly #buildDir: string;
  readonly #found = new Map<string, Unit>();
  #config: BuildState['config'];
  readonly #units: Record<string, UnitRecord> = {};
  readonly #parts: Record<string, { key: string; output: string }> = {};

  constructor(session: Session, buildDir: string) {
    this.session = session;
    this.before = readState(buildDir);
    this.#buildDir = buildDir;
  }

  /** The qstrs and the hash of the config header, if no text they came from has changed. */
  knownConfig(sources: readonly string[], place: QstrPlace): { qstrs: readonly string[]; hash: string } | undefined {
    const { config } = this.before;
    if (config?.key !== configKey(sources, place) || !isUnchanged(config.inputs, this.session.hashes)) return undefined;
    this.#config = config;
    return { qstrs: config.qstrs, hash: config.header };
  }

  /** The same, searching the sources when they have changed; undefined when one of them is not there. */
  async findConfig(
    sources: readonly string[],
    place: QstrPlace,
  ): Promise<{ qstrs: readonly string[]; hash: string } | undefined> {
    const known = this.knownConfig(sources, place);
    if (known !== undefined) return known;
    const texts = sources.map((path) => ({ path, text: readMade(path)?.toString('latin1') }));
    if (texts.some(({ text }) => text === undefined)) return undefined;
    const { qstrs, header } = await this.searchQstrs(texts as SourceText[], place);
    return { qstrs, hash: hashOf(header) };
  }

  /** Qstrs of this build. */
  get qstrs(): readonly string[] {
    return this.#config?.qstrs ?? [];
  }

  /** The qstrs of sources whose texts are given, with the config header. */
  async searchQstrs(
    texts: readonly SourceText[],
    place: QstrPlace,
  ): Promise<{ qstrs: readonly string[]; header: string }> {
    const key = configKey(
      texts.map(({ path }) => path),
      place,
    );
    for (const known of [this.#config, this.before.config]) {
      if (known?.key !== key || !isUnchanged(known.inputs, this.session.hashes)) continue;
      this.#config = known;
      return { qstrs: known.qstrs, header: await headerFor(known.qstrs, place) };
    }
    const found = await findQstrs(texts, place);
    const inputs = qstrInputs(texts, found, place, this.session);
    // What the preprocessor reads besides is not known, so that its answer is good for one build.
    this.#config = { key: found.expanded ? '' : key, inputs, qstrs: found.qstrs, header: hashOf(found.header) };
    return found;
  }

  /** Looks a source up: in what the last build left, then in the object cache. */
  async findUnit(source: { name: string; hash: string }, configHash: string, job: UnitJob): Promise<Unit> {
    const { hashes, cache } = this.session;
    const facts = await factsOf([...job.toolchain.compiler, ...job.toolchain.flags], languageOf(source.name));
    const key = unitKey(source, configHash, job, facts, hashes);
    const known = this.#found.get(source.name);
    if (known?.key === key) return known;
    const place = unitPlace(job);
    const old = this.before.units[source.name];
    const fits = old?.key === key && old.place === place && old.unsure !== true && isUnchanged(old.inputs, hashes);
    let record = fits ? old : undefined;
    if (record === undefined && cache !== undefined) {
      const cached = findCachedUnit(cache, hashes, { key, place }, job);
      if (cached !== undefined) {
        record = { key, place, inputs: cached.inputs, object: cached.object };
        this.session.report.output(cached.output);
      }
      cache.count(cached !== undefined);
    }
    const unit = { name: source.name, key, place, record };
    this.#found.set(source.name, unit);
    if (record !== undefined) this.#units[source.name] = record;
    return unit;
  }

  /** The object of a source that was found; it is in the build folder afterwards. Undefined when it is lost. */
  loadObject({ name, record }: Unit): Buffer | undefined {
    if (record === undefined) return undefined;
    return this.#load(intermediatePath(name, '.o'), record.object, record.object);
  }

  /** Notes an object that was compiled. */
  async keepObject(unit: Unit, made: CompiledUnit, job: UnitJob): Promise<void> {
    const { hashes, cache } = this.session;
    const { bytes, started, output } = made;
    const facts = await factsOf([...job.toolchain.compiler, ...job.toolchain.flags], languageOf(unit.name));
    const dependencies = readDependencies(made.dependencies);
    // Without a list of headers nothing can be said about the next build.
    if (dependencies.length === 0) return;
    const inputs = findUnitInputs(dependencies, hashes, {
      cwd: job.cwd,
      flags: unitFlags(job, unit.name),
      systemFolders: facts.systemFolders,
      configHeader: job.configHeader,
      started,
    });
    if (inputs === undefined) return;
    const hash = hashOf(bytes);
    const { files, missing, unsure } = inputs;
    const { key, place } = unit;
    this.#units[unit.name] = { key, place, inputs: { files, missing }, object: hash, ...(unsure ? { unsure } : {}) };
    if (cache !== undefined) cacheUnit(cache, unit, job, { inputs, bytes, hash, output });
  }

  /** Hash of the bytecode of a Python source, if that is known. */
  knownPart(name: string, key: string): string | undefined {
    const old = this.before.parts[name];
    const output = old?.key === key ? old.output : this.session.cache?.get<{ output: string }>(key)?.notes.output;
    if (output !== undefined) this.#parts[name] = { key, output };
    return output;
  }

  loadPart(name: string, key: string): Buffer | undefined {
    const output = this.knownPart(name, key);
    return output === undefined ? undefined : this.#load(intermediatePath(name, '.mpy'), output, key);
  }

  keepPart(name: string, key: string, bytes: Buffer): void {
    const output = hashOf(bytes);
    this.#parts[name] = { key, output };
    this.session.cache?.put(key, { output }, bytes);
  }

  /** Hashes of all objects and parts of this build, in the order of the sources; undefined when one is not known. */
  outputs(names: readonly string[]): [name: string, hash: string][] | undefined {
    const known = names.map((name) => [name, this.#units[name]?.object ?? this.#parts[name]?.output] as const);
    return known.every(([, hash]) => hash !== undefined) ? (known as unknown as [string, string][]) : undefined;
  }

  /** Puts what a build leaves into the build folder where it is missing; false when some of it is lost. */
  async restore(configHeader: string, place: QstrPlace): Promise<boolean> {
    const objects = Object.entries(this.#units).map(([name, { object }]) =>
      this.#load(intermediatePath(name, '.o'), object, object),
    );
    const parts = Object.entries(this.#parts).map(([name, { output, key }]) =>
      this.#load(intermediatePath(name, '.mpy'), output, key),
    );
    if ([...objects, ...parts].includes(undefined)) return false;
    const header = Buffer.from(await headerFor(this.qstrs, place));
    if (!isOnDisk(configHeader, header)) writeWhole(configHeader, header);
    return true;
  }

  /** Whether this build learned something that the state of the last one does not tell. */
  get hasNews(): boolean {
    const { config, units, parts } = this.before;
    return (
      this.#config !== config ||
      Object.entries(this.#units).some(([name, unit]) => units[name] !== unit) ||
      Object.entries(this.#parts).some(([name, { key }]) => parts[name]?.key !== key)
    );
  }

  /** Writes the state, last of all. */
  close(link: LinkRecord | undefined): void {
    writeState(this.#buildDir, { config: this.#config, units: this.#units, parts: this.#parts, link });
  }

  /** Writes the state of a build that failed: what was compiled need not be compiled again. */
  closeUnfinished(): void {
    const { config, units, parts, link } = this.before;
    if (!this.hasNews) return;
    writeState(this.#buildDir, {
      config: this.#config ?? config,
      units: { ...units, ...this.#units },
      parts: { ...parts, ...this.#parts },
      link,
    });
  }

  #load(name: string, hash: string, cacheKey: string): Buffer | undefined {
    const path = join(this.#buildDir, name);
    const bytes = readMade(path);
    if (bytes !== undefined && hashOf(bytes) === hash) return bytes;
    const cached = this.session.cache?.get(cacheKey)?.bytes;
    if (cached === undefined || hashOf(cached) !== hash) return undefined;
    writeWhole(path, cached);
    return cached;
  }
}

function configKey(sources: readonly string[], { includeFolders, mpyDir, asListed }: QstrPlace): string {
  return hashOf(JSON.stringify([sources, includeFolders, mpyDir, asListed]));
}

function qstrInputs(
  texts: readonly SourceText[],
  found: FoundQstrs,
  { mpyDir }: QstrPlace,
  { hashes }: Session,
): Inputs {
  const files = texts.map(({ path, text }) => [path, hashOf(Buffer.from(text, 'latin1'))] as const);
  const headers = found.headers.map(({ path, text }) => [path, hashOf(Buffer.from(text, 'latin1'))] as const);
  // Which integer types the header brings depends on this one.
  const config = mpyDir === undefined ? undefined : join(mpyDir, 'py', 'mpconfig.h');
  const hash = config === undefined ? undefined : hashes.hash(config);
  const types = config === undefined || hash === undefined ? [] : [[config, hash] as const];
  return { ...noInputs, files: [...files, ...headers, ...types], missing: found.missing };
}
