/**
 * The headers in `natmod-rules/sdk` by themselves: they compile without warnings, alone, in each language and dialect.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { inPool } from '../support/abi-files.ts';
import { FLOATS, makeTarget, moduleFlags, SDK, type Target, withFolder } from '../support/abi-headers.ts';
import { testWith } from '../support/needs.ts';

const HEADERS = readdirSync(join(SDK, 'py')).filter((name) => name.endsWith('.h'));
const STRICT = ['-Wall', '-Wextra', '-Werror', '-fsyntax-only'];

for (const { name } of ARCHES) {
  testWith({ compiler: name }, `${name}: no warnings in C99, C11 and GNU C17, for each kind of float`, async (t) => {
    for (const float of FLOATS) {
      const target = await makeTarget(name, float);
      for (const dialect of ['c99', 'c11', 'gnu17']) {
        const all = HEADERS.map((header) => `#include "py/${header}"`).join('\n');
        t.is(await complaints(target, `${all}\n`, ['-std=c99', `-std=${dialect}`]), '', `${float} ${dialect}`);
      }
    }
  });
}

testWith({ compiler: 'x64' }, 'each header can be the only one that a source includes', async (t) => {
  const target = await makeTarget('x64', 'double');
  for (const header of HEADERS) {
    const source = `#include "py/${header}"\nmp_obj_t f(mp_obj_t o);\nmp_obj_t f(mp_obj_t o) { return mp_obj_len(o); }\n`;
    t.is(await complaints(target, source, []), '', header);
  }
});

testWith({ compiler: 'x64', tool: 'g++' }, 'a module may be written in C++', async (t) => {
  const target = { ...(await makeTarget('x64', 'double')), command: ['g++'] };
  for (const dialect of ['c++11', 'c++17', 'c++20']) {
    t.is(await complaints(target, CPLUSPLUS, [`-std=${dialect}`, '-x', 'c++']), '', dialect);
  }
});

const CPLUSPLUS = `
#include "py/dynruntime.h"
#include "py/ringbuf.h"
#include "py/stream.h"
static mp_obj_t twice(mp_obj_t x) { return mp_obj_new_int(2 * mp_obj_get_int(x)); }
static mp_obj_t first(size_t n, const mp_obj_t *args) { return n > 1 ? args[0] : mp_const_none; }
static MP_DEFINE_CONST_FUN_OBJ_1(twice_obj, twice);
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(first_obj, 1, 2, first);
static mp_map_elem_t table[1];
static MP_DEFINE_CONST_DICT(dict, table);
mp_obj_full_type_t type;
static mp_obj_t make_new(const mp_obj_type_t *t, size_t, size_t, const mp_obj_t *) {
    return MP_OBJ_FROM_PTR(mp_obj_malloc(mp_obj_base_t, t));
}
extern "C" mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t, size_t, mp_obj_t *) {
    MP_DYNRUNTIME_INIT_ENTRY
    table[0] = (mp_map_elem_t){MP_OBJ_NEW_QSTR(MP_QSTR_len), MP_OBJ_FROM_PTR(&twice_obj)};
    type.base.type = &mp_type_type;
    MP_OBJ_TYPE_SET_SLOT(&type, make_new, make_new, 0);
    MP_OBJ_TYPE_SET_SLOT(&type, locals_dict, &dict, 1);
    mp_store_global(MP_QSTR_len, MP_OBJ_FROM_PTR(&first_obj));
    mp_store_global(MP_QSTR_int, MP_DYNRUNTIME_MAKE_FUNCTION(mpy_init));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

testWith({ compiler: 'x64' }, 'without the config header the compiler says what to do', async (t) => {
  const said = await complaintsWith(t, ['-UMP_CONFIGFILE']);
  t.regex(said, /#error "MP_CONFIGFILE is not set\. Build with `gulp build`/);
});

testWith({ compiler: 'x64' }, 'outside a native module the compiler says that these headers do not fit', async (t) => {
  t.regex(await complaintsWith(t, ['-UMICROPY_ENABLE_DYNRUNTIME']), /for native modules only/);
});

test('the headers contain no more than ASCII and lines of up to 120 characters', async (t) => {
  const { readFileSync } = await import('node:fs');
  const folders = [join(SDK, 'py'), join(SDK, 'py', 'abi')];
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.h'))) {
      const lines = readFileSync(join(folder, name), 'latin1').split('\n');
      t.deepEqual(
        lines.filter((line) => /[^\x20-\x7e]/.test(line) || line.length > 120),
        [],
        name,
      );
    }
  }
});

async function complaintsWith(t: ExecutionContext, flags: readonly string[]): Promise<string> {
  const said = await complaints(await makeTarget('x64', 'double'), '#include "py/dynruntime.h"\n', flags);
  t.not(said, '');
  return said;
}

/** What the compiler says about a source, with more warnings than a module build has. */
function complaints(target: Target, source: string, flags: readonly string[]): Promise<string> {
  return withFolder({ 'source.c': source }, async (folder) => {
    const [program, ...words] = target.command as [string, ...string[]];
    const plain = moduleFlags(target, SDK, folder).filter((flag) => !flag.startsWith('-std='));
    const args = [...words, ...plain, ...STRICT, ...flags, join(folder, 'source.c')];
    const { stderr } = await inPool(() => run(program, args, { timeoutMs: 60_000 }));
    return stderr;
  });
}
