import { isAbsolute, join, posix } from 'node:path';
import { isCxx } from '../../natmod-rules/compile/index.ts';
import { exists } from '../system/look.ts';
import type { Probe } from './probe.ts';
import { fitsPattern, type MakeRule, searchFolders } from './rules.ts';
import { splitNames } from './variables.ts';

/**
 * What of a module make itself has to make, because its Makefile has rules for it. Paths are relative to the module.
 */
export interface MakeWork {
  /** Files to ask make for, before anything is compiled; empty when there are none. */
  readonly targets: readonly string[];
  /** Objects and compiled Python files that make makes or that are there already. */
  readonly made: readonly string[];
  /** Sources that these were made of, which are not compiled again. */
  readonly replaced: ReadonlySet<string>;
  /** Sources, or made files in place of some, in the order in which they become part of the module. */
  readonly order: readonly string[];
}

/** The inputs of a module: its sources where they are, and what make has to do first. */
export interface ModuleInputs {
  /**
   * SRC, with those found by VPATH under the names make gives them; in the order of linking when make makes nothing.
   */
  readonly sources: readonly string[];
  /** Undefined when everything can be compiled here. */
  readonly work: MakeWork | undefined;
}

/**
 * Finds out what a Makefile adds to the usual rules.
 *
 * @param probe what make says
 * @param names SRC, each once
 * @param dir folder of the module
 */
export function findInputs(probe: Probe, names: readonly string[], dir: string): ModuleInputs {
  const files = new ModuleFiles(probe, names, dir);
  const sources = names.map((name) => files.locate(name));
  const order: string[] = [];
  const made: string[] = [];
  const replaced = new Set<string>();
  const targets = new Set<string>();
  for (const { file, name } of files.outputs()) {
    const source = name === undefined ? undefined : sources[names.indexOf(name)]!;
    if (source !== undefined && !files.hasOwnRules(file, source)) {
      order.push(source);
      for (const other of files.generatedPrerequisites(file)) targets.add(other);
      continue;
    }
    order.push(file);
    made.push(file);
    targets.add(file);
    if (source !== undefined) replaced.add(source);
  }
  for (const name of [...names, files.configHeader]) {
    for (const other of files.generatedPrerequisites(name)) targets.add(other);
    if (files.isGenerated(name) && name !== files.configHeader) targets.add(name);
  }
  for (const library of files.libraries()) if (files.isGenerated(library)) targets.add(library);
  const goal = probe.goal || probe.get('.DEFAULT_GOAL').value;
  // What an author adds to `all` is for the module that is done, as a rule.
  const all = new Set([...(goal === 'all' ? [] : files.preparations(goal)), ...targets]);
  if (all.size === 0) return { sources: order, work: undefined };
  return { sources, work: { targets: [...all], made, replaced, order } };
}

// What a compiler's dependency file lists, so that a prerequisite of this kind tells nothing new.
const INCLUDED = /\.(h|hh|hpp|inc|def|c|S|cpp|cc|cxx|C)$/;

class ModuleFiles {
  readonly #probe: Probe;
  readonly #names: readonly string[];
  readonly #dir: string;
  readonly #build: string;
  readonly #module: string;
  readonly configHeader: string;

  constructor(probe: Probe, names: readonly string[], dir: string) {
    this.#probe = probe;
    this.#names = names;
    this.#dir = dir;
    this.#build = probe.get('BUILD').value;
    this.#module = probe.get('MOD').value;
    this.configHeader = probe.get('CONFIG_H').value;
  }

