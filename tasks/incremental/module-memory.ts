import { join } from 'node:path';
import { intermediatePath, languageOf, readDependencies } from '../../natmod-rules/compile/index.ts';
import type { SourceText } from '../modules/local-headers.ts';
import type { Place } from '../modules/place.ts';
import { findQstrs, headerFor, type QstrPlace } from '../modules/qstr-search.ts';
import { makeFolder, readMade, writeWhole } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { isFolder } from '../system/look.ts';
import type { CompilerFacts } from '../toolchain/answers.ts';
import { answersOf } from '../toolchain/find.ts';
import { putContent, putHere } from './contents.ts';
import { fieldsDifference, NOTHING_REMEMBERED } from './explain.ts';
import {
  type LinkRecord,
  type ModuleRecord,
  markFolder,
  readModuleRecord,
  type UnitRecord,
  writeModuleRecord,
} from './module-record.ts';
import { differenceFrom, isUnchanged } from './observed.ts';
import { configKey, headerReader, qstrInputs } from './qstr-inputs.ts';
import type { Session } from './session.ts';
import { isHash } from './shared-records.ts';
import { factsForFolders, findUnitInputs, unknownInputs } from './unit-inputs.ts';
import { hidesBehind, type UnitFields, type UnitJob, unitFields, unitFlags, unitKey, unitPlace } from './unit-key.ts';
import { findCachedUnit, keepUnit } from './unit-records.ts';

/** One source on the way to its object. */
export interface Unit {
  readonly name: string;
  readonly key: string;
  readonly place: string;
  readonly fields: UnitFields;
  /** Whether its assembler writes a list of the files that it reads. */
  readonly listsEmbedded: boolean;
  /** What is known of its object; undefined when it has to be compiled. */
  readonly record: UnitRecord | undefined;
}

/** What the compiler left of a source. */
export interface CompiledUnit {
  readonly bytes: Buffer;
  /** Text of the dependency file. */
  readonly dependencies: string;
  /** The same of the assembler, where it writes one. */
  readonly embedded: string | undefined;
  /** What was printed. */
  readonly output: string;
  /** When the compiler was started, in milliseconds since 1970. */
  readonly started: number;
}

/** What earlier builds know of one module for one architecture, and what this one adds. */
export class ModuleMemory {
  readonly session: Session;
  readonly before: ModuleRecord;
  readonly #buildDir: string;
  readonly #cleaned: string;
  readonly #subject: string;
  readonly #found = new Map<string, Unit>();
  #config: ModuleRecord['config'];
  readonly #units: Record<string, UnitRecord> = {};
  readonly #parts: Record<string, { key: string; output: string }> = {};
  readonly #unkept: (() => Promise<void>)[] = [];

  /** @param subject module and architecture, for people */
  constructor(session: Session, { buildDir, cleaned }: Omit<Place, 'folder'>, subject: string) {
    this.session = session;
    this.before = readModuleRecord(session.records, buildDir);
    session.built.set(buildDir, this.before);
    this.#buildDir = buildDir;
    this.#cleaned = cleaned;
    this.#subject = subject;
  }

