import { AsyncLocalStorage } from 'node:async_hooks';

/** What a job looked at; paths are absolute. */
export interface Trace {
  /** Files and folders that are there. */
  readonly there: Set<string>;
  readonly missing: Set<string>;
  /** Makefiles that make read. */
  readonly makefiles: Set<string>;
}

const current = new AsyncLocalStorage<Trace>();

/**
 * Runs a job and notes which files it looked at through `look.ts`. Finding libraries and compilers is a matter of many places,
 * and what is found depends on each of them; so they are noted where they are looked at.
 */
export async function traceFiles<T>(job: () => Promise<T>): Promise<{ value: T; trace: Trace }> {
  const trace: Trace = { there: new Set(), missing: new Set(), makefiles: new Set() };
  return { value: await current.run(trace, job), trace };
}

export function noteLook(path: string, there: boolean): void {
  const trace = current.getStore();
  if (trace !== undefined) (there ? trace.there : trace.missing).add(path);
}

export function noteMakefile(path: string): void {
  current.getStore()?.makefiles.add(path);
}
