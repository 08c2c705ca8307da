import { dirname } from 'node:path';
import { fail, problemsIn } from '../natmod-rules/problem.ts';
import type { Pusher } from './board/push-built.ts';
import { archesOf, buildItems, itemsOf, subjectOf, tellBuilt } from './building/build-items.ts';
import type { Context } from './building/context.ts';
import { summarize, tellSummary } from './building/run-build.ts';
import { roundEarly } from './incremental/early-round.ts';
import { openSession, type Session } from './incremental/session.ts';
import { WatchedItems } from './incremental/watched-items.ts';
import { allModules } from './modules/find.ts';
import type { Item, Outcome } from './modules/items.ts';
import type { Options } from './options/options.ts';
import type { Report } from './report/report.ts';
import { withBoardArch } from './run/build-for-run.ts';
import { startAhead } from './system/processes.ts';
import { examplesDir } from './system/project.ts';
import { type Changes, FolderWatcher } from './system/watch-folders.ts';

/**
 * `gulp watch`: builds, then builds again what a change affects, until it is ended; `--deploy` copies it to a board.
 */
export async function watch(options: Options, context: Context): Promise<void> {
  const { report } = context;
  const pusher = await openPusher(options, report);
  try {
    const used = pusher === undefined ? options : withBoardArch(options, pusher.firmware, pusher.name);
    await new Watch(used, context, openSession(used.outDir, { ...used, rounds: true }, report), pusher).run();
  } finally {
    startAhead(0);
    await pusher?.close();
  }
}

async function openPusher(options: Options, report: Report): Promise<Pusher | undefined> {
  const { run, code, scripts, deploy, port, timeoutMs } = options;
  const runs = run || code !== undefined || scripts.length > 0;
  if (!deploy) {
    if (!runs && port === undefined) return undefined;
    return fail('bad-option', 'watch uses a board only with --deploy', undefined, 'gulp watch --deploy --port auto');
  }
  if (options.modules.length === 0 && options.dir === undefined) {
    fail('bad-option', 'no module is named', undefined, 'gulp watch --deploy --port auto --module NAME');
  }
  if (options.arches === 'all' || (options.arches?.length ?? 0) > 1) {
    fail('bad-option', 'a board takes one architecture; without --arch it is asked for it');
  }
  const [{ createPusher }, { scriptPathsOf, scriptsOf, showOutput }] = await Promise.all([
    import('./board/push-built.ts'),
    import('./run/scripts.ts'),
  ]);
  const read = async () =>
    (runs ? await scriptsOf(options) : []).map((script) => ({ ...script, timeoutMs, show: showOutput(report, true) }));
  const paths = async () => (runs ? scriptPathsOf(options) : []);
  return createPusher(port ?? 'auto', options, { read, paths }, report);
}

class Watch {
  readonly #options: Options;
  readonly #context: Context;
  readonly #session: Session;
  readonly #pusher: Pusher | undefined;
  readonly #watcher = new FolderWatcher();
  readonly #watched: WatchedItems;
  /** Items by module and architecture, so that what is known of them outlives a change of the list. */
  readonly #items = new Map<string, Item>();
  #listed: readonly Item[] = [];
  readonly #sizes = new Map<Item, number>();
  readonly #failed = new Set<Item>();
  /** Scripts that run on the board. */
  #scripts: ReadonlySet<string> = new Set();
  #isListBroken = false;

  constructor(options: Options, context: Context, session: Session, pusher: Pusher | undefined) {
    this.#context = context;
    this.#pusher = pusher;
    this.#options = options;
    this.#session = session;
    this.#watched = new WatchedItems(options, session);
  }

