import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { projectDir } from '../../../tasks/system/project.ts';
import type { Rig } from '../../incremental/support/rig.ts';

const LONGEST = 90_000;

/** `natmod watch` in a process of its own. */
export class Watching {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  output = '';
  #seen = 0;

  constructor(rig: Rig, ...args: string[]) {
    const { words, env } = rig.command(['m'], ...args);
    const natmod = join(projectDir, 'bin/natmod.cjs');
    this.child = spawn(process.execPath, [natmod, 'watch', ...words.slice(1)], { cwd: rig.dir, env });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', (chunk) => this.#take(String(chunk)));
    this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(signal ?? code)));
  }

  /** Waits for a line behind those that were waited for before. */
  async line(pattern: RegExp): Promise<string> {
    const start = Date.now();
    for (;;) {
      const rest = this.output.slice(this.#seen);
      const match = pattern.exec(rest);
      if (match !== null) {
        const end = rest.indexOf('\n', match.index);
        this.#seen += end === -1 ? rest.length : end + 1;
        return match[0];
      }
      if (Date.now() - start > LONGEST) throw new Error(`no ${pattern} in:\n${rest}\nbehind:\n${this.output}`);
      await pause(10);
    }
  }

  /** What was printed since. */
  rest(): string {
    return this.output.slice(this.#seen);
  }

  #take(text: string): void {
    this.output += text;
  }
}

export async function watching(rig: Rig, body: (watch: Watching) => Promise<void>, ...args: string[]): Promise<void> {
  const watch = new Watching(rig, ...args);
  try {
    await watch.line(/watching \d+ folders/);
    rig.started();
    await body(watch);
  } finally {
    watch.child.kill('SIGINT');
    await watch.ended;
  }
}

/** Waits long enough for a rebuild that should not come. */
export async function nothingHappens(t: ExecutionContext, watch: Watching, rig: Rig): Promise<void> {
  await pause(600);
  t.is(watch.rest(), '');
  t.deepEqual(rig.started(), []);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