  /** Where a source is: by its name, or where VPATH says. */
  locate(name: string): string {
    if (this.#exists(name) || this.isGenerated(name)) return name;
    const folders = searchFolders(name, this.#probe.rules);
    return folders.map((folder) => posix.join(folder, name)).find((path) => this.#exists(path)) ?? name;
  }

  /** Objects and Python parts in the order in which make takes them, each with its source in SRC if it has one. */
  outputs(): { file: string; name: string | undefined }[] {
    const native = this.#native();
    const parts = this.#prerequisites(`${this.#module}.mpy`, /\.mpy$/).filter((file) => !isSamePath(file, native));
    // Make cuts lists at blanks, also where a backslash is before them.
    const isCut = this.#names.some((name) => /\s/.test(name));
    const found = isCut ? [] : [...this.#prerequisites(native, /\.(o|obj)$/), ...parts];
    const bySource = new Map<string, string>();
    for (const name of this.#names) {
      const file = normal(this.#outputOf(name));
      // The flow of a MicroPython tree gives the module itself and its own MOD.py one name.
      if (!bySource.has(file) && file !== normal(native)) bySource.set(file, name);
    }
    const outputs = found.map((file) => ({ file, name: bySource.get(normal(file)) }));
    const named = new Set(outputs.map(({ name }) => name));
    const rest = this.#names.filter((name) => !named.has(name));
    const isPython = (name: string | undefined, file: string) => (name ?? file).match(/\.(py|mpy)$/) !== null;
    // In the order in which MicroPython links: C before assembler; C++ is between them.
    const rank = (name: string) => (name.endsWith('.c') ? 0 : isCxx(name) ? 1 : 2);
    const cFirst = [...rest].sort((a, b) => rank(a) - rank(b));
    const all = [...outputs, ...cFirst.map((name) => ({ file: this.#outputOf(name), name }))];
    const python = all.filter(({ name, file }) => isPython(name, file));
    // The module's own MOD.py, of which make may know nothing, goes where SRC has it.
    const inOrder = python.every(({ name }) => name !== undefined);
    if (inOrder) python.sort((a, b) => this.#names.indexOf(a.name!) - this.#names.indexOf(b.name!));
    return [...all.filter(({ name, file }) => !isPython(name, file)), ...python];
  }

  /** The native part; MicroPython up to 1.26 called it by a longer name. */
  #native(): string {
    const older = `${this.#build}/${this.#module}.native.mpy`;
    return this.#rule(older) === undefined ? `${this.#build}/${this.#module}.mpy` : older;
  }

  /** Whether the Makefile says more about an object than what it is made of. */
  hasOwnRules(file: string, source: string): boolean {
    const { rules } = this.#probe;
    // The rules of a MicroPython tree give the module's own MOD.py the name of the native part, so what make knows of
    // that is no news.
    const rule = isSamePath(file, this.#native()) ? undefined : this.#rule(file);
    if (rule?.hasVariables || this.#isOwn(rule?.recipeFile)) return true;
    const name = normal(file);
    if (rules.patterns.some((pattern) => this.#isOwn(pattern.recipeFile) && fitsPattern(name, pattern.target)))
      return true;
    if (rules.variablePatterns.some((pattern) => fitsPattern(name, pattern))) return true;
    const flags = source.endsWith('.py') ? (['MPY_CROSS_FLAGS'] as const) : (['CFLAGS', 'CC'] as const);
    if (flags.some((variable) => this.#probe.isAutomatic(variable))) return true;
    return (rule?.prerequisites ?? []).some((other) => !INCLUDED.test(other) && this.#isData(other));
  }

  /** What MPY_LD_FLAGS names as libraries, by file or by name. */
  libraries(): string[] {
    const words = splitNames(this.#probe.get('MPY_LD_FLAGS').value);
    return words.flatMap((word, i) => {
      if (!word.startsWith('-l')) return [];
      return word === '-l' ? (words[i + 1] ?? []) : word.slice(2);
    });
  }

  /** Files that a rule of the Makefile makes and that another file waits for. */
  generatedPrerequisites(file: string): string[] {
    const rule = this.#rule(file);
    if (rule === undefined) return [];
    const names = [...rule.prerequisites, ...rule.orderOnly];
    const own = new Set(this.#names.map(normal));
    return names.filter((name) => !this.#isFolder(name) && !own.has(normal(name)) && this.isGenerated(name));
  }

  /** What make makes for a goal before it makes the module: `dist: sources.patched mod.mpy`. */
  preparations(goal: string, seen = new Set<string>()): string[] {
    seen.add(goal);
    const rule = this.#rule(goal);
    if (rule === undefined || !this.#reachesModule(goal)) return [];
    return [...rule.prerequisites, ...rule.orderOnly].flatMap((name) => {
      if (seen.has(name) || this.#isModule(name)) return [];
      if (this.#reachesModule(name)) return this.preparations(name, seen);
      return this.#isOwn(this.#rule(name)?.recipeFile) ? [name] : [];
    });
  }

  /** Whether a file is the module, or `all`, which rules of MicroPython make. */
  #isModule(name: string): boolean {
    return isSamePath(name, `${this.#module}.mpy`) || isSamePath(name, this.#native()) || name === 'all';
  }

  #reachesModule(goal: string): boolean {
    const queue = [goal];
    for (const name of queue) {
      if (this.#isModule(name)) return true;
      for (const other of this.#rule(name)?.prerequisites ?? []) if (!queue.includes(other)) queue.push(other);
    }
    return false;
  }

  /** Whether a rule of the Makefile's own can make a file. */
  isGenerated(name: string): boolean {
    const { patterns } = this.#probe.rules;
    if (this.#isOwn(this.#rule(name)?.recipeFile)) return true;
    return patterns.some((pattern) => this.#isOwn(pattern.recipeFile) && fitsPattern(normal(name), pattern.target));
  }

  #prerequisites(file: string, kind: RegExp): string[] {
    const listed = splitNames(this.#probe.get(kind.test('x.o') ? 'SRC_O' : 'SRC_MPY').value);
    const names = this.#rule(file)?.prerequisites ?? [];
    // What the Makefile adds to the rule comes behind; the rule itself is there only when make has read a MicroPython
    // tree.
    const all = this.#probe.usesSdk || names.length === 0 ? [...listed, ...names] : names;
    return [...new Set(all.filter((name) => kind.test(name)))];
  }

  /** The name that dynruntime.mk gives to what a source becomes. */
  #outputOf(name: string): string {
    const base = name.replace(/\.[^./]*$/, '');
    const suffix = name.endsWith('.py') ? '.mpy' : '.o';
    if (!this.#probe.usesSdk) return `${this.#build}/${base}${suffix}`;
    const twin = isCxx(name) || (name.endsWith('.S') && this.#names.includes(`${base}.c`));
    const moduleItself = name.replace(/^\.\//, '') === `${this.#module}.py`;
    return `${this.#build}/${(twin || moduleItself ? name : base).replaceAll('../', '_up/')}${suffix}`;
  }

  #rule(file: string): MakeRule | undefined {
    const { rules } = this.#probe.rules;
    return rules.get(file) ?? rules.get(file.replace(/^(\.\/)+/, ''));
  }

  #isOwn(recipeFile: string | undefined): boolean {
    return recipeFile !== undefined && !/(^|[/\\])(dynruntime(-rules)?|probe)\.mk$/.test(recipeFile);
  }

  #isData(name: string): boolean {
    return (
      !this.#isFolder(name) && !isSamePath(name, this.configHeader) && !/\.(compiler|mpy-cross)$|^Makefile$/.test(name)
    );
  }

  #isFolder(name: string): boolean {
    return name.endsWith('/') || isSamePath(name, this.#build);
  }

  #exists(name: string): boolean {
    return exists(join(isAbsolute(name) ? '' : this.#dir, name));
  }
}

function normal(path: string): string {
  return posix.normalize(path);
}

function isSamePath(a: string, b: string): boolean {
  return normal(a).replace(/\/$/, '') === normal(b).replace(/\/$/, '');
}
