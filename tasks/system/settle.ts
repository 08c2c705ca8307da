import { NatmodError, problemsIn } from '../../natmod-rules/problem.ts';

/** For a promise that is looked at later: until then its error must not count as unhandled. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  // Lost it is not: the promise still has it.
  promise.catch(() => {});
  return promise;
}

/**
 * The values in order, when all promises have ended: so every faulty file is told at once, and no process is left
 * running.
 * @throws NatmodError with the problems of all; any other error goes before it
 */
export async function allOrProblems<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (reasons.length > 0) throw new NatmodError(reasons.flatMap((reason) => problemsIn(reason)));
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}
