import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { includeFolders } from '../../natmod-rules/compile/index.ts';
import type { Item, Outcome } from '../modules/items.ts';
import type { Options } from '../options/options.ts';
import { statOf } from '../system/file-hashes.ts';
import { foldersIn } from '../system/if-there.ts';
import { isInside } from '../system/inside.ts';
import { type KnownLinks, namesBehindLinks } from '../system/links.ts';
import { BuildTraces } from './build-traces.ts';
import { type ModuleRecord, nothingKnown } from './module-record.ts';
import { planInputs } from './plans.ts';
import type { Session } from './session.ts';

/** What one item depends on, as of when it was last built. */
interface Interests {
  /** Files, and names under which no file is. */
  readonly paths: ReadonlySet<string>;
  /** Those of them that decide whether make has to be asked again, by more than being there. */
  readonly ofPlan: ReadonlySet<string>;
  /** Folders in which any change counts, also deeper down. */
  readonly folders: ReadonlySet<string>;
  /** Where results go, which are no change when they are inside of such a folder. */
  readonly buildDir: string | undefined;
  /** Names behind links, with those that lead there. */
  readonly linked: ReadonlyMap<string, readonly string[]>;
  /** Nobody knows what it depends on besides, so that it is made again whatever changes. */
  readonly isOpen: boolean;
  /** What make makes anew each time, which is no change either. */
  readonly made: ReadonlySet<string>;
}

/** Tells which items a change affects, and which folders have to be watched for them. */
export class WatchedItems {
  readonly #options: Options;
  readonly #session: Session;
  readonly #interests = new Map<Item, Interests>();
  readonly #traces = new BuildTraces();

  constructor(options: Options, session: Session) {
    this.#options = options;
    this.#session = session;
  }

  /** Begins a new round; these paths have changed, or nobody knows which. */
  nextRound(paths: ReadonlySet<string> | undefined): void {
    this.#traces.nextRound(paths);
  }

  /** Before a build of some of them. */
  begin(): void {
    this.#traces.begin(this.#openFolders());
  }

