import { availableParallelism } from 'node:os';

/** Runs at most so many jobs at once, in the order they came. One pool bounds the processes of a whole build. */
export interface Pool {
  run<T>(job: () => Promise<T>): Promise<T>;
}

export function createPool(size: number): Pool {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async run(job) {
      if (running < size) running++;
      // The one that ends hands its place over, so that nobody can slip in between.
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await job();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}

let shared: Pool | undefined;

/** The pool for stages that are given none: as many jobs as there are cores. */
export function sharedPool(): Pool {
  shared ??= createPool(availableParallelism());
  return shared;
}
