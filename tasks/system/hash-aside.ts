import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { projectDir } from './project.ts';

interface Answer {
  readonly id: number;
  readonly hash: string | undefined;
}

/**
 * Hashes files in a thread that is started with the first of them, and does not keep the process alive. `crypto.subtle`
 * has threads too, but copies each file for them first.
 */
class HashThread {
  readonly #waiting = new Map<number, (hash: string | undefined) => void>();
  #worker: Worker | undefined;
  #asked = 0;

  hash(path: string): Promise<string | undefined> {
    const worker = this.#start();
    return new Promise((resolve) => {
      const id = this.#asked++;
      this.#waiting.set(id, resolve);
      worker.ref();
      worker.postMessage({ id, path });
    });
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(join(projectDir, 'tasks', 'system', 'hash-worker.mjs'), { execArgv: [] });
    worker.on('message', ({ id, hash }: Answer) => {
      this.#waiting.get(id)?.(hash);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    // Without a thread, such as for want of memory, nothing is known ahead.
    worker.on('error', () => this.#end());
    worker.on('exit', () => this.#end());
    this.#worker = worker;
    return worker;
  }

  #end(): void {
    this.#worker = undefined;
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}

let thread: HashThread | undefined;

/** The hash of a file's content as `hashOf` gives it, found in another thread; undefined when it cannot be read. */
export function hashAside(path: string): Promise<string | undefined> {
  thread ??= new HashThread();
  return thread.hash(path);
}
