/**
 * What is remembered at its limits: nothing on this machine and all on a server, and a thousand modules of which none
 * has changed.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.cjs';
import { findOnPath } from '../bootstrap/processes.mjs';
import { findMicroPythonSource } from '../bootstrap/provide.mjs';
import { gulp } from './builds.mjs';
import { generateModules } from './generate-modules.mjs';
import { time, timeInTurn } from './measure.mjs';

const RUNS = 3;
const MODULES = 1000;
const AIM_SHARED = 1 / 3;
const AIM_EACH_MS = 3;

/** @param {import('./rows.mjs').Print} print */
export async function remembered(print) {
  ensureCompiled();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    await sharedCache(print, folder);
    thousandModules(print, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 */
async function sharedCache(print, folder) {
  const examples = join(projectDir, 'examples');
  // Their own rules run cargo and zig, which no cache of ours spares.
  const names = readdirSync(examples).filter((name) => !['README.md', 'rust', 'zig'].includes(name));
  for (const name of names) cpSync(join(examples, name), join(folder, 'shared', name), { recursive: true });
  const server = spawn(process.execPath, [join(import.meta.dirname, 'object-server.mjs')], { stdio: 'pipe' });
  try {
    const port = await new Promise((resolve) => server.stdout.once('data', (bytes) => resolve(String(bytes).trim())));
    // Its own cache folder has no sources, and half of the examples would be left out.
    const source = findMicroPythonSource();
    const anew = command(folder, 'shared', ['--arch', 'all', ...('dir' in source ? ['--mpy-dir', source.dir] : [])]);
    const before = () => {
      for (const name of ['out', 'cache']) rmSync(join(folder, name), { recursive: true, force: true });
    };
    const warm = { ...anew, argv: [...anew.argv, '--cache-url', `http://127.0.0.1:${port}`], before };
    time(warm);
    const [ours, cold] = timeInTurn([warm, { ...anew, before }], RUNS);
    const what = `${names.length} examples × all, all on a server, nothing here`;
    print({ what, ours: ours?.wall, other: cold?.wall, against: 'ours, cold', aim: AIM_SHARED });
    const cpu = { what: `${what}, CPU`, ours: ours?.cpu, other: cold?.cpu, unit: /** @type {const} */ ('cpu s') };
    print({ ...cpu, against: 'ours, cold', aim: AIM_SHARED });
  } finally {
    server.kill();
  }
}

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 */
function thousandModules(print, folder) {
  if (findOnPath('arm-none-eabi-gcc') === undefined) {
    print({ what: 'a thousand modules', ours: undefined, against: 'no compiler' });
    return;
  }
  generateModules(join(folder, 'many'), MODULES, { sources: 0 });
  const again = command(folder, 'many', ['--arch', 'armv7m']);
  time(again);
  const [same] = timeInTurn([again], RUNS);
  const what = `cost per module of ${MODULES}, armv7m, no change`;
  const each = (/** @type {readonly number[] | undefined} */ seconds) => seconds?.map((all) => (all * 1000) / MODULES);
  const aim = { other: AIM_EACH_MS, against: 'the aim', aim: 1, unit: /** @type {const} */ ('ms') };
  print({ what, ours: each(same?.wall), ...aim });
  print({ what: `${what}, CPU`, ours: each(same?.cpu), ...aim });
}

/**
 * @param {string} folder
 * @param {string} modules
 * @param {readonly string[]} words
 */
function command(folder, modules, words) {
  const argv = [
    process.execPath,
    gulp,
    'build',
    '--dir',
    join(folder, modules),
    '--out',
    join(folder, 'out'),
    ...words,
  ];
  return { argv, cwd: projectDir, env: { ...process.env, NATMOD_CACHE: join(folder, 'cache') } };
}
