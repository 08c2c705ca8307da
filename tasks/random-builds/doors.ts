/** The ways to build a project, behind one face: `natmod build`, make with our rules, `natmod watch`. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hashOf } from '../incremental/file-hashes.ts';
import { projectDir, sdkDir } from '../system/project.ts';
import type { State } from './state.ts';

/** What a build came to. */
export interface Result {
  readonly isBuilt: boolean;
  /** Hashes of what was made, by name. */
  readonly outputs: ReadonlyMap<string, string>;
  /** What was printed, for the report of a difference. */
  readonly log: string;
}

export interface Door {
  readonly name: string;
  /** Folder of its copy of the project. */
  readonly folder: string;
  build(state: State): Promise<Result>;
  close(): Promise<void>;
}

/** Folders and flags that the doors of one search have in common. */
export interface DoorPlace {
  /** For copies of the project and for caches. */
  readonly root: string;
  /** Words for `natmod build` and `natmod watch`. */
  readonly words: readonly string[];
}

const natmod = join(projectDir, 'bin', 'natmod.mjs');

/** Builds from nothing, with nothing remembered: what the others are compared with. */
export class CleanDoor implements Door {
  readonly name = 'clean';
  readonly folder: string;
  readonly #place: DoorPlace;
  readonly #worker = new Worker();

  constructor(place: DoorPlace) {
    this.#place = place;
    this.folder = join(place.root, 'clean');
  }