  /**
   * Behind it.
   * @returns files that are not watched any more, because every build makes them other than they were
   */
  end(): readonly string[] {
    const changing = this.#traces.end(this.#openFolders(), (path) => this.isNeeded(path) && !this.#isMade(path));
    return changing.filter((path) => !this.#isResult(path));
  }

  /** Notes an item that was just built, or could not be. */
  note(item: Item, outcome: Outcome): void {
    this.#interests.set(item, this.#interestsOf(item, outcome));
  }

  /** Whether a change of these paths can make an item another one. */
  isAffected(item: Item, paths: ReadonlySet<string>): boolean {
    const interests = this.#interests.get(item);
    if (interests === undefined) return true;
    for (const path of paths) {
      if (interests.made.has(path)) continue;
      if (interests.paths.has(path)) return true;
      if (interests.isOpen && !this.#isResult(path) && !this.#traces.isOfBuild(path)) return true;
      if (interests.isOpen || isResult(path, interests.buildDir)) continue;
      for (const folder of interests.folders) if (isInside(folder, path)) return true;
    }
    return false;
  }

  /**
   * Whether these are files with text in them that items are known to be compiled of, and nothing else can be affected:
   * so nothing has to run to know what is to be made.
   */
  areSources(items: readonly Item[], paths: ReadonlySet<string> | undefined): boolean {
    if (paths === undefined || items.some((item) => !this.#interests.has(item))) return false;
    const known = [...this.#interests.values()];
    if (known.some(({ isOpen }) => isOpen)) return false;
    return [...paths].every((path) => {
      const isOfUnits = this.isNeeded(path) && !known.some(({ ofPlan }) => ofPlan.has(path));
      const stat = isOfUnits ? statOf(path) : undefined;
      return stat?.isFile() === true && stat.size > 0;
    });
  }

  /** Whether a build of any of them has written it. */
  #isResult(path: string): boolean {
    return [...this.#interests.values()].some(({ buildDir }) => isResult(path, buildDir));
  }

  /** Whether rules of some module's own make it. */
  #isMade(path: string): boolean {
    return [...this.#interests.values()].some(({ made }) => made.has(path));
  }

  /** Folders of items that may depend on anything in them. */
  #openFolders(): ReadonlySet<string> {
    const all = new Set<string>();
    for (const { folders, isOpen, buildDir } of this.#interests.values()) {
      if (!isOpen) continue;
      for (const folder of folders) for (const each of [folder, ...foldersBelow(folder, buildDir)]) all.add(each);
    }
    return all;
  }

  /** Changed paths, with the names of links that lead there. */
  withLinks(paths: ReadonlySet<string>): Set<string> {
    const all = new Set(paths);
    for (const { linked } of this.#interests.values())
      for (const path of paths) for (const name of linked.get(path) ?? []) all.add(name);
    return all;
  }

  /** Whether some item needs this very file. */
  isNeeded(path: string): boolean {
    return [...this.#interests.values()].some(({ paths }) => paths.has(path));
  }

  /** The folders that hold what items depend on, with those above them inside of modules. */
  folders(): Set<string> {
    const all = new Set<string>();
    for (const [{ module }, { paths, folders, isOpen, buildDir }] of this.#interests) {
      all.add(module.dir);
      for (const folder of folders) {
        all.add(folder);
        if (isOpen) for (const below of foldersBelow(folder, buildDir)) all.add(below);
      }
      for (const path of paths) {
        let folder = dirname(path);
        // What is inside of a folder that is not there counts from when that is made.
        for (; !all.has(folder); folder = dirname(folder)) {
          all.add(folder);
          if (!isInside(module.dir, folder)) break;
        }
      }
    }
    return all;
  }

  #interestsOf(item: Item, outcome: Outcome): Interests {
    const { dir } = item.module;
    const ofPlan = planInputs(item.module, item.arch, this.#options, this.#session);
    const plan = outcome.kind === 'skipped' ? undefined : outcome.plan;
    const paths = new Set<string>();
    const folders = new Set<string>(ofPlan?.folders);
    const linked = new Map<string, string[]>();
    const links: KnownLinks = new Map();
    const add = (path: string) => {
      addName(path);
      for (const name of namesBehindLinks(path, links)) {
        addName(name);
        linked.set(name, [...(linked.get(name) ?? []), path]);
      }
    };
    const addName = (path: string) => {
      // Folders on the way count too: one may be renamed, or made.
      for (let each = path; !paths.has(each) && each !== dir && each !== dirname(each); each = dirname(each)) {
        paths.add(each);
        // Outside of the module those count that are not there.
        if (!isInside(dir, each) && existsSync(dirname(each))) break;
      }
    };
    for (const path of ofPlan?.paths ?? []) add(path);
    const pathsOfPlan = new Set(paths);
    for (const path of ofPlan?.there ?? []) add(path);
    const record = (plan && this.#session.built.get(plan.place.buildDir)) ?? nothingKnown;
    if (plan !== undefined) {
      for (const path of recordPaths(record)) add(path);
      for (const source of [...plan.sources, ...plan.linker.externs]) add(resolve(dir, source));
    }
    // Nobody knows where what is missing would have to appear, or what make or a config reads.
    const isUnsure = Object.values(record.units).some(({ unsure }) => unsure !== undefined);
    const isBuilt = outcome.kind === 'built';
    const isKnown = !isBuilt || (record.link !== undefined && !isUnsure && plan?.work === undefined);
    const isOpen = outcome.kind === 'failed' || ofPlan === undefined || !isKnown;
    if (isOpen) {
      folders.add(dir);
      for (const folder of includeFolders(plan?.cflags ?? [])) {
        if (resolve(dir, folder) !== plan?.mpyDir) folders.add(resolve(dir, folder));
      }
      add(join(dir, item.module.makefile));
    }
    const made = new Set(
      [...(plan?.work?.targets ?? []), ...(plan?.work?.made ?? [])].map((name) => resolve(dir, name)),
    );
    return { paths, folders, buildDir: plan?.place.buildDir, linked, isOpen, made, ofPlan: pathsOfPlan };
  }
}

const MOST_FOLDERS = 2000;

/** The folders below one, without those of intermediates and packages, and those that are hidden. */
function foldersBelow(folder: string, buildDir: string | undefined): readonly string[] {
  const found: string[] = [];
  const queue = [folder];
  for (const each of queue) {
    for (const name of foldersIn(each)) {
      const path = join(each, name);
      // Make has its own folder of intermediates where ours is elsewhere.
      if (/^\.|^node_modules$|^build\b/.test(name) || path === buildDir) continue;
      if (found.length === MOST_FOLDERS) return found;
      found.push(path);
      queue.push(path);
    }
  }
  return found;
}

function isResult(path: string, buildDir: string | undefined): boolean {
  return /\.(?:mpy|tmp)$/.test(path) || (buildDir !== undefined && isInside(buildDir, path));
}

function* recordPaths({ config, units, link }: ModuleRecord): Generator<string> {
  for (const record of [config, ...Object.values(units), link]) {
    if (record === undefined) continue;
    for (const [path] of record.inputs.files) yield path;
    yield* record.inputs.missing;
  }
}
