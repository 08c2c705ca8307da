import { ObjectCache } from './incremental/object-cache.ts';
import { readCommandLine } from './options/table.ts';
import { printLine, runTask } from './report/report.ts';

/** `gulp cache`: what is in the cache of compiled objects; `--clear` empties it. */
export async function cache(): Promise<void> {
  await runTask(() => {
    const { values } = readCommandLine(process.argv.slice(2));
    const store = new ObjectCache();
    const { entries, bytes, limit, hits, misses, folder } = store.stats();
    if (values.has('clear')) {
      store.clear();
      printLine(`removed ${entries} entries, ${inMebibytes(bytes)}, from ${folder}`);
      return;
    }
    printLine(`${entries} entries, ${inMebibytes(bytes)} of at most ${inMebibytes(limit)}, in ${folder}`);
    const share = hits + misses === 0 ? '' : ` (${Math.round((100 * hits) / (hits + misses))} %)`;
    printLine(`${hits} of ${hits + misses} sources were found in it${share}`);
  });
}

function inMebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