  async build(state: State): Promise<Result> {
    removeOutputs(this.folder);
    const cache = join(this.#place.root, 'cache-clean');
    rmSync(cache, { recursive: true, force: true });
    const words = [...natmodWords(state), ...this.#place.words, '--no-cache'];
    return this.#worker.build(this.folder, words, environment(this.folder, cache, state), state);
  }

  /** The same in a process of its own, and through make when `make` is given. */
  async buildApart(state: State, how: 'natmod' | 'make'): Promise<Result> {
    removeOutputs(this.folder);
    const cache = join(this.#place.root, 'cache-clean');
    rmSync(cache, { recursive: true, force: true });
    const env = environment(this.folder, cache, state);
    if (how === 'make') return runMake(this.folder, env, state);
    return runNatmod(this.folder, [...natmodWords(state), ...this.#place.words, '--no-cache'], env, state);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

/** `natmod build`: mostly in one process that lives on, which is quick; each tenth time as users start it. */
export class NatmodDoor implements Door {
  readonly name = '1';
  readonly folder: string;
  readonly #place: DoorPlace;
  readonly #worker = new Worker();
  #count = 0;

  constructor(place: DoorPlace) {
    this.#place = place;
    this.folder = join(place.root, 'door1');
  }

  async build(state: State): Promise<Result> {
    const words = [...natmodWords(state), ...this.#place.words];
    const env = environment(this.folder, join(this.#place.root, 'cache-1'), state);
    if (this.#count++ % 10 === 9) return runNatmod(this.folder, words, env, state);
    return this.#worker.build(this.folder, words, env, state);
  }

  /** The same as users start it, without what the process that lives on may have kept. */
  async buildApart(state: State): Promise<Result> {
    const env = environment(this.folder, join(this.#place.root, 'cache-1'), state);
    return runNatmod(this.folder, [...natmodWords(state), ...this.#place.words], env, state);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

/** `make -j4` with natmod's rules. */
export class MakeDoor implements Door {
  readonly name = '2';
  readonly folder: string;
  readonly #place: DoorPlace;

  constructor(place: DoorPlace) {
    this.#place = place;
    this.folder = join(place.root, 'door2');
  }

  build(state: State): Promise<Result> {
    return runMake(this.folder, environment(this.folder, join(this.#place.root, 'cache-2'), state), state);
  }

  async close(): Promise<void> {}
}

const BEACON_MS = 60_000;

/** `natmod watch`, with a second module whose change tells that all changes before it have been seen. */
export class WatchDoor implements Door {
  readonly name = 'watch';
  readonly folder: string;
  readonly #place: DoorPlace;
  #child: ChildProcess | undefined;
  #settings = '';
  #log = '';
  #count = 0;
  #isBuilt = false;

  constructor(place: DoorPlace) {
    this.#place = place;
    this.folder = join(place.root, 'watch');
  }

  async build(state: State): Promise<Result> {
    const settings = JSON.stringify(state.settings);
    this.#log = this.#log.slice(-4000);
    const before = this.#log.length;
    if (this.#child === undefined || this.#settings !== settings) {
      await this.#end();
      this.#settings = settings;
      this.#start(state);
      await this.#line(/watching \d+ folders/, before);
    } else {
      // The round in which the first one is seen may still go on when that is told.
      for (let i = 0; i < 2; i++) await this.#beacon();
    }
    return { isBuilt: this.#isBuilt, outputs: outputsOf(this.folder, state), log: this.#log.slice(before) };
  }

  close(): Promise<void> {
    return this.#end();
  }

  async #beacon(): Promise<void> {
    const at = this.#log.length;
    this.#writeBeacon();
    await this.#line(/(?:built|fixed) beacon/, at);
  }

  #writeBeacon(): void {
    const dir = join(this.folder, 'beacon');
    mkdirSync(dir, { recursive: true });
    const makefile = join(dir, 'Makefile');
    if (!existsSync(makefile))
      writeFileSync(makefile, 'MOD = beacon\nSRC = beacon.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n');
    writeFileSync(join(dir, 'beacon.c'), beaconSource(this.#count++));
  }

  #start(state: State): void {
    this.#writeBeacon();
    const modules = ['m', 'beacon'].map((name) => join(this.folder, name)).join(',');
    const words = [...settingsWords(state), `--module=${modules}`, ...this.#place.words];
    const env = environment(this.folder, join(this.#place.root, 'cache-watch'), state);
    const child = spawn(process.execPath, [natmod, 'watch', ...words], { cwd: join(this.folder, 'm'), env });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => this.#take(String(bytes)));
    this.#child = child;
  }

  #take(text: string): void {
    this.#log += text;
    // The last of these lines tells how it stands with the module.
    for (const [line] of text.matchAll(
      /^.*(?:built|fixed) m .*$|^.* m (?:x64|armv7m)?:? ?.*error.*$|^.*\bm: error.*$/gm,
    ))
      this.#isBuilt = !line.includes('error');
  }

  async #line(pattern: RegExp, from: number): Promise<void> {
    const start = performance.now();
    while (!pattern.test(this.#log.slice(from))) {
      if (this.#child?.exitCode !== null) throw new Error(`watch has ended:\n${this.#log}`);
      if (performance.now() - start > BEACON_MS)
        throw new Error(`watch does not tell of the change:\n${this.#log.slice(from)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

function beaconSource(number: number): string {
  return `#include "py/dynruntime.h"
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_n, mp_obj_new_int(${number}));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

/** A process that builds again and again. */
class Worker {
  #child: ChildProcess | undefined;

  async build(folder: string, words: readonly string[], env: NodeJS.ProcessEnv, state: State): Promise<Result> {
    this.#child ??= fork(join(projectDir, 'tasks', 'bootstrap', 'random-builds.mjs'), ['--worker'], {
      stdio: 'ignore',
    });
    const child = this.#child;
    child.send({ cwd: join(folder, 'm'), words, env });
    const { isBuilt, log } = await new Promise<{ isBuilt: boolean; log: string }>((resolve, reject) => {
      const onExit = () => reject(new Error('the process that builds has ended'));
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        resolve(message as { isBuilt: boolean; log: string });
      });
    });
    return { isBuilt, log, outputs: outputsOf(folder, state) };
  }

  async close(): Promise<void> {
    this.#child?.disconnect();
    this.#child = undefined;
  }
}

async function runNatmod(
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  state: State,
): Promise<Result> {
  const { status, log } = await run(process.execPath, [natmod, 'build', ...words], folder, env);
  return { isBuilt: status === 0, log, outputs: outputsOf(folder, state) };
}

async function runMake(folder: string, env: NodeJS.ProcessEnv, state: State): Promise<Result> {
  const { settings } = state;
  const cc = settings.cc === undefined ? [] : [`CC=${settings.cc}`];
  const words = ['-j4', '--no-print-directory', `MPY_DIR=${sdkDir}`, `ARCH=${settings.arch}`, ...cc, ...settings.words];
  const { status, log } = await run('make', words, folder, { ...env, NODE: process.execPath });
  const whole = outputsOf(folder, state);
  // Its objects have other names than those of `natmod build`.
  const outputs = new Map([...whole].filter(([name]) => name === 'm.mpy'));
  return { isBuilt: status === 0, log, outputs };
}

function run(command: string, words: readonly string[], folder: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ status: number | null; log: string }>((resolve, reject) => {
    const child = spawn(command, words, { cwd: join(folder, 'm'), env, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        log += bytes.toString();
      });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, log }));
  });
}

function natmodWords(state: State): string[] {
  return [...settingsWords(state), '--module=.'];
}

function settingsWords({ settings }: State): string[] {
  const cc = settings.cc === undefined ? [] : [`--cc=${settings.cc}`];
  return [`--arch=${settings.arch}`, ...cc, ...settings.words];
}

/** Variables of a make around this one, or of the user, would reach the Makefiles. */
const FOREIGN =
  /^(?:MAKE.*|MFLAGS|MPY_DIR|ARCH|INIT_CWD|CC|CROSS|CFLAGS.*|V|SRC|MOD|BUILD|MPY_CROSS|C.*PATH|NATMOD_.*|npm_.*)$/;

function environment(folder: string, cache: string, { settings }: State): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) if (!FOREIGN.test(name)) env[name] = value;
  const path = settings.path.map((name) => join(folder, name));
  for (const [name, value] of Object.entries(settings.env)) env[name] = value.replaceAll('@', folder);
  return { ...env, REAL_PATH: env.PATH, PATH: [...path, env.PATH].join(delimiter), NATMOD_CACHE: cache };
}

function removeOutputs(folder: string): void {
  for (const name of readdirSync(join(folder, 'm')))
    if (/^build-|^m\.mpy$/.test(name)) rmSync(join(folder, 'm', name), { recursive: true, force: true });
}

/** The module, and the header that objects of the Makefile's own rules are compiled with. Objects of ours are looked at whenever they are used. */
function outputsOf(folder: string, { settings }: State): Map<string, string> {
  const dir = join(folder, 'm');
  const outputs = new Map<string, string>();
  const build = join(dir, `build-${settings.arch}`);
  const names = existsSync(build) ? readdirSync(build, { recursive: true, encoding: 'utf8' }) : [];
  for (const name of names.sort()) if (name.endsWith('.config.h')) add(join(build, name), `build/${name}`);
  add(join(dir, 'm.mpy'), 'm.mpy');
  return outputs;

  function add(path: string, name: string): void {
    try {
      outputs.set(name, hashOf(readFileSync(path)));
    } catch {
      // It was not made, or it is a folder.
    }
  }
}
