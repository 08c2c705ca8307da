/** How long `gulp watch` takes from a save to the renamed `.mpy`, beside the compiler alone. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectDir } from '../bootstrap/compiled.cjs';
import { findOnPath, run } from '../bootstrap/processes.mjs';
import { gulp } from './builds.mjs';
import { generateModules } from './generate-modules.mjs';

const LONGEST_MS = 30_000;
/** That are watched, because the module's source includes them. */
const HEADERS = 200;

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 * @param {number} runs
 */
export async function watchLatency(print, folder, runs) {
  const what = `watch, armv7m, ${HEADERS} headers, save to renamed .mpy`;
  if (findOnPath('arm-none-eabi-gcc') === undefined) return print({ what, ours: undefined, against: 'no compiler' });
  const [dir = ''] = generateModules(join(folder, 'watched'), 1, { sources: 0 });
  addHeaders(dir);
  const out = join(folder, 'out-watched');
  const words = ['--arch', 'armv7m', '--dir', join(folder, 'watched'), '--out', out, '--no-cache'];
  const env = { ...process.env, NATMOD_CACHE: join(folder, 'cache') };
  const compiler = await compilation(words, env, join(folder, 'alone.o'));
  const child = spawn(process.execPath, [gulp, 'watch', ...words], {
    cwd: projectDir,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await saysWatching(child.stdout);
    /** @type {{ all: number, compiler: number }[]} */
    const times = [];
    // The first one is a warm-up.
    for (let i = 0; i <= runs; i++) {
      await sleep(300);
      const all = await saveToMpy(join(dir, 'main.c'), join(out, 'armv7m', 'gen0.mpy'), i + 1);
      await sleep(300);
      if (i > 0) times.push({ all, compiler: compileAlone(compiler, dir) });
    }
    const alone = times.map((t) => t.compiler);
    print({ what, ours: times.map((t) => t.all), other: alone, against: 'the compiler alone', unit: 'ms' });
    const beyond = times.map((t) => t.all - t.compiler);
    print({ what: `${what}, beyond the compiler`, ours: beyond, other: 10, against: 'the aim', aim: 1, unit: 'ms' });
  } finally {
    child.kill('SIGINT');
    await ended;
  }
}

/** @param {string} dir */
function addHeaders(dir) {
  const names = Array.from({ length: HEADERS }, (_, i) => `header${i}.h`);
  for (const name of names) writeFileSync(join(dir, name), '#pragma once\n');
  const source = join(dir, 'main.c');
  const includes = names.map((name) => `#include "${name}"\n`).join('');
  writeFileSync(source, includes + readFileSync(source, 'utf8'));
}

/** @param {import('node:stream').Readable} output */
function saysWatching(output) {
  let text = '';
  output.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    output.on('data', (/** @type {string} */ part) => {
      text += part;
      if (/watching \d+ folders/.test(text)) resolve(undefined);
    });
    output.once('end', () => reject(new Error(`gulp watch ended:\n${text}`)));
  });
}

/**
 * From when the source is saved: how long that takes is the file system's, which frees what was there (ext4: 1.5 ms).
 * @param {string} source
 * @param {string} mpy
 * @param {number} number differs from all before, so that the module does too
 * @returns {Promise<number>} milliseconds
 */
async function saveToMpy(source, mpy, number) {
  const before = statSync(mpy).ino;
  const text = readFileSync(source, 'utf8').replace(/x \+ \d+/, `x + ${number}`);
  const watcher = watch(dirname(mpy));
  try {
    const late = AbortSignal.timeout(LONGEST_MS);
    writeFileSync(source, text);
    const start = performance.now();
    while (statSync(mpy).ino === before) await once(watcher, 'change', { signal: late });
    return performance.now() - start;
  } finally {
    watcher.close();
  }
}

/**
 * The command that a build compiles the module's source with, as a line of shell that writes elsewhere.
 * @param {readonly string[]} words
 * @param {NodeJS.ProcessEnv} env
 * @param {string} object
 */
async function compilation(words, env, object) {
  const options = { cwd: projectDir, env };
  const { stdout } = await run(process.execPath, [gulp, 'build', ...words, '--verbose'], options);
  const line = stdout.split('\n').find((text) => text.endsWith(' -c main.c'));
  if (line === undefined) throw new Error(`gulp build --verbose shows no compilation:\n${stdout}`);
  const command = line.replace(/^\[[\d:]+\] /, '').trim();
  return command.replace(/ -o \S+/, ` -o ${object}`).replace(/-MF \S+/, `-MF ${object}.d`);
}

/**
 * @param {string} command
 * @param {string} cwd
 * @returns {number} milliseconds
 */
function compileAlone(command, cwd) {
  const start = performance.now();
  const result = spawnSync('sh', ['-c', `exec ${command}`], { cwd, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} failed:\n${result.stderr}`);
  return performance.now() - start;
}