  async run(): Promise<never> {
    const { report } = this.#context;
    const arches = await archesOf(this.#options, this.#session);
    const first = await this.#list(arches);
    startAhead(this.#options.jobs);
    const outcomes = await this.#build(first, performance.now(), true);
    tellSummary(summarize(outcomes), report);
    this.#scripts = await this.#scriptsNow();
    await this.#catchUp(first);
    await this.#pusher?.push();
    report.note(`watching ${this.#watcher.size} folders, Ctrl-C ends it`);
    for (;;) {
      const seen = await this.#watcher.noticed();
      try {
        await this.#turn(() => this.#list(arches), seen);
        if (this.#isListBroken) report.status('good', 'fixed', 'the list of modules');
        this.#isListBroken = false;
      } catch (error) {
        const problems = problemsIn(error);
        if (!this.#isListBroken) report.problems(problems);
        this.#isListBroken = true;
      }
    }
  }

  async #turn(list: () => Promise<readonly Item[]>, seen: Changes): Promise<void> {
    const settled = () => this.#watcher.changes((path) => this.#watched.isNeeded(path) || this.#scripts.has(path));
    const again = async (changes: Changes) => this.#round(await list(), changes);
    const known = this.#listed;
    const isUsual = this.#scripts.size === 0 && !this.#watcher.mustLookAgain && !this.#isListBroken;
    if (!isUsual || !this.#watched.areSources(known, seen.paths)) return again(await settled());
    await roundEarly(seen, {
      settled,
      isStill: (path) =>
        [...this.#watched.withLinks(new Set([path]))].every((name) => this.#session.hashes.isStill(name)),
      round: (changes, begin) => this.#round(known, changes, begin),
      again,
    });
  }

  /** What the folders hold now: modules come and go. */
  async #list(arches: Parameters<typeof itemsOf>[2]): Promise<readonly Item[]> {
    const items = await itemsOf(allModules(this.#options), this.#options, arches);
    this.#listed = items.map((item) => {
      const key = `${item.module.dir}\0${item.module.makefile}\0${item.arch?.name ?? ''}`;
      const known = this.#items.get(key) ?? item;
      this.#items.set(key, known);
      return known;
    });
    return this.#listed;
  }

  async #round(items: readonly Item[], { paths: changed, since }: Changes, begin?: () => Promise<void>): Promise<void> {
    const paths = changed === undefined ? undefined : this.#watched.withLinks(changed);
    this.#session.nextRound(paths);
    this.#watched.nextRound(paths);
    const affected = paths === undefined ? items : items.filter((item) => this.#watched.isAffected(item, paths));
    const known = this.#scripts;
    this.#scripts = await this.#scriptsNow();
    // Of a folder that is watched anew nobody knows what has changed in it; of a script that is gone there is nothing
    // to run.
    const scriptsChanged = [...this.#scripts].some(
      (path) => paths === undefined || paths.has(path) || !known.has(path),
    );
    if (affected.length === 0 && !scriptsChanged && !this.#watcher.mustLookAgain) return;
    if (affected.length > 0) await this.#build(affected, since, false, begin);
    await this.#catchUp(items);
    await this.#pusher?.push(scriptsChanged);
  }

  async #scriptsNow(): Promise<ReadonlySet<string>> {
    return new Set(await this.#pusher?.scriptPaths());
  }

  /** Watches what has become of interest. In folders that are new to it something can have changed before. */
  async #catchUp(items: readonly Item[]): Promise<void> {
    const ofScripts = [...this.#scripts].map((path) => dirname(path));
    while (this.#watcher.set([...this.#watched.folders(), ...this.#moduleFolders(items), ...ofScripts])) {
      this.#session.nextRound();
      await this.#build(items, performance.now(), false);
    }
    await this.#session.save();
    startAhead(this.#options.jobs);
  }

  /** A module can be added to the folder that holds the others. */
  #moduleFolders(items: readonly Item[]): string[] {
    const { dir, modules } = this.#options;
    if (modules.length > 0) return [];
    return [dir ?? examplesDir, ...items.map(({ module }) => dirname(module.dir))];
  }

  async #build(
    items: readonly Item[],
    since: number,
    isFirst: boolean,
    begin?: () => Promise<void>,
  ): Promise<readonly Outcome[]> {
    const each = (outcome: Outcome, item: Item) => {
      this.#tell(outcome, item, since, isFirst);
      this.#watched.note(item, outcome);
    };
    this.#watched.begin();
    const outcomes = await buildItems(items, this.#options, this.#session, { flow: this.#context.flow, begin, each });
    for (const path of this.#watched.end()) {
      this.#context.report.note(`${path} changes with every build, so it is not watched any more`);
    }
    return outcomes;
  }

  #tell(outcome: Outcome, item: Item, since: number, isFirst: boolean): void {
    const { report } = this.#context;
    if (outcome.kind === 'failed') {
      this.#failed.add(item);
      report.problems(outcome.problems, subjectOf(outcome));
    }
    if (outcome.kind !== 'built') return;
    const wasFaulty = this.#failed.delete(item);
    const before = this.#sizes.get(item);
    this.#sizes.set(item, outcome.bytes);
    if (isFirst || !outcome.upToDate) this.#pusher?.add(outcome.file);
    if (outcome.upToDate && !wasFaulty) return;
    tellBuilt(outcome, report, {
      word: wasFaulty ? 'fixed' : 'built',
      change: before === undefined ? undefined : outcome.bytes - before,
      ms: isFirst ? undefined : performance.now() - since,
    });
  }
}
