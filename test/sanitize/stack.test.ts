import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { inFolder, runNatmod } from '../make/support/doors.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';

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

const check = (arch: ArchName, words: readonly string[] = ['stack']) =>
  testWithPlace(arch, `${arch}: a function that writes beyond its stack is named (${words.join(' ')})`, words);

function testWithPlace(arch: ArchName, title: string, words: readonly string[]): void {
  const body = (t: import('ava').ExecutionContext) =>
    inFolder(async (dir) => {
      writeFileSync(join(dir, 'deep.c'), SOURCE);
      writeFileSync(join(dir, 'natmod.config.mjs'), "export default { name: 'deep', sources: ['deep.c'] };");
      writeFileSync(join(dir, 'script.py'), SCRIPT);
      const ran = await runNatmod(dir, ['run', '--arch', arch, '--sanitize', ...words, 'script.py']);
      t.is(ran.exitCode, 0, ran.stdout + ran.stderr);
      t.regex(ran.stdout, /\n120\r?\nfill_room wrote beyond its part of the stack\r?\n/);
    });
  if (arch === 'rv32imc') testOnFirmware(arch, title, body);
  else testWith({ compiler: arch, runtime: arch }, title, body);
}

for (const arch of [...RUNNABLE, 'rv32imc'] as const) check(arch);
check('x64', ['stack-all', '--no-optimize']);
check('x64', ['stack', '--cc', 'clang']);
