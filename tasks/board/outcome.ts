import type { Report } from '../report/report.ts';

/** What came of running a script. */
export interface Outcome {
  readonly ok: boolean;
  /** Why it is not well, one sentence; empty when it is. */
  readonly reason: string;
  /** Everything it printed, or the last of it; tracebacks are part of it. */
  readonly output: string;
  readonly seconds: number;
  /** MicroPython itself has gone wrong, and not the script. */
  readonly crashed?: boolean;
  /** Where modules lie, as the script has told it at their import; see `Job.tell`. */
  readonly told?: string;
}

/** A script with the modules it imports. */
export interface Job {
  /** Modules: file name, such as `features0.mpy`, and content. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
  /** Bytes of modules that are on the board already, by file name. */
  readonly sizes?: ReadonlyMap<string, number>;
  /** Name for tracebacks, ending in `.py`. */
  readonly scriptName: string;
  readonly script: Uint8Array;
  /** Folder where the script looks for more modules; none when left out. */
  readonly folder?: string;
  readonly timeoutMs: number;
  /** Names of modules of which the board shall tell where they lie, when the script imports them. */
  readonly tell?: readonly string[];
  /** Gets output as it comes. */
  readonly show?: (text: string) => void;
  /** Is warned of what may go wrong on the board. */
  readonly report?: Report;
}

/** More output than this is cut in the middle. */
export const MAX_OUTPUT = 1024 * 1024;
