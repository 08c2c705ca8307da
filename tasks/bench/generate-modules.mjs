/** Writes modules for measuring: each builds for every architecture, and no two have an object in common. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} folder gets a folder `gen0`, `gen1`, ... for each module; name it with `--dir`
 * @param {number} count
 * @param {{ sources?: number, functions?: number }} [size] sources of a module besides its main one, functions in each
 * @returns {string[]} the folders of the modules
 */
export function generateModules(folder, count, { sources = 1, functions = 5 } = {}) {
  return Array.from({ length: count }, (_, module) => {
    const dir = join(folder, `gen${module}`);
    mkdirSync(dir, { recursive: true });
    const names = Array.from({ length: sources }, (_, i) => `part${i}.c`);
    writeFileSync(join(dir, 'Makefile'), makefile(`gen${module}`, names));
    writeFileSync(join(dir, 'shared.h'), header(sources));
    writeFileSync(join(dir, 'main.c'), mainSource(module, sources));
    names.forEach((name, i) => {
      writeFileSync(join(dir, name), partSource(module, i, functions));
    });
    return dir;
  });
}

/** @param {string} name @param {readonly string[]} parts */
function makefile(name, parts) {
  return `MOD = ${name}\nSRC = main.c ${parts.join(' ')}\ninclude $(MPY_DIR)/py/dynruntime.mk\n`;
}

/** @param {number} sources */
function header(sources) {
  return Array.from({ length: sources }, (_, i) => `int part${i}(int x);\n`).join('');
}

/** @param {number} module @param {number} sources */
function mainSource(module, sources) {
  const sum = Array.from({ length: sources }, (_, i) => `part${i}(x)`).join(' + ');
  return `#include "py/dynruntime.h"
#include "shared.h"

static mp_obj_t f(mp_obj_t x_obj) {
    int x = mp_obj_get_int(x_obj);
    return mp_obj_new_int(${sum === '' ? 'x' : sum} + ${module});
}
static MP_DEFINE_CONST_FUN_OBJ_1(f_obj, f);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

/** @param {number} module @param {number} part @param {number} functions */
function partSource(module, part, functions) {
  const bodies = Array.from({ length: functions }, (_, i) => {
    const number = module * 7919 + part * 31 + i;
    return `static int f${i}(int x) {\n    for (int i = 0; i < x; i++) x ^= (x << ${(number % 7) + 1}) + ${number};\n    return x;\n}\n`;
  });
  const calls = Array.from({ length: functions }, (_, i) => `f${i}(x)`).join(' + ');
  return `#include "py/dynruntime.h"\n\n${bodies.join('\n')}\nint part${part}(int x) {\n    return ${calls};\n}\n`;
}
