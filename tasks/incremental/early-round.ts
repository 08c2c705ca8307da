import type { Changes } from '../system/watch-folders.ts';

/** Is thrown to whoever wants to begin when more has changed since it was looked at. */
class Overtaken extends Error {
  readonly changes: Changes;

  constructor(changes: Changes) {
    super('more has changed since');
    this.changes = changes;
  }
}

export interface EarlyRound {
  /** All changes, once no more come. */
  settled(): Promise<Changes>;
  /** Whether a file has the content with which it was looked at in this round, or was not looked at. */
  isStill(path: string): boolean;
  /**
   * One round. It looks up what is to be made, and calls `begin` before it makes anything or tells of a failure; what
   * that throws it passes on.
   */
  round(changes: Changes, begin: () => Promise<void>): Promise<void>;
  /** One round behind the last change, of which all are known. */
  again(changes: Changes): Promise<void>;
}

/**
 * A round that begins with the first changes: what they affect is looked up while it is waited whether more come, which
 * an editor that empties a file first is known for. When more have come, or a file has another text by then, nothing
 * was made yet, and all is done anew.
 */
export async function roundEarly(seen: Changes, { settled, isStill, round, again }: EarlyRound): Promise<void> {
  const check = (changes: Changes) => {
    const all = seen.paths !== undefined && changes.paths !== undefined && changes.paths.size === seen.paths.size;
    if (!all || ![...seen.paths].every(isStill)) throw new Overtaken(changes);
  };
  let checked: Promise<void> | undefined;
  const begin = () => {
    checked ??= settled().then(check);
    return checked;
  };
  try {
    await round(seen, begin);
    // Where nothing was to be made.
    await begin();
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    await again(error.changes);
  }
}
