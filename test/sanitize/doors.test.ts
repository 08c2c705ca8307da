import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makefile } from '../flow/support/rig.ts';
import { bytesOf, inFolder, runMake, runNatmod, writeFiles } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const SOURCE = `#include "py/dynruntime.h"
static mp_obj_t more(mp_obj_t x) { int value = mp_obj_get_int(x); return mp_obj_new_int(value + 1); }
static MP_DEFINE_CONST_FUN_OBJ_1(more_obj, more);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_more, MP_OBJ_FROM_PTR(&more_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
const SCRIPT = `import mod
try:
    print(mod.more(2147483647))
except RuntimeError as e:
    print(e)
`;
const RAISED = /^mod\.c:2:\d+: signed integer overflow: 2147483647 \+ 1\r?\n/;
const SILENT = /^-2147483648\r?\n/;

async function says(file: string): Promise<string> {
  const ran = await runMicroPython('x64', { files: { 'mod.mpy': readFileSync(file) }, script: SCRIPT });
  return ran.stdout;
}

testWith(
  { compiler: 'x64', runtime: 'x64', tool: 'make' },
  'make puts the checks of MPY_SANITIZE into a module, and natmod does the same',
  (t) =>
    inFolder(async (dir) => {
      const lines = 'SRC = mod.c\nARCH = x64\nMPY_SANITIZE = undefined stack';
      writeFiles(dir, { Makefile: makefile(lines), 'mod.c': SOURCE });
      const mpy = join(dir, 'mod.mpy');
      for (const run of [() => runMake(dir, []), () => runNatmod(dir, ['build'])]) {
        const made = await run();
        t.is(made.exitCode, 0, made.stderr);
        t.regex(await says(mpy), RAISED);
      }
      const again = await runMake(dir, []);
      t.is((await runMake(dir, [])).stdout, '', again.stdout);
      const without = await runMake(dir, ['MPY_SANITIZE=']);
      t.is(without.exitCode, 0, without.stderr);
      t.regex(await says(mpy), SILENT);
      const refused = await runMake(dir, ['MPY_SANITIZE=thread']);
      t.not(refused.exitCode, 0);
      t.regex(refused.stderr, /MPY_SANITIZE: a module cannot have the check 'thread'/);
    }),
);

testWith(
  { compiler: 'x64', runtime: 'x64' },
  'the option is for one build: the next has the bytes that a build without it always has',
  (t) =>
    inFolder(async (dir) => {
      const config = (more: string) => `export default { name: 'mod', sources: ['mod.c']${more} };`;
      writeFiles(dir, { 'natmod.config.mjs': config(''), 'mod.c': SOURCE });
      const mpy = join(dir, 'mod.mpy');
      const build = async (...words: string[]) => {
        const built = await runNatmod(dir, ['build', '--arch', 'x64', ...words]);
        t.is(built.exitCode, 0, built.stderr);
        return { bytes: bytesOf(mpy), text: built.stdout };
      };
      const plain = await build();
      const checked = await build('--sanitize', 'signed-integer-overflow');
      t.regex(
        checked.text,
        new RegExp(`the checks add ${checked.bytes.length - plain.bytes.length} bytes to ${plain.bytes.length}\n`),
      );
      t.regex(await says(mpy), RAISED);
      t.regex((await build('--sanitize', 'signed-integer-overflow')).text, /up to date/);
      t.notDeepEqual((await build('--sanitize', 'undefined')).bytes, checked.bytes);
      t.deepEqual((await build()).bytes, plain.bytes);

      writeFiles(dir, { 'natmod.config.mjs': config(", sanitize: ['signed-integer-overflow']") });
      t.deepEqual((await build()).bytes, checked.bytes);
      const lacking = await runNatmod(dir, [
        'build',
        '--arch',
        'x64',
        '--sanitize',
        'undefined,integer,nullability-arg,implicit-conversion',
      ]);
      t.is(lacking.exitCode, 1);
      t.regex(lacking.stderr, /gcc for x64 has no check 'nullability-arg'\n.*clang may have it/);
      t.regex(lacking.stderr, /no check 'implicit-conversion'/, 'a group of which the compiler has nothing');
      t.notRegex(lacking.stderr, /no check 'integer'/, 'of a group a compiler does what it has');
    }),
);

testWith({ compiler: 'x64' }, 'flags of the compiler that bring routines which no module has are told of', (t) =>
  inFolder(async (dir) => {
    const config = `export default { name: 'mod', sources: ['mod.c'], flags: ['-fsanitize=undefined'] };`;
    writeFiles(dir, { 'natmod.config.mjs': config, 'mod.c': SOURCE });
    const refused = await runNatmod(dir, ['build', '--arch', 'x64']);
    t.is(refused.exitCode, 1);
    t.regex(refused.stderr, /__ubsan_handle_.*\n.*--sanitize undefined/);
  }),
);
