import type { Context } from './building/context.ts';
import { RECORD_KINDS } from './incremental/record.ts';
import { RecordStore } from './incremental/record-store.ts';
import type { Options } from './options/options.ts';

/** `gulp cache`: the records that builds keep, by kind; `--clear` removes all of them. */
export async function cache({ clear }: Options, { report }: Context): Promise<void> {
  const store = new RecordStore();
  const { kinds, limit, hits, misses, folder } = store.stats();
  const entries = kinds.reduce((sum, kind) => sum + kind.entries, 0);
  const bytes = kinds.reduce((sum, kind) => sum + kind.bytes, 0);
  if (clear) {
    store.clear();
    report.note(`removed ${entries} entries, ${inMebibytes(bytes)}, from ${folder}`);
    return;
  }
  report.note(`${entries} entries, ${inMebibytes(bytes)} of at most ${inMebibytes(limit)}, in ${folder}`);
  for (const kind of kinds) {
    const count = `${kind.entries}`.padStart(7);
    report.note(
      `  ${kind.kind.padEnd(8)} ${count} ${inMebibytes(kind.bytes).padStart(10)}  ${RECORD_KINDS[kind.kind]}`,
    );
  }
  const share = hits + misses === 0 ? '' : ` (${Math.round((100 * hits) / (hits + misses))} %)`;
  report.note(`${hits} of ${hits + misses} sources were found in it${share}`);
}

function inMebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
