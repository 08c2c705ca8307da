import { AsyncLocalStorage } from 'node:async_hooks';

/** What a job looked at; paths are absolute. */
export interface Trace {
  /** Files and folders that are there. */
  readonly there: Set<string>;
  readonly missing: Set<string>;
  /** Makefiles that make read. */
  readonly makefiles: Set<string>;
  /** Programs that were searched, by name and the folder that relative paths start from, with what was found. */
  readonly programs: Map<string, ProgramSearch>;
  /** Folders whose names were listed. */
  readonly folders: Set<string>;
  /** What compilers were asked, with what they answered. */
  readonly answers: Answered[];
  /** When the first of what was used was asked for, in milliseconds since 1970, if that was before the job began. */
  usedSince: number;
  /** Something was used that nobody can observe, and why. */
  unsure: string | undefined;
}

export interface Answered {
  readonly command: readonly string[];
  readonly question: string;
  readonly answer: string;
}

export interface ProgramSearch {
  readonly name: string;
  readonly cwd: string;
  readonly found: string | undefined;
}

const current = new AsyncLocalStorage<Trace>();
let traced = 0;

/**
 * Runs a job and notes which files it looked at through `look.ts`. Finding libraries and compilers is a matter of many
 * places, and what is found depends on each of them; so they are noted where they are looked at.
 */
export async function traceFiles<T>(job: () => Promise<T>): Promise<{ value: T; trace: Trace }> {
  const trace: Trace = {
    there: new Set(),
    missing: new Set(),
    makefiles: new Set(),
    programs: new Map(),
    folders: new Set(),
    answers: [],
    usedSince: Number.POSITIVE_INFINITY,
    unsure: undefined,
  };
  traced++;
  try {
    return { value: await current.run(trace, job), trace };
  } finally {
    // Node 20 follows every promise of the process from the first use on, until it is told to stop.
    if (--traced === 0) current.disable();
  }
}

export function noteLook(path: string, there: boolean): void {
  const trace = current.getStore();
  if (trace !== undefined) (there ? trace.there : trace.missing).add(path);
}

export function noteMakefile(path: string): void {
  current.getStore()?.makefiles.add(path);
}

/**
 * Notes a search on PATH, besides the files that were looked at for it: PATH itself may be another one the next time.
 */
export function noteSearch(name: string, cwd: string, found: string | undefined): void {
  current.getStore()?.programs.set(`${cwd}\0${name}`, { name, cwd, found });
}

export function noteFolder(path: string): void {
  current.getStore()?.folders.add(path);
}

export function noteAnswer(command: readonly string[], question: string, answer: string): void {
  current.getStore()?.answers.push({ command, question, answer });
}

/** Notes that something was used which saw the files as they were at that time, or later. */
export function noteUsedSince(time: number): void {
  const trace = current.getStore();
  if (trace !== undefined) trace.usedSince = Math.min(trace.usedSince, time);
}

export function noteUnsure(reason: string): void {
  const trace = current.getStore();
  if (trace !== undefined) trace.unsure ??= reason;
}
