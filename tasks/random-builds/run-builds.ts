/** Builds in processes: one that lives on, one as users start it, make; undisturbed, killed, or several at once. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hashOf } from '../system/hash.ts';
import { howEnded, runProcess } from '../system/processes.ts';
import { type Program, startProgram } from '../system/programs.ts';
import { projectDir, sdkDir } from '../system/project.ts';
import type { Result, Trouble } from './door.ts';
import type { Random } from './random.ts';
import type { State } from './state.ts';

export const natmod = join(projectDir, 'bin', 'natmod.cjs');

interface Answer {
  readonly isBuilt: boolean;
  readonly log: string;
}

/** A process that builds again and again. */
export class Worker {
  #child: Program | undefined;
  #answered = (_answer: Answer) => {};

  async build(folder: string, words: readonly string[], env: NodeJS.ProcessEnv, state: State): Promise<Result> {
    const script = join(projectDir, 'tasks', 'bootstrap', 'random-builds.mjs');
    this.#child ??= await startProgram([process.execPath, script, '--worker'], {
      onMessage: (message) => this.#answered(message as Answer),
    });
    const child = this.#child;
    const answer = new Promise<Answer>((resolve) => {
      this.#answered = resolve;
    });
    child.send({ cwd: join(folder, 'm'), words, env });
    const ended = child.ended.then(() => {
      throw new Error('the process that builds has ended');
    });
    const { isBuilt, log } = await Promise.race([answer, ended]);
    return { isBuilt, log, outputs: outputsOf(folder, state) };
  }

  async close(): Promise<void> {
    this.#child?.kill();
    await this.#child?.ended;
    this.#child = undefined;
  }
}

export async function runNatmod(
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  state: State,
): Promise<Result> {
  const { status, log } = await run([process.execPath, natmod, 'build', ...words], folder, env);
  return { isBuilt: status === 0, log, outputs: outputsOf(folder, state) };
}

export async function runMake(folder: string, env: NodeJS.ProcessEnv, state: State): Promise<Result> {
  const { status, log } = await run(['make', ...makeWords(state)], folder, { ...env, NODE: process.execPath });
  const whole = outputsOf(folder, state);
  // Its objects have other names than those of `natmod build`.
  const outputs = new Map([...whole].filter(([name]) => name === 'm.mpy'));
  return { isBuilt: status === 0, log, outputs };
}

export function makeWords({ settings }: State): string[] {
  const cc = settings.cc === undefined ? [] : [`CC=${settings.cc}`];
  return ['-j4', '--no-print-directory', `MPY_DIR=${sdkDir}`, `ARCH=${settings.arch}`, ...cc, ...settings.words];
}

/** How long a build of each kind took that nobody killed, in milliseconds. */
const durations = new Map<string, number>();

export async function disturb(
  command: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
  trouble: Trouble,
  random: Random,
): Promise<void> {
  const program = command[0]!;
  const start = performance.now();
  const count = { kill: 1, two: 2, four: 4 }[trouble];
  await Promise.all(
    Array.from({ length: count }, async () => {
      const child = await startProgram(command, { cwd: join(folder, 'm'), env: only(env), ownGroup: true });
      if (trouble === 'kill') {
        const moment = random.below(Math.ceil((durations.get(program) ?? 1000) * 1.1));
        await Promise.race([child.ended, new Promise((resolve) => setTimeout(resolve, moment))]);
        // Compilers that have just been started end with the build.
        child.kill();
      }
      await child.ended;
    }),
  );
  if (trouble !== 'kill') durations.set(program, performance.now() - start);
}

async function run(command: readonly string[], folder: string, env: NodeJS.ProcessEnv) {
  const result = await runProcess(command, { cwd: join(folder, 'm'), env: only(env) });
  if (result.startError !== undefined) throw new Error(`${command[0]}: ${howEnded(result)}`);
  return { status: result.status, log: result.output };
}

/** An environment as the changes that make it of this process's own. */
export function only(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return { ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])), ...env };
}

export function natmodWords(state: State): string[] {
  return [...settingsWords(state), '--module=.'];
}

export function settingsWords({ settings }: State): string[] {
  const cc = settings.cc === undefined ? [] : [`--cc=${settings.cc}`];
  return [`--arch=${settings.arch}`, ...cc, ...settings.words];
}

/** Variables of a make around this one, or of the user, would reach the Makefiles. */
const FOREIGN =
  /^(?:MAKE.*|MFLAGS|MPY_DIR|ARCH|INIT_CWD|CC|CROSS|CFLAGS.*|V|SRC|MOD|BUILD|MPY_CROSS|C.*PATH|NATMOD_.*|npm_.*)$/;

export function environment(folder: string, cache: string, { settings }: State): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) if (!FOREIGN.test(name)) env[name] = value;
  const path = settings.path.map((name) => join(folder, name));
  for (const [name, value] of Object.entries(settings.env)) env[name] = value.replaceAll('@', folder);
  return { ...env, REAL_PATH: env.PATH, PATH: [...path, env.PATH].join(delimiter), NATMOD_CACHE: cache };
}

export function removeOutputs(folder: string): void {
  for (const name of readdirSync(join(folder, 'm')))
    if (/^build-|^m\.mpy$/.test(name)) rmSync(join(folder, 'm', name), { recursive: true, force: true });
}

/**
 * The module, and the header that objects of the Makefile's own rules are compiled with. Objects of ours are looked at
 * whenever they are used.
 */
export function outputsOf(folder: string, { settings }: State): Map<string, string> {
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
