import type { Context } from './building/context.ts';
import { ObjectCache } from './incremental/object-cache.ts';
import type { Options } from './options/options.ts';

/** `gulp cache`: what is in the cache of compiled objects; `--clear` empties it. */
export async function cache({ clear }: Options, { report }: Context): Promise<void> {
  const store = new ObjectCache();
  const { entries, bytes, limit, hits, misses, folder } = store.stats();
  if (clear) {
    store.clear();
    report.note(`removed ${entries} entries, ${inMebibytes(bytes)}, from ${folder}`);
    return;
  }
  report.note(`${entries} entries, ${inMebibytes(bytes)} of at most ${inMebibytes(limit)}, in ${folder}`);
  const share = hits + misses === 0 ? '' : ` (${Math.round((100 * hits) / (hits + misses))} %)`;
  report.note(`${hits} of ${hits + misses} sources were found in it${share}`);
}

function inMebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
