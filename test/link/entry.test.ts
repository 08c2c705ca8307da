import test from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { buildModule } from '../support/compile.ts';
import { jumpTarget } from '../support/entry-jump.ts';
import { link } from '../support/link.ts';
import { makeObject, TEXT_FLAGS } from '../support/make-object.ts';
import { loadMpy, TEXT } from '../support/mpy-loader.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const HELPER = `int helper_square(int x);
int helper_square(int x) { return x * x; }
`;

const MAIN = `#include "py/dynruntime.h"
int helper_square(int x);
static mp_obj_t square(mp_obj_t x) { return mp_obj_new_int(helper_square(mp_obj_get_int(x)) + 1); }
static MP_DEFINE_CONST_FUN_OBJ_1(square_obj, square);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_square, MP_OBJ_FROM_PTR(&square_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/** Fills the text in front of mpy_init, so that the entry jump must be a long one. */
const FILLER = `__asm__(".section .text.filler,\\"ax\\"\\n.space 40000\\n.text");
void filler_anchor(void) {}
`;

for (const arch of RUNNABLE) {
  testWith({ compiler: arch, runtime: arch }, `${arch}: mpy_init may be in the second object`, async (t) => {
    const { mpy } = buildModule(arch, 'entry', { 'helper.c': HELPER, 'main.c': MAIN });
    const script = 'import entry\nprint(entry.square(12))';
    const { stdout, stderr, exitCode } = await runMicroPython(arch, { files: { 'entry.mpy': mpy }, script });
    t.is(stdout, '145\n', stderr);
    t.is(exitCode, 0);
  });

  testWith({ compiler: arch, runtime: arch }, `${arch}: mpy_init may be 40 KB into the module`, async (t) => {
    const sources = { 'filler.c': FILLER, 'helper.c': HELPER, 'main.c': MAIN };
    const { mpy, sizes } = buildModule(arch, 'entry', sources);
    t.true(sizes.text > 40000);
    const script = 'import entry\nprint(entry.square(12))';
    const { stdout, stderr } = await runMicroPython(arch, { files: { 'entry.mpy': mpy }, script });
    t.is(stdout, '145\n', stderr);
  });
}

const DISTANCES = [0, 4, 96, 116, 120, 124, 128, 132, 2020, 2036, 2040, 2044, 2048, 2052, 3000, 70000, 131000, 131060];

for (const arch of ARCHES) {
  test(`${arch.name}: the jump at the start of the text leads to mpy_init wherever that is`, (t) => {
    const text = { name: '.text', flags: TEXT_FLAGS };
    const symbols = [{ name: 'mpy_init', section: '.text', value: arch.family === 'arm' ? 1 : 0 }];
    const main = makeObject(arch, { sections: [{ ...text, data: 8 }], symbols });
    for (const bytes of DISTANCES) {
      const before = makeObject(arch, { sections: [{ ...text, data: bytes }] });
      const objects = [
        { name: 'before.o', bytes: before },
        { name: 'main.o', bytes: main },
      ];
      const { mpy, image } = link({ arch, objects, qstrs: [], sourceName: 'entry.mpy' });
      const entry = image.chunks.find((c) => c.object === 'main.o')!;
      const address = TEXT + image.place.get(entry)!.address;
      if (address === TEXT && arch.family !== 'arm') t.is(image.entryJump.length, 0);
      else t.is(jumpTarget(arch, loadMpy(mpy)), address, `${bytes} bytes before`);
    }
  });

  test(`${arch.name}: an mpy_init out of the jump's reach is an error`, (t) => {
    const reach = { x86: 2 ** 31, x64: 2 ** 31, riscv: 2 ** 31, arm: 2 ** 21, xtensa: 2 ** 17 }[arch.family];
    const bytes = Math.min(reach, 2 ** 24) + 16;
    const objects = [
      { name: 'before.o', bytes: makeObject(arch, { sections: [{ name: '.text', flags: TEXT_FLAGS, data: bytes }] }) },
      {
        name: 'main.o',
        bytes: makeObject(arch, {
          sections: [{ name: '.text', flags: TEXT_FLAGS, data: 8 }],
          symbols: [{ name: 'mpy_init', section: '.text' }],
        }),
      },
    ];
    const error = t.throws(() => link({ arch, objects, qstrs: [], sourceName: 'e.mpy' }), { instanceOf: NatmodError });
    t.is(error?.problems[0]?.code, 'module-too-large');
    if (bytes > 2 ** 24) return;
    t.is(error?.problems[0]?.where?.file, 'main.o');
    const advice = new RegExp(`the jump at its start reaches ${reach}\\n +put its source first in SRC; .* above`);
    t.regex(error!.message, advice);
  });
}
