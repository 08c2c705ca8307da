/** A temporary folder with modules, builds in it, and a log of every compiler and make that was started. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { BuildSummary } from '../../../tasks/building/run-build.ts';
import { moduleIn } from '../../../tasks/modules/find.ts';
import { parseOptions } from '../../../tasks/options/options.ts';
import { Report } from '../../../tasks/report/report.ts';
import { findProgram } from '../../../tasks/system/find-program.ts';
import { makefile, moduleSource } from '../../flow/support/rig.ts';
import { runBuild } from '../../support/build.ts';

export interface Built extends BuildSummary {
  /** Sources that a compiler was started for, sorted; `make` for each make, `mpy-cross` for each of those. */
  readonly started: readonly string[];
  /** What compilers printed. */
  readonly output: string;
  /** What was told besides. */
  readonly notes: readonly string[];
}

export interface Rig {
  readonly dir: string;
  readonly out: string;
  /** Writes a file below `dir`. */
  write(path: string, text: string | Uint8Array): void;
  read(path: string): Buffer;
  remove(path: string): void;
  /** Gives a file the time of now without changing it. */
  touch(path: string): void;
  /** Builds modules, armv7m when `args` name no architecture. */
  build(modules: readonly string[], ...args: string[]): Promise<Built>;
  /** The command line of a build in a process of its own, and its environment. */
  command(modules: readonly string[], ...args: string[]): { words: string[]; env: NodeJS.ProcessEnv };
  /** What was started since this was last asked. */
  started(): string[];
  /** The module is byte for byte what a build from nothing makes. */
  isRight(t: ExecutionContext, module: string, ...args: string[]): Promise<void>;
}

/** Tests of one file run one after the other: the cache folder and PATH belong to the process. */
export async function withRig(body: (rig: Rig) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'natmod incremental ü-'));
  const before = { ...process.env };
  const tools = join(dir, 'tools');
  const log = join(dir, 'log');
  for (const name of ['make', 'gmake', 'arm-none-eabi-gcc', 'gcc', 'mpy-cross']) wrap(name, tools, log);
  const env: NodeJS.ProcessEnv = {
    ...before,
    PATH: `${tools}${delimiter}${before.PATH}`,
    NATMOD_CACHE: join(dir, 'cache'),
  };
  delete env.MPY_CROSS;
  Object.assign(process.env, env);
  delete process.env.MPY_CROSS;
  try {
    await body(makeRig(dir, log, env));
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    rmSync(dir, { recursive: true, force: true });
  }
}

function makeRig(dir: string, log: string, env: NodeJS.ProcessEnv): Rig {
  const out = join(dir, 'out');
  const place = (path: string) => join(dir, path);
  const withDefaults = (modules: readonly string[], args: readonly string[]) => [
    ...(args.some((arg) => arg.startsWith('--arch')) ? [] : ['--arch=armv7m']),
    ...(args.some((arg) => /^--(no-)?out/.test(arg)) ? [] : [`--out=${out}`]),
    ...(modules.length > 0 ? [`--module=${modules.map(place).join(',')}`] : []),
    // Where the Makefile has it.
    ...args.filter((arg) => arg !== '--no-out'),
  ];
  const rig: Rig = {
    dir,
    out,
    command: (modules, ...args) => ({ words: ['build', ...withDefaults(modules, args)], env }),
    read: (path) => readFileSync(place(path)),
    remove: (path) => rmSync(place(path), { recursive: true }),
    touch: (path) => utimesSync(place(path), new Date(), new Date()),
    write(path, text) {
      mkdirSync(dirname(place(path)), { recursive: true });
      writeFileSync(place(path), text);
    },
    started() {
      const lines = readLog(log);
      writeFileSync(log, '');
      return lines;
    },
    async build(modules, ...args) {
      rig.started();
      const all = modules.map((module) => moduleIn(place(module))!);
      let output = '';
      const notes: string[] = [];
      const report = new Report((event) => {
        if (event.kind === 'output') output += event.text;
        if (event.kind === 'note') notes.push(event.text);
      });
      const summary = await runBuild(all, parseOptions(withDefaults(modules, args), dir), report);
      return { ...summary, started: rig.started(), output, notes };
    },
    async isRight(t, module, ...args) {
      const clean = await rig.build([module], `--out=${join(dir, 'clean')}`, '--no-cache', ...args);
      t.deepEqual(clean.failed, []);
      const { file } = clean.built[0]!;
      t.deepEqual(readFileSync(file.replace(join(dir, 'clean'), out)), readFileSync(file));
      rmSync(join(dir, 'clean'), { recursive: true });
    },
  };
  return rig;
}

/** A module of two C sources, the second of which has a header of its own, and a Python part. */
export function writeModule(rig: Rig, name = 'm', lines = ''): void {
  rig.write(`${name}/Makefile`, makefile(`SRC = mod.c two.c part.py\nCFLAGS += -Inear -Ifar\n${lines}`));
  rig.write(`${name}/mod.c`, moduleSource('mp_obj_new_int(two())', 'int two(void);'));
  rig.write(`${name}/two.c`, '#include <two.h>\nint two(void) { return TWO; }\n');
  rig.write(`${name}/far/two.h`, '#define TWO 2\n');
  rig.write(`${name}/near/.keep`, '');
  rig.write(`${name}/part.py`, 'x = 1\n');
}

/** Copies a module's folder. */
export function copyFolder(rig: Rig, from: string, to: string): void {
  cpSync(join(rig.dir, from), join(rig.dir, to), { recursive: true });
}

/**
 * Puts a program before the real one that notes how it was called. It is a compiled one: of a script nobody knows what
 * it runs, so what it makes would be made again at every build.
 */
function wrap(name: string, folder: string, log: string): void {
  const real = findProgram(name, '/');
  if (real === undefined) return;
  mkdirSync(folder, { recursive: true });
  cpSync(logger(), join(folder, name));
  writeFileSync(join(folder, `${name}.real`), `${real}\n${log}\n`);
}

let compiledLogger: string | undefined;

function logger(): string {
  if (compiledLogger !== undefined) return compiledLogger;
  const folder = mkdtempSync(join(tmpdir(), 'natmod-logger-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  compiledLogger = join(folder, 'logger');
  execFileSync(findProgram('gcc', '/')!, ['-O1', '-w', '-o', compiledLogger, join(import.meta.dirname, 'logger.c')]);
  return compiledLogger;
}

function readLog(log: string): string[] {
  let text = '';
  try {
    text = readFileSync(log, 'utf8');
  } catch {
    // Nothing was started yet.
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    if (/^g?make /.test(line)) return 'make';
    if (line.startsWith('mpy-cross ')) return 'mpy-cross';
    const expanded = / -E .*\/([^/ ]+\.[cS])$/.exec(line)?.[1];
    if (expanded !== undefined) return `-E ${expanded}`;
    // A compiler that is asked for its version compiles nothing.
    const source = / -c (\S+)$/.exec(line)?.[1];
    return source === undefined ? [] : source;
  });
}
