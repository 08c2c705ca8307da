/** Modules on emulated cores whose memory for code is watched: on the chips it can be read in whole words only. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPlugin } from '../../tasks/run/counting.ts';
import { buildHarness, HARNESS_TOOLS, type Harness } from '../../tasks/run/xtensa.ts';
import type { Core } from '../../tasks/run/xtensa-cores.ts';

const SOURCE = fileURLToPath(new URL('windowed/word-reads.c', import.meta.url));

export interface WatchedHarness {
  /** Runs with it end with a failure where code is read in another way, or written to. */
  readonly harness: Harness;
  /** How often words of code were read as data, literals above all, in all runs so far. */
  reads(): Promise<number>;
}

/** @param parent for a folder with what is made */
export async function buildWatchedHarness(parent: string, core: Core): Promise<WatchedHarness> {
  const folder = await mkdtemp(join(parent, 'watched-'));
  const { program } = await buildHarness(folder, core);
  const plugin = await buildPlugin(SOURCE, HARNESS_TOOLS[1], folder);
  const output = join(folder, 'reads.txt');
  const [start, end] = core.text;
  const options = ['-plugin', `${plugin},start=${start},end=${end},out=${output}`];
  return {
    harness: { program, core, options },
    async reads() {
      const lines = (await readFile(output, 'latin1')).trim().split('\n');
      return lines.reduce((sum, line) => sum + Number(line), 0);
    },
  };
}