  /** Tells why something is done again, or is not. */
  explain(what: string): void {
    this.session.explain(`${this.#subject}: ${what}`);
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
    if (!this.session.observes) return findQstrs(texts, place);
    const key = configKey(
      texts.map(({ path }) => path),
      place,
    );
    for (const known of [this.#config, this.before.config]) {
      if (known?.key !== key || !isUnchanged(known.inputs, this.session.hashes)) continue;
      this.#config = known;
      return { qstrs: known.qstrs, header: await headerFor(known.qstrs, place) };
    }
    const found = await findQstrs(texts, place, headerReader(this.session.hashes));
    const inputs = qstrInputs(texts, found, place, this.session.hashes);
    // What the preprocessor reads besides has records of its own, see `pastedNames`.
    this.#config = { key: found.expanded ? '' : key, inputs, qstrs: found.qstrs, header: hashOf(found.header) };
    return found;
  }

  /**
   * Looks a source up: in what the last build left, then among all objects. Undefined when nothing is remembered; then
   * its object is not noted either.
   */
  async findUnit(
    source: { readonly name: string; readonly contents: Buffer },
    config: Buffer,
    job: UnitJob,
  ): Promise<Unit | undefined> {
    if (this.session.observes)
      return this.unitOf({ name: source.name, hash: hashOf(source.contents) }, hashOf(config), job);
    this.explain(`compile ${source.name}: ${NOTHING_REMEMBERED}`);
    return undefined;
  }

  /** The same of a source and a config header whose hashes are known, in a session that observes. */
  async unitOf(source: { name: string; hash: string }, configHash: string, job: UnitJob): Promise<Unit> {
    const { hashes, records } = this.session;
    const facts = await this.#factsOf(job, source.name);
    const fields = unitFields(source, configHash, job, facts, hashes);
    const key = unitKey(fields);
    const known = this.#found.get(source.name);
    if (known?.key === key) return known;
    const place = unitPlace(job);
    const hidden = facts.opaque ?? hidesBehind(unitFlags(job, source.name));
    const old = this.before.units[source.name];
    const difference = hidden ?? this.#differenceOf(old, key, place, fields);
    let record = difference === undefined ? old : undefined;
    if (record === undefined && hidden === undefined) {
      const cached = await findCachedUnit(this.session, { key, place }, job);
      if (cached !== undefined) {
        record = { key, place, fields, ...cached };
        this.session.report.output(cached.output);
        this.explain(`object of ${source.name} taken from the cache: ${difference}`);
      }
      records.count(cached !== undefined);
    }
    if (record === undefined) this.explain(`compile ${source.name}: ${difference}`);
    const unit = { name: source.name, key, place, fields, record, listsEmbedded: facts.listsEmbedded };
    this.#found.set(source.name, unit);
    if (record !== undefined) this.#units[source.name] = record;
    return unit;
  }

  /** The object of a source that was found; it is in the build folder afterwards. Undefined when it is lost. */
  async loadObject({ name, record }: Unit): Promise<Buffer | undefined> {
    if (record === undefined) return undefined;
    const bytes = await putContent(this.session, record.object, this.#path(name, '.o'));
    if (bytes === undefined) this.explain(`compile ${name}: its object is lost`);
    return bytes;
  }

  /**
   * Notes an object that was compiled, when `keepObjects` is called: looking at all its headers takes time, for which
   * nobody should have to wait who waits for the module.
   */
  keepObject(unit: Unit, made: CompiledUnit, job: UnitJob): void {
    this.#unkept.push(() => this.#keepObject(unit, made, job));
  }

  /** Notes all objects that were compiled. */
  async keepObjects(): Promise<void> {
    for (const keep of this.#unkept.splice(0)) await keep();
  }

  async #keepObject(unit: Unit, made: CompiledUnit, job: UnitJob): Promise<void> {
    const { hashes } = this.session;
    const { bytes, started, output } = made;
    const facts = await this.#factsOf(job, unit.name);
    const flags = unitFlags(job, unit.name);
    const told = {
      headers: readDependencies(made.dependencies),
      embedded: made.embedded === undefined ? undefined : readDependencies(made.embedded),
    };
    const { toolchain, cwd } = job;
    const all = [...toolchain.compiler, ...flags];
    const found = findUnitInputs(told, hashes, {
      cwd,
      flags,
      facts: await factsForFolders(answersOf(toolchain), facts, all, languageOf(unit.name), cwd),
      configHeader: job.configHeader,
      started,
    });
    const inputs = found ?? unknownInputs(told, job.cwd);
    const { files, missing, usesTime } = inputs;
    // What it writes beside the object is not in the cache.
    const unsure = hidesBehind(flags) ?? inputs.unsure;
    const { key, place, fields } = unit;
    const object = hashOf(bytes);
    const more = { ...(unsure && { unsure }), ...(usesTime && { usesTime }), ...(output !== '' && { output }) };
    this.#units[unit.name] = { key, place, fields, inputs: { files, missing }, object, ...more };
    keepUnit(this.session, unit, job, { inputs: { ...inputs, unsure }, bytes, output });
  }

  /** Hash of the bytecode of a Python source, if that is known. */
  async knownPart(name: string, key: string): Promise<string | undefined> {
    const { records, shared } = this.session;
    const old = this.before.parts[name];
    let output = old?.key === key ? old.output : records.get<string>('part', key)?.value;
    const theirs = output === undefined ? (await shared?.get('part', key))?.value : undefined;
    if (isHash(theirs)) {
      output = theirs;
      records.put('part', key, output);
    }
    if (output !== undefined) this.#parts[name] = { key, output };
    return output;
  }

  async loadPart(name: string, key: string): Promise<Buffer | undefined> {
    const output = await this.knownPart(name, key);
    const bytes = output === undefined ? undefined : await putContent(this.session, output, this.#path(name, '.mpy'));
    if (bytes === undefined) this.explain(`mpy-cross ${name}: ${output === undefined ? 'it changed' : 'it is lost'}`);
    return bytes;
  }

  /** Notes bytecode; `key` is undefined when it cannot be reused. */
  keepPart(name: string, key: string | undefined, bytes: Buffer): void {
    const output = hashOf(bytes);
    this.#parts[name] = { key: key ?? '', output };
    if (key === undefined) return;
    this.session.records.put('object', output, {}, bytes);
    this.session.records.put('part', key, output);
    this.session.shared?.put('part', key, output, [bytes]);
  }

  /** Hash of the object or bytecode of a source in this build; undefined when it is not known. */
  output(name: string): string | undefined {
    return this.#units[name]?.object ?? this.#parts[name]?.output;
  }

  /**
   * Puts what a build leaves into the build folder where it is missing and here, and takes away what another build left
   * there, such as one that failed since. What lies on the server of a team only, or is lost, nobody needs before
   * something has to be linked of it; but what depends on the time is of another time once it is lost, and then this is
   * false.
   */
  async arrange(configHeader: string, place: QstrPlace): Promise<boolean> {
    if (!isFolder(this.#buildDir)) return true;
    let isWhole = true;
    for (const [name, { object, usesTime }] of Object.entries(this.#units)) {
      const bytes = putHere(this.session, object, this.#path(name, '.o'));
      if (bytes === undefined && usesTime === true) isWhole = false;
    }
    for (const [name, { output }] of Object.entries(this.#parts))
      putHere(this.session, output, this.#path(name, '.mpy'));
    const header = readMade(configHeader);
    if (header === undefined || hashOf(header) !== this.#config?.header)
      writeWhole(configHeader, Buffer.from(await headerFor(this.qstrs, place)));
    return isWhole;
  }

  /** The same for a module that is taken from the cache, whose build folder need not be there. */
  async restore(configHeader: string, place: QstrPlace): Promise<boolean> {
    makeFolder(this.#buildDir);
    markFolder(this.#cleaned);
    if (!(await this.arrange(configHeader, place))) return false;
    // Warnings belong to the module, whoever compiled it.
    for (const [name, { output }] of Object.entries(this.#units))
      if (output !== undefined && this.before.units[name] === this.#units[name]) this.session.report.output(output);
    return true;
  }

  /** Whether this build learned something that the record of the last one does not tell. */
  get hasNews(): boolean {
    const { config, units, parts } = this.before;
    return (
      this.#config !== config ||
      Object.entries(this.#units).some(([name, unit]) => units[name] !== unit) ||
      Object.entries(this.#parts).some(([name, { key }]) => parts[name]?.key !== key)
    );
  }

  /** Writes the record, last of all. */
  close(link: LinkRecord | undefined): void {
    this.#write({ config: this.#config, units: this.#units, parts: this.#parts, link });
  }

  /** Writes the record of a build that failed: what was compiled need not be compiled again. */
  closeUnfinished(): void {
    const { config, units, parts, link } = this.before;
    if (!this.hasNews) return;
    this.#write({
      config: this.#config ?? config,
      units: { ...units, ...this.#units },
      parts: { ...parts, ...this.#parts },
      link,
    });
  }

  #write(record: ModuleRecord): void {
    this.session.built.set(this.#buildDir, record);
    writeModuleRecord(this.session.records, this.#buildDir, record);
  }

  /** Why the last object of a source does not do; undefined when it does. */
  #differenceOf(old: UnitRecord | undefined, key: string, place: string, fields: UnitFields): string | undefined {
    if (old === undefined) return 'nothing is known of it';
    if (old.key !== key) return fieldsDifference(old.fields, fields);
    if (old.place !== place) return 'it was compiled in other folders';
    return old.unsure ?? differenceFrom(old.inputs, this.session.hashes);
  }

  #path(source: string, ending: '.o' | '.mpy'): string {
    return join(this.#buildDir, intermediatePath(source, ending));
  }

  #factsOf({ toolchain }: UnitJob, source: string): Promise<CompilerFacts> {
    return answersOf(toolchain).factsOf([...toolchain.compiler, ...toolchain.flags], languageOf(source));
  }
}
