import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { type Program, type ProgramEnd, startProgram } from '../system/programs.ts';
import type { Door, DoorPlace, Result } from './door.ts';
import { environment, natmod, only, outputsOf, settingsWords } from './run-builds.ts';
import type { State } from './state.ts';

const BEACON_MS = 180_000;

/** `natmod watch`, with a second module whose change tells that all changes before it have been seen. */
export class WatchDoor implements Door {
  readonly name = 'watch';
  readonly folder: string;
  readonly #place: DoorPlace;
  #child: Program | undefined;
  #end: ProgramEnd | undefined;
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
      await this.close();
      this.#settings = settings;
      await this.#start(state);
      await this.#line(/watching \d+ folders/, before);
    } else {
      // The first one can be seen in a round that has begun before the last changes; what these affect is then made in
      // the next round, which may still go on when the second one is told.
      for (let i = 0; i < 3; i++) await this.#beacon();
    }
    return { isBuilt: this.#isBuilt, outputs: outputsOf(this.folder, state), log: this.#log.slice(before) };
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGINT');
    await child?.ended;
  }

  async #beacon(): Promise<void> {
    const at = this.#log.length;
    this.#writeBeacon();
    // A compiler that does not run fails for this one, too.
    await this.#line(/(?:built|fixed) beacon|beacon \w+: error/, at);
  }

  #writeBeacon(): void {
    const dir = join(this.folder, 'beacon');
    makeFolders(dir);
    const makefile = join(dir, 'Makefile');
    if (!existsSync(makefile))
      writeFileSync(makefile, 'MOD = beacon\nSRC = beacon.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n');
    writeFileSync(join(dir, 'beacon.c'), beaconSource(this.#count++));
  }

  async #start(state: State): Promise<void> {
    this.#writeBeacon();
    const modules = ['m', 'beacon'].map((name) => join(this.folder, name)).join(',');
    const words = [...settingsWords(state), `--module=${modules}`, ...this.#place.words];
    const env = environment(this.folder, join(this.#place.root, 'cache-watch'), state);
    this.#end = undefined;
    // Of a module that is up to date it says nothing.
    this.#isBuilt = true;
    this.#child = await startProgram([process.execPath, natmod, 'watch', ...words], {
      cwd: join(this.folder, 'm'),
      env: only(env),
      onText: (text) => this.#take(text),
    });
    this.#child.ended.then((end) => {
      this.#end = end;
    });
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
      if (this.#end !== undefined) throw new Error(`watch has ended:\n${this.#log}`);
      if (performance.now() - start > BEACON_MS)
        throw new Error(`watch does not tell of the change:\n${this.#log.slice(from)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
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
