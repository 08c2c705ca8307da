/** A temporary folder with modules, and natmod run on it as a user does, by its own program or by gulp. */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createPool } from '../../../tasks/system/pool.ts';
import { projectDir, sdkDir } from '../../../tasks/system/project.ts';

export interface ProgramRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Rig {
  /** Absolute; the name has a blank and letters beyond ASCII. */
  readonly dir: string;
  /** Output folder for --out. */
  readonly out: string;
  /** Writes the files of a module (paths relative to its folder) and returns the folder. */
  module(name: string, files: Readonly<Record<string, string>>): string;
  /** Runs `natmod` in `dir`: the same tasks as gulp's, in a third of the time. */
  natmod(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<ProgramRun>;
  /** Runs gulp with natmod's gulpfile, called from `dir`; for what is about gulp. */
  gulp(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<ProgramRun>;
  /** Builds the module in a folder. */
  build(module: string, ...args: string[]): Promise<ProgramRun>;
  /** Paths below the output folder, with `/`. */
  outputs(): string[];
}

// Each is a process of some 80 MB; ava starts all tests of a file at once.
const pool = createPool(2);

export async function withRig(body: (rig: Rig) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'natmod flow üß-'));
  const out = join(dir, 'out put');
  const run = (program: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    pool.run(() => runProgram(dir, [...program, ...args], env));
  const natmod: Rig['natmod'] = (args, env) => run([join(projectDir, 'bin/natmod.cjs')], args, env);
  const rig: Rig = {
    dir,
    out,
    module(name, files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(dir, name, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      return join(dir, name);
    },
    natmod,
    gulp: (args, env) => run(GULP, args, env),
    build: (module, ...args) => natmod(['build', '--arch', 'armv7m', '--module', module, '--out', out, ...args]),
    outputs: () => listFiles(out).sort(),
  };
  try {
    await body(rig);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A Makefile as module authors write it. */
export function makefile(lines: string, after = ''): string {
  return `MPY_DIR ?= ${sdkDir.replaceAll(' ', '\\ ')}\nMOD = mod\n${lines}\ninclude $(MPY_DIR)/py/dynruntime.mk\n${after}`;
}

/** A module with one function `f` that returns `value`, a C expression. */
export function moduleSource(value = 'mp_obj_new_int(42)', head = ''): string {
  return `#include "py/dynruntime.h"
${head}
static mp_obj_t f(void) { return ${value}; }
static MP_DEFINE_CONST_FUN_OBJ_0(f_obj, f);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

const GULP = [join(projectDir, 'node_modules/gulp/bin/gulp.js'), '-f', join(projectDir, 'gulpfile.ts')];

function runProgram(cwd: string, command: readonly string[], env: NodeJS.ProcessEnv): Promise<ProgramRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

function listFiles(folder: string, prefix = ''): string[] {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) =>
    entry.isDirectory() ? listFiles(join(folder, entry.name), `${prefix}${entry.name}/`) : [prefix + entry.name],
  );
}
