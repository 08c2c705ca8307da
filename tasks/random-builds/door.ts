import type { Random } from './random.ts';
import type { State } from './state.ts';

/** What a build came to. */
export interface Result {
  readonly isBuilt: boolean;
  /** Hashes of what was made, by name. */
  readonly outputs: ReadonlyMap<string, string>;
  /** What was printed, for the report of a difference. */
  readonly log: string;
}

export interface Door {
  readonly name: string;
  /** Folder of its copy of the project. */
  readonly folder: string;
  build(state: State): Promise<Result>;
  /** Disturbs it: what is asked for is done with builds of which nobody looks at the outcome. */
  disturb?(state: State, trouble: Trouble, random: Random): Promise<void>;
  close(): Promise<void>;
}

/** A build is killed at a random moment, with all it has started; or several run at once. */
export type Trouble = 'kill' | 'two' | 'four';

/** Folders and flags that the doors of one search have in common. */
export interface DoorPlace {
  /** For copies of the project and for caches. */
  readonly root: string;
  /** Words for `natmod build` and `natmod watch`. */
  readonly words: readonly string[];
}
