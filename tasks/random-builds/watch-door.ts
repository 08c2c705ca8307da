import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.mjs';
import type { Door, DoorPlace, Result } from './door.ts';
import { environment, natmod, outputsOf, settingsWords } from './run-builds.ts';
import type { State } from './state.ts';

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
    makeFolders(dir);
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
