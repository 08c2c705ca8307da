import { join } from 'node:path';
import { FileHashes } from '../system/file-hashes.ts';
import { namesIn } from '../system/if-there.ts';

/** Builds in a row that change the same file before it is taken for their own. */
const PATIENCE = 5;
const MOST_FILES = 20_000;

/**
 * Tells what somebody has changed from what a build itself leaves in folders in which everything counts. A build that
 * writes what was there already changes nothing; one that writes something else each time would follow itself for ever.
 */
export class BuildTraces {
  /** Of its own: a session notes the files that it looks at for later builds, and most of these no build asks for. */
  readonly #hashes = new FileHashes();
  /** Contents as the last build found them, and as it left them. */
  #before: ReadonlyMap<string, string> = new Map();
  #after: ReadonlyMap<string, string> = new Map();
  /** How many of the last builds, one behind the other, have changed a file. */
  #changed = new Map<string, number>();

  /** Before a build. @param folders absolute, without those below them */
  begin(folders: Iterable<string>): void {
    this.#hashes.nextRound();
    this.#before = this.#contents(folders);
  }

  /**
   * Behind it.
   * @param isGiven whether a file is what is built of, and nothing that is built: people may save it during every build
   * @returns files that are not looked at any more, because the last builds have all changed them
   */
  end(folders: Iterable<string>, isGiven: (path: string) => boolean): readonly string[] {
    this.#hashes.nextRound();
    this.#after = this.#contents(folders);
    const changed = new Map<string, number>();
    for (const [path, content] of this.#after) {
      if (this.#before.get(path) !== content && !isGiven(path)) changed.set(path, (this.#changed.get(path) ?? 0) + 1);
    }
    for (const [path, count] of this.#changed) if (count >= PATIENCE) changed.set(path, PATIENCE + 1);
    this.#changed = changed;
    return [...changed].filter(([, count]) => count === PATIENCE).map(([path]) => path);
  }

  /** These paths have changed since. */
  nextRound(paths: Iterable<string> | undefined): void {
    this.#hashes.nextRound(paths);
  }

  /** Whether a path is as the last build found it, or as builds make it other each time, or came and went with it. */
  isOfBuild(path: string): boolean {
    const now = this.#contentOf(path);
    if (now === this.#before.get(path)) return true;
    return (this.#changed.get(path) ?? 0) >= PATIENCE && now === this.#after.get(path);
  }

  #contents(folders: Iterable<string>): ReadonlyMap<string, string> {
    const contents = new Map<string, string>();
    for (const folder of folders) {
      for (const path of [folder, ...namesIn(folder).map((name) => join(folder, name))]) {
        if (contents.size === MOST_FILES) return contents;
        const content = this.#contentOf(path);
        if (content !== undefined) contents.set(path, content);
      }
    }
    return contents;
  }

  /** Of a folder its names; undefined when there is nothing. */
  #contentOf(path: string): string | undefined {
    const hash = this.#hashes.hash(path);
    if (hash !== undefined) return hash;
    return this.#hashes.exists(path) ? `names ${this.#hashes.names(path)}` : undefined;
  }
}
