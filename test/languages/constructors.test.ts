import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { buildHarness, callOnXtensa, HARNESS_TOOLS } from '../../tasks/run/xtensa.ts';
import { buildModule, compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { madeObjects, problemsOf } from '../support/link-made.ts';
import { DATA_FLAGS, type MadeSection, TEXT_FLAGS } from '../support/make-object.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { EMULATOR, type RiscvArch, runInModule } from '../support/riscv-run.ts';
import { runMicroPython } from '../support/run.ts';

/**
 * Every constructor adds a letter; the others come from a second source. `sum` shows that the arguments of mpy_init
 * arrive.
 */
const MAIN = `#include "py/dynruntime.h"
char said[16]; int count; void *memory; mp_int_t sum;
void say(char letter) { if (count < 15) said[count++] = letter; }
__attribute__((constructor)) static void plain(void) { say('p'); }
__attribute__((constructor(2000))) static void late(void) { say('l'); }
__attribute__((constructor(200))) static void early(void) { say('e'); memory = m_malloc(64); memset(memory, 'x', 64); }
__attribute__((destructor)) static void never(void) { say('!'); }
extern void nobody(void) __attribute__((weak));
__attribute__((section(".init_array"), used)) static void (*absent)(void) = nobody;
static void old(void) { say('o'); }
static void older(void) { say('q'); }
__attribute__((section(".ctors"), used)) static void (*first[])(void) = {(void (*)(void))-1, old, older, 0};
__attribute__((section(".preinit_array"), used)) static void (*before)(void) = old;
static mp_obj_t order(void) { return mp_obj_new_str(said, count); }
static MP_DEFINE_CONST_FUN_OBJ_0(order_obj, order);
static mp_obj_t check(void) { return mp_obj_new_int(sum * 1000 + ((char *)memory)[63]); }
static MP_DEFINE_CONST_FUN_OBJ_0(check_obj, check);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    sum = n_args * 10 + n_kw;
    mp_store_global(MP_QSTR_order, MP_OBJ_FROM_PTR(&order_obj));
    mp_store_global(MP_QSTR_check, MP_OBJ_FROM_PTR(&check_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;
const OTHER = `void say(char letter);
__attribute__((constructor(200))) static void early(void) { say('E'); }
__attribute__((constructor)) static void plain(void) { say('P'); }
`;
const SOURCES = { 'main.c': MAIN, 'other.c': OTHER };
const ORDER = 'oeElpPqo';
/** That compiler lists all of them in .ctors, which is read backwards. */
const XTENSA_ORDER = 'oEelPqop';

function made(arch: ArchName): Uint8Array {
  return buildModule(arch, 'made', SOURCES, { compact: true }).mpy;
}

for (const arch of RUNNABLE) {
  testWith({ compiler: arch, runtime: arch }, `${arch}: constructors run before mpy_init, in order`, async (t) => {
    const script = 'import made\nprint(made.order(), made.check())\n';
    const { stdout, stderr } = await runMicroPython(arch, { files: { 'made.mpy': made(arch) }, script });
    t.is(stdout, `${ORDER} 120\n`, stderr);
  });
}

testWith(
  { compiler: 'xtensa', tool: HARNESS_TOOLS },
  'xtensa: constructors run before mpy_init, in order',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const calls = [
      { call: 'order', args: [] },
      { call: 'check', args: [] },
    ];
    t.deepEqual(await callOnXtensa(await buildHarness(folder), made('xtensa'), calls), [`'${XTENSA_ORDER}'`, '120']);
  },
);

/** The entry answers with a table of functions; so does the one behind constructors. */
const TABLED = `int value = 3;
__attribute__((constructor(300))) void second(void) { value *= 5; }
__attribute__((constructor(101))) void first(void) { value += 4; }
int get(int x) { return value * 100 + x; }
static void *const functions[] = {(void *)get};
const void *mpy_init(long a, long b, long c, long d) { value += (a == 11 && b == 22 && c == 33 && d == 44); return functions; }
`;

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  testWith({ compiler: arch, tool: EMULATOR[arch] }, `${arch}: constructors run before mpy_init, in order`, (t) => {
    const data = archByName(arch);
    const objects = compile(arch, { 'm.c': TABLED }, { flags: data.compactFlags });
    const { mpy } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
    t.deepEqual(runInModule(arch, mpy, [{ function: 0, type: 'int', args: [7] }], [0, 8])[0], [3607n]);
  });
}

test('xtensawin: each constructor is called through a word of its own, and mpy_init last', (t) => {
  const text = { name: '.text', flags: TEXT_FLAGS, data: Uint8Array.of(0x36, 0x41, 0, 0x1d, 0xf0, 0, 0, 0) };
  const relocations = [{ offset: 0, type: 1, symbol: 'prepare', addend: 0 }];
  const table: MadeSection = {
    name: '.init_array',
    type: elf.SHT_INIT_ARRAY,
    flags: DATA_FLAGS,
    data: 4,
    relocations,
  };
  const symbols = [
    { name: 'mpy_init', section: '.text' },
    { name: 'prepare', section: '.text', value: 4 },
  ];
  const objects = madeObjects('xtensawin', { 'm.o': { sections: [text, table], symbols } });
  const { image } = link({ arch: archByName('xtensawin'), objects, qstrs: [], sourceName: 'm.mpy', compact: true });
  const start = image.chunks.find((chunk) => chunk.name === '.start')!;
  // entry; l32r a8, -3 words; callx8 a8; four moves; l32r a8, -6 words; callx8 a8; mov.n a2, a10; retw.n
  t.is(
    Buffer.from(start.data).toString('hex'),
    '0000000000000000364100' + '81fdff' + 'e00800' + 'ad02bd03cd04dd05' + '81faff' + 'e00800' + '2d0a' + '1df0',
  );
  t.is(start.relocations.length, 2);
});

test('the plain form refuses constructors and destructors, and says what takes them', (t) => {
  for (const [name, type] of [
    ['.init_array', elf.SHT_INIT_ARRAY],
    ['.fini_array', elf.SHT_FINI_ARRAY],
  ] as const) {
    const sections = [
      { name: '.text', flags: TEXT_FLAGS, data: 8 },
      { name, type, flags: DATA_FLAGS, data: 8 },
    ];
    const objects = madeObjects('x64', { 'm.o': { sections, symbols: [{ name: 'mpy_init', section: '.text' }] } });
    const arch = archByName('x64');
    const [problem] = problemsOf(() => link({ arch, objects, qstrs: [], sourceName: 'm.mpy' }));
    t.is(problem?.code, 'constructors');
    t.regex(problem!.hint!, /small form/);
    t.deepEqual(
      problemsOf(() => link({ arch, objects, qstrs: [], sourceName: 'm.mpy', compact: true })),
      [],
    );
  }
});
