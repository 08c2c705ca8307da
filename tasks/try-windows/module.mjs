/** A module to build on Windows, what is run on it there and here, and how results are compared. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { projectDir } from '../bootstrap/paths.cjs';
import { run } from '../bootstrap/processes.mjs';

/** @typedef {import('./machine.mjs').Windows} Windows */

/** Blanks and a name that begins like an escape are what users have. */
export const HOME = 'C:\\users\\A Name';
export const PROJECT = `${HOME}\\project`;
export const NATMOD = `${PROJECT}\\node_modules\\natmod`;
export const MODULE = `${HOME}\\my mod`;
export const MAKE_MODULE = 'C:\\makemod';
export const ARCHES = {
  'arm-none-eabi-gcc': 'armv7m',
  'riscv64-unknown-elf-gcc': 'rv32imc',
  'xtensa-lx106-elf-gcc': 'xtensa',
};

export const SOURCE = `#include "py/dynruntime.h"
#include "sub dir/other.h"
static mp_obj_t twice(mp_obj_t x) { return mp_obj_new_int(other(mp_obj_get_int(x)) + FACTOR); }
static MP_DEFINE_CONST_FUN_OBJ_1(twice_obj, twice);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_twice, MP_OBJ_FROM_PTR(&twice_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
export const FILES = {
  'natmod.config.mjs': `export default { name: 'mod', sources: ['mod.c', 'sub dir/other.c', 'helper.py'] };\n`,
  'mod.c': SOURCE,
  'sub dir/other.c': '#include "other.h"\nint other(int x) { static int n = 5; return n++ * x; }\n',
  'sub dir/other.h': 'int other(int x);\n#define FACTOR 3\n',
  'helper.py': 'def three(x):\n    return twice(x) + x\n',
};

/** @param {string} folder @param {string} [lineEnd] */
export function writeModule(folder, lineEnd = '\r\n') {
  for (const [name, text] of Object.entries(FILES)) {
    makeFolders(join(folder, name, '..'));
    writeFileSync(join(folder, name), text.replaceAll('\n', lineEnd));
  }
}

/**
 * @param {Windows} windows
 * @param {readonly string[]} args
 * @param {{ cwd?: string, bare?: boolean, status?: number, program?: string }} [options]
 */
export async function natmod(windows, args, { cwd = MODULE, bare, status = 0, program = 'natmod' } = {}) {
  const ended = await windows.run(['node.exe', `${NATMOD}\\bin\\${program}.cjs`, ...args], { cwd, bare });
  const said = (ended.stderr + ended.stdout).trim().split('\n').slice(-8).join('\n');
  assert.equal(ended.status, status, `${program} ${args.join(' ')}: exit status ${ended.status}\n${said}`);
  return ended;
}

/** The same on this machine. @param {string} cwd @param {readonly string[]} args */
export async function natmodHere(cwd, args, program = 'natmod') {
  const env = { ...process.env, CC: undefined };
  const result = await run(process.execPath, [join(projectDir(), 'bin', `${program}.cjs`), ...args], { cwd, env });
  assert.equal(result.exitCode, 0, result.stderr);
}

/** @param {string} there @param {string} here */
export function sameBytes(there, here) {
  assert.ok(existsSync(there), `${there} was not made`);
  assert.ok(readFileSync(there).equals(readFileSync(here)), `${there} has other bytes than ${here}`);
}

/** @param {Windows} windows */
export function archesOf({ compilers }) {
  const arches = Object.entries(ARCHES).flatMap(([name, arch]) => (compilers.includes(name) ? [arch] : []));
  assert.ok(arches.length > 1, 'of the cross compilers fewer than two are on this machine');
  return arches;
}
