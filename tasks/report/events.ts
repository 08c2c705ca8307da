import type { Problem } from '../../natmod-rules/problem.ts';

/** Bytes of the parts of a module; all but the file are those of its native code. */
export interface Sizes {
  readonly text: number;
  readonly rodata: number;
  readonly bss: number;
}

/** How a word at the head of a line is meant. */
export type Tone = 'good' | 'bad' | 'doubtful';

/** What natmod says, as data. Loggers make lines of it, for people or for programs. */
export type Event =
  /** Something is wrong, or may be. */
  | ({ readonly kind: 'problem'; readonly severity: 'error' | 'warning'; readonly subject: string } & Problem)
  /** A module was made. */
  | {
      readonly kind: 'built';
      readonly word: 'built' | 'fixed';
      readonly module: string;
      readonly arch: string;
      readonly file: string;
      readonly bytes: number;
      readonly sizes: Sizes | undefined;
      /** Bytes more than the time before, for watchers. */
      readonly change?: number;
      /** Since the file was saved, for watchers. */
      readonly ms?: number;
    }
  | { readonly kind: 'up-to-date'; readonly module: string; readonly arch: string }
  /** Something was asked for in general and cannot be done here. */
  | { readonly kind: 'left-out'; readonly names: readonly string[]; readonly reason: string }
  /** How a build of several modules ended. */
  | {
      readonly kind: 'summary';
      readonly built: number;
      readonly upToDate: number;
      readonly failed: number;
      readonly leftOut: number;
    }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  /** A program is started, and the user wants to see how. */
  | { readonly kind: 'command'; readonly words: readonly string[] }
  /** What a compiler, make or mpy-cross printed, as it printed it. */
  | { readonly kind: 'output'; readonly text: string }
  /** What was done to something: `copied features0.mpy, 320 bytes`. */
  | { readonly kind: 'status'; readonly tone: Tone; readonly word: string; readonly text: string }
  /** Anything else that is good to know. */
  | { readonly kind: 'note'; readonly text: string }
  /** What the user asked to be shown. */
  | { readonly kind: 'result'; readonly text: string }
  /** What a script printed on MicroPython, piece by piece. */
  | { readonly kind: 'script'; readonly output: string | Uint8Array }
  /** A task has ended; `summary` says why it failed. */
  | { readonly kind: 'task'; readonly name: string; readonly ok: boolean; readonly summary?: string };

/** Gets every event as it happens. */
export type Logger = (event: Event) => void;
