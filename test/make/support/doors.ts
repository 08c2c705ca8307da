/** One module, built through `natmod build` and through make with our rules. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RunResult, run } from '../../../tasks/bootstrap/processes.mjs';
import { createPool } from '../../../tasks/system/pool.ts';
import { projectDir, sdkDir } from '../../../tasks/system/project.ts';

export const natmod = join(projectDir, 'bin', 'natmod.cjs');

// All tests of a file start at once.
const pool = createPool(2);

/** Variables of a make around the tests, or of the user, would reach the Makefiles. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env, NODE: process.execPath };
  for (const name of [
    'MAKEFLAGS',
    'MAKELEVEL',
    'MFLAGS',
    'MPY_DIR',
    'ARCH',
    'INIT_CWD',
    'CC',
    'CFLAGS',
    'V',
    'SRC',
    'MOD',
  ]) {
    delete (env as Record<string, string | undefined>)[name];
  }
  return env;
}

export function runNatmod(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  const all = { ...plainEnvironment(), ...env };
  return pool.run(() => run(process.execPath, [natmod, ...words], { cwd, timeoutMs: 180_000, env: all }));
}

export function runMake(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  const all = { ...plainEnvironment(), ...env };
  const mpyDir = words.some((word) => word.startsWith('MPY_DIR=')) ? [] : [`MPY_DIR=${sdkDir}`];
  return pool.run(() =>
    run('make', ['--no-print-directory', ...mpyDir, ...words], { cwd, timeoutMs: 180_000, env: all }),
  );
}

/** A temporary folder that is removed when the body ends. */
export async function inFolder<T>(body: (dir: string) => Promise<T>, name = 'natmod doors ü-'): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), name));
  try {
    return await body(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What `npm install` would make of a package.json that asks for natmod and gulp. */
export function install(dir: string): void {
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(projectDir, join(dir, 'node_modules', 'natmod'));
  symlinkSync(join(projectDir, 'node_modules', 'gulp'), join(dir, 'node_modules', 'gulp'));
}

export type Files = Readonly<Record<string, string>>;

export function writeFiles(dir: string, files: Files): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

export const bytesOf = (file: string): Buffer => readFileSync(file);

export { cpSync, existsSync, join };
