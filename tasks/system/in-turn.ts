const last = new Map<string, Promise<unknown>>();

/** Runs jobs of one key one after the other, in the order they came; those of other keys run beside them. */
export function inTurn<T>(key: string, job: () => Promise<T>): Promise<T> {
  const before = last.get(key) ?? Promise.resolve();
  const own = before.then(job, job);
  last.set(key, own);
  own
    // Whoever called gets the error.
    .catch(() => {})
    .finally(() => {
      if (last.get(key) === own) last.delete(key);
    });
  return own;
}
