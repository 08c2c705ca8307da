/** The ways to build a project, behind one face: from nothing, `natmod build`, make with our rules. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Door, DoorPlace, Result, Trouble } from './door.ts';
import type { Random } from './random.ts';
import {
  disturb,
  environment,
  makeWords,
  natmod,
  natmodWords,
  removeOutputs,
  runMake,
  runNatmod,
  Worker,
} from './run-builds.ts';
import type { State } from './state.ts';

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

  async disturb(state: State, trouble: Trouble, random: Random): Promise<void> {
    const env = environment(this.folder, join(this.#place.root, 'cache-1'), state);
    const words = [natmod, 'build', ...natmodWords(state), ...this.#place.words];
    await disturb([process.execPath, ...words], this.folder, env, trouble, random);
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

  async disturb(state: State, trouble: Trouble, random: Random): Promise<void> {
    const env = environment(this.folder, join(this.#place.root, 'cache-2'), state);
    const command = ['make', ...makeWords(state)];
    await disturb(command, this.folder, { ...env, NODE: process.execPath }, trouble, random);
  }

  async close(): Promise<void> {}
}
