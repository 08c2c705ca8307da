/** A Windows with a user, a drive C and programs on PATH, in a folder that is removed afterwards. */

import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { findOnPath, run } from '../bootstrap/processes.mjs';
import { SetupError } from '../bootstrap/report.mjs';
import { startBridge } from './bridge.mjs';

/** Compilers that stand on its PATH where this machine has them. */
const COMPILERS = ['arm-none-eabi-gcc', 'riscv64-unknown-elf-gcc', 'xtensa-lx106-elf-gcc'];
/** Of other programs that run there nothing is heard for that long only when something is wrong. */
const PATIENCE_MS = 300_000;

/**
 * @typedef {ReturnType<typeof import('./wine.mjs').windowsPlaces>} Places
 *
 * @typedef {{ status: number, stdout: string, stderr: string }} Ended
 *
 * @typedef {object} Windows
 * @property {string} driveC absolute path here of `C:\`
 * @property {readonly string[]} compilers names of those that are there
 * @property {(command: readonly string[], options?: RunOptions) => Promise<Ended>} run
 * @property {(command: readonly string[], options?: RunOptions) => { ended: Promise<Ended> }} start
 * @property {() => number} compiled how often a compiler has made an object
 * @property {() => Promise<void>} end
 *
 * @typedef {object} RunOptions
 * @property {string} [cwd] of Windows, `C:\` when left out
 * @property {boolean} [bare] nothing is on PATH but Node
 */

/**
 * Starts it.
 * @param {Places} places
 * @returns {Promise<Windows>}
 * @throws {SetupError} when wine does not run here
 */
export async function startWindows(places) {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-windows-'));
  const driveC = join(folder, 'prefix', 'drive_c');
  const programs = fillDrive(driveC, places);
  const bridge = await startBridge({ driveC, programs });
  const env = environment(join(folder, 'prefix'), bridge.port);
  const start = starter(folder, driveC, places, env);
  const windows = {
    driveC,
    compilers: Object.keys(programs),
    compiled: bridge.compiled,
    start,
    run: (/** @type {readonly string[]} */ command, /** @type {RunOptions} */ options = {}) =>
      start(command, options).ended,
    end: async () => {
      bridge.close();
      await run(places.server, ['--kill', '--wait'], { env, timeoutMs: 60_000 });
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const { status, stdout, stderr } = await windows.run(['node.exe', '-p', 'process.platform']);
  if (status === 0 && stdout.trim() === 'win32') return windows;
  await windows.end();
  const said = (stderr || stdout).trim().split('\n').slice(-3).join('\n') || `exit status ${status}`;
  throw new SetupError(`${dirname(places.wine)}: Node for Windows does not run with this wine`, said);
}

/**
 * Puts programs there.
 * @param {string} driveC
 * @param {Places} places
 * @returns {Record<string, string>} programs of this machine, by the names that stand for them there
 */
function fillDrive(driveC, places) {
  const programs = join(driveC, 'programs');
  const system = join(driveC, 'windows', 'system32');
  for (const name of [programs, join(driveC, 'node'), system]) makeFolders(name);
  copyFileSync(places.zlib, join(system, 'zlib1.dll'));
  copyFileSync(places.node, join(driveC, 'node', 'node.exe'));
  copyFileSync(places.make, join(programs, 'make.exe'));
  copyFileSync(join(places.programs, 'hold.exe'), join(programs, 'hold.exe'));
  /** @type {Record<string, string>} */
  const here = { zig: places.zig };
  for (const name of COMPILERS) {
    const path = findOnPath(name);
    if (path === undefined) continue;
    here[name] = path;
    copyFileSync(join(places.programs, 'bridge.exe'), join(programs, `${name}.exe`));
  }
  return here;
}

/** @param {string} prefix @param {number} port @returns {NodeJS.ProcessEnv} */
function environment(prefix, port) {
  return {
    HOME: process.env.HOME,
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    // Neither menus, which it would make for the user's desktop, nor .NET and HTML.
    WINEDLLOVERRIDES: 'winemenubuilder.exe,mscoree,mshtml=',
    NATMOD_BRIDGE: String(port),
  };
}

/**
 * @param {string} folder for what programs print
 * @param {string} driveC
 * @param {Places} places
 * @param {NodeJS.ProcessEnv} env
 * @returns {Windows['start']}
 */
function starter(folder, driveC, places, env) {
  let count = 0;
  return ([program = '', ...args], { cwd = 'C:\\', bare = false } = {}) => {
    const output = join(folder, `output-${++count}`);
    // Node for Windows dies under wine with pipes for standard input and outputs.
    const files = [openSync(`${output}.out`, 'w'), openSync(`${output}.err`, 'w')];
    const child = spawn(places.wine, [program, ...args], {
      cwd: placeOf(driveC, cwd),
      env: { ...env, WINEPATH: bare ? 'C:\\node' : 'C:\\programs;C:\\node' },
      stdio: ['ignore', ...files],
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    const text = (/** @type {string} */ ending) => readFileSync(output + ending, 'utf8').replaceAll('\r\n', '\n');
    const ended = new Promise((done) => child.on('close', (code) => done(code ?? -1))).then((status) => {
      for (const file of files) closeSync(file);
      return { status: Number(status), stdout: text('.out'), stderr: text('.err') };
    });
    return { ended };
  };
}

/** Absolute path here of one on drive C. @param {string} driveC @param {string} path */
export function placeOf(driveC, path) {
  return join(driveC, path.slice(2).replaceAll('\\', '/'));
}
