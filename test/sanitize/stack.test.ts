import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';

/** Writes as many bytes into 16 as it is told, in a function that Python does not call itself. */
const SOURCE = `#include "py/dynruntime.h"
__attribute__((noinline)) static int fill_room(int count) {
    char room[16];
    volatile char *p = room;
    for (int i = 0; i < count; i++) p[i] = 'x';
    return room[3];
}
static mp_obj_t fill(mp_obj_t count) { return mp_obj_new_int(fill_room(mp_obj_get_int(count))); }
static MP_DEFINE_CONST_FUN_OBJ_1(fill_obj, fill);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_fill, MP_OBJ_FROM_PTR(&fill_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
const SCRIPT = `import deep
print(deep.fill(16))
try:
    deep.fill(24)
except Exception as e:
    print(e)
`;

testWith({ compiler: 'x64', runtime: 'x64', tool: 'clang' }, 'a function that writes beyond its stack is named', (t) =>
  inFolder(async (dir) => {
    writeFileSync(join(dir, 'deep.c'), SOURCE);
    writeFileSync(join(dir, 'natmod.config.mjs'), "export default { name: 'deep', sources: ['deep.c'] };");
    writeFileSync(join(dir, 'script.py'), SCRIPT);
    for (const words of [['stack'], ['stack-all', '--no-optimize'], ['stack', '--cc', 'clang']]) {
      const ran = await runNatmod(dir, ['run', '--arch', 'x64', '--sanitize', ...words, 'script.py']);
      t.is(ran.exitCode, 0, ran.stdout + ran.stderr);
      t.regex(ran.stdout, /\n120\r?\nfill_room wrote beyond its part of the stack\r?\n/, words.join(' '));
    }
  }),
);
