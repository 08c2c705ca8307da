import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { firmwareCall, type StackFunction, stackDepths } from '../../natmod-rules/stack/index.ts';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { buildHarness, callOnXtensa } from '../../tasks/run/xtensa.ts';
import { CORES, type CoreName } from '../../tasks/run/xtensa-cores.ts';
import { makefile, type Rig, withRig } from '../flow/support/rig.ts';
import { type Requirements, testWith } from '../support/needs.ts';

/** `measured` and `tailed` give the bytes between their caller's stack pointer and the lowest one below them. */
const SOURCE = `#include "py/dynruntime.h"
#if defined(__XTENSA__)
#define SP(x) __asm volatile("mov %0, a1" : "=r"(x))
#elif defined(__i386__)
#define SP(x) __asm volatile("mov %%esp, %0" : "=r"(x))
#elif defined(__x86_64__)
#define SP(x) __asm volatile("mov %%rsp, %0" : "=r"(x))
#elif defined(__arm__)
#define SP(x) __asm volatile("mov %0, sp" : "=r"(x))
#else
#define SP(x) __asm volatile("mv %0, sp" : "=r"(x))
#endif
#define APART __attribute__((noinline))
uintptr_t lowest;
int (*chosen)(int);
int plain(int n);
APART int leaf(volatile int n) {
    volatile char room[100];
    room[n & 63] = n;
    uintptr_t here;
    SP(here);
    if (here < lowest)
        lowest = here;
    return room[3];
}
APART int middle(volatile int n) {
    volatile int more[10];
    more[n & 7] = leaf(n + 1);
    return more[1] + leaf(n);
}
APART int last(volatile int n) {
    lowest ^= n;
    lowest ^= n;
    return middle(n + 3);
}
static mp_obj_t measured(mp_obj_t n_obj) {
    volatile int n = mp_obj_get_int(n_obj);
    uintptr_t top = (uintptr_t)__builtin_dwarf_cfa();
    lowest = top;
    n += middle(n);
    return mp_obj_new_int(top - lowest + n * 0);
}
static MP_DEFINE_CONST_FUN_OBJ_1(measured_obj, measured);
static mp_obj_t tailed(mp_obj_t n_obj) {
    volatile int n = mp_obj_get_int(n_obj);
    uintptr_t top = (uintptr_t)__builtin_dwarf_cfa();
    lowest = top;
    n += last(n);
    return mp_obj_new_int(top - lowest + n * 0);
}
static MP_DEFINE_CONST_FUN_OBJ_1(tailed_obj, tailed);
APART int odd(volatile int n);
APART int even(volatile int n) {
    volatile int kept = n;
    return n == 0 ? 1 : odd(n - 1) + kept * 0;
}
APART int odd(volatile int n) {
    volatile int kept = n;
    return n == 0 ? 0 : even(n - 1) + kept * 0;
}
static mp_obj_t parity(mp_obj_t n_obj) {
    return mp_obj_new_int(even(mp_obj_get_int(n_obj)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(parity_obj, parity);
static mp_obj_t apply(mp_obj_t n_obj) {
    int n = mp_obj_get_int(n_obj);
    int got = chosen(n);
    return mp_obj_new_int(got + 1);
}
static MP_DEFINE_CONST_FUN_OBJ_1(apply_obj, apply);
static mp_obj_t array(mp_obj_t n_obj) {
    int n = mp_obj_get_int(n_obj);
    volatile char room[n];
    room[0] = plain(n);
    return mp_obj_new_int(room[0]);
}
static MP_DEFINE_CONST_FUN_OBJ_1(array_obj, array);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    chosen = leaf;
    mp_store_global(MP_QSTR_measured, MP_OBJ_FROM_PTR(&measured_obj));
    mp_store_global(MP_QSTR_tailed, MP_OBJ_FROM_PTR(&tailed_obj));
    mp_store_global(MP_QSTR_parity, MP_OBJ_FROM_PTR(&parity_obj));
    mp_store_global(MP_QSTR_apply, MP_OBJ_FROM_PTR(&apply_obj));
    mp_store_global(MP_QSTR_array, MP_OBJ_FROM_PTR(&array_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

const ASSEMBLY = `.text
.globl plain
.type plain, %function
#ifdef __arm__
.syntax unified
.thumb_func
plain: movs r0, #7
    bx lr
#elif defined(__riscv)
plain: li a0, 7
    ret
#elif defined(__XTENSA_WINDOWED_ABI__)
.align 4
plain: entry a1, 32
    movi a2, 7
    retw
#elif defined(__XTENSA__)
.align 4
plain: movi a2, 7
    ret
#else
plain: mov $7, %eax
    ret
#endif
.size plain, .-plain
`;

const FILES = { Makefile: makefile('SRC = mod.c plain.S'), 'mod.c': SOURCE, 'plain.S': ASSEMBLY };
const SCRIPT = 'import mod; print(mod.measured(5), mod.tailed(5), mod.parity(7))';

interface Line {
  readonly bytes: number;
  readonly path: readonly { readonly name: string; readonly bytes: number }[];
  readonly notes: readonly string[];
}

/** What `size --stack` prints, by function. */
function readTable(text: string): Map<string, Line> {
  const lines = text.split('\n');
  const found = new Map<string, Line>();
  for (const [i, line] of lines.entries()) {
    const [, bytes, way] = /^ *(\d+) {2}(\S+ \d+( → \S+ \d+)*)$/.exec(line) ?? [];
    if (way === undefined) continue;
    const path = way.split(' → ').map((step) => ({ name: step.split(' ')[0]!, bytes: Number(step.split(' ')[1]) }));
    const behind = lines.slice(i + 1);
    const end = behind.findIndex((one) => !one.startsWith('         '));
    found.set(path[0]!.name, { bytes: Number(bytes), path, notes: behind.slice(0, end).map((one) => one.trim()) });
  }
  return found;
}

/** How to run it for the numbers that it measures, and with what it is built. */
interface Way {
  readonly arch: ArchName;
  readonly needs: Requirements;
  readonly words?: () => readonly string[];
  run(rig: Rig, words: readonly string[], mpy: string): Promise<string>;
}

const inMicroPython: Way['run'] = async (rig, words) => (await rig.natmod(['run', ...words, '-c', SCRIPT])).stdout;

const onCore =
  (core: CoreName): Way['run'] =>
  async (rig, _words, mpy) => {
    const calls = ['measured', 'tailed', 'parity'].map((name, i) => ({ call: name, args: [i === 2 ? 7 : 5] }));
    const said = await callOnXtensa(await buildHarness(rig.dir, CORES[core]), readFileSync(mpy), calls);
    return `${said.join(' ')}\n`;
  };

const WAYS: readonly Way[] = [
  ...(['x64', 'x86', 'armv6m', 'armv7m'] as const).map((arch) => ({
    arch,
    needs: { compiler: arch, runtime: arch },
    run: inMicroPython,
  })),
  { arch: 'rv32imc', needs: { compiler: 'rv32imc' }, run: inMicroPython },
  { arch: 'xtensa', needs: { compiler: 'xtensa', tool: 'qemu-system-xtensa' }, run: onCore('lx106') },
  {
    arch: 'xtensawin',
    needs: { windowed: true, tool: 'qemu-system-xtensa' },
    words: () => ['--cc', CORES.de233_fpu.compiler()!],
    run: onCore('de233_fpu'),
  },
];

for (const { arch, needs, words: more = () => [], run } of WAYS) {
  testWith(
    needs,
    `${arch}: the deepest way is as deep as measured in the small form and the plain one; what has no bound is named`,
    (t) =>
      withRig(async (rig) => {
        if (arch === 'rv32imc' && 'missing' in findFirmware(arch)) return t.fail('no firmware');
        const dir = rig.module('mod', FILES);
        for (const form of [[], ['--no-optimize']]) {
          const words = ['--arch', arch, '--module', dir, '--out', rig.out, ...more(), ...form];
          const { stdout, stderr } = await rig.natmod(['size', '--stack', ...words]);
          const table = readTable(stdout);
          const said = await run(rig, words, join(rig.out, arch, 'mod.mpy'));
          const [, measured, tailed, parity] = /^(\d+) (\d+) (\d)\r?$/m.exec(said) ?? t.fail(said + stderr) ?? [];
          t.is(parity, '0');
          for (const [name, bytes] of [
            ['measured', Number(measured)],
            ['tailed', Number(tailed)],
          ] as const) {
            const line = table.get(name);
            t.truthy(line, stdout + stderr);
            // GCC 13 for Xtensa does not describe that a frame is given back before a jump to another function.
            const more = arch === 'xtensa' && name === 'tailed' ? 16 : 0;
            const isRight = line!.bytes >= bytes && line!.bytes <= bytes + more;
            t.true(isRight, `${arch} ${name}: ${bytes} measured, ${line!.bytes} told\n${stdout}`);
            t.deepEqual(line!.path.map((step) => step.name).at(-1), 'leaf');
          }
          t.regex(table.get('parity')!.notes.join(), /recursive: (even → odd → even|odd → even → odd), counted once/);
          t.regex(table.get('apply')!.notes.join(), /calls through pointers in apply, mod.mod\.c:\d+(,|$)/);
          // Where a call was put into a routine of its own, its line is that of what follows.
          t.regex(table.get('apply')!.notes.join(), /calls the firmware: (mp_obj_(get|new)_int|through mp_fun_table)/);
          t.regex(table.get('array')!.notes.join(), /more by what only running tells: array/);
          t.regex(table.get('array')!.notes.join(), /nothing describes plain/);
          t.true(table.has('mpy_init'));
        }
      }),
  );
}

testWith(
  { compiler: 'armv7m', tool: 'make' },
  '--stack-budget fails a build and a measure, and the page has the ways',
  (t) =>
    withRig(async (rig) => {
      const dir = rig.module('mod', FILES);
      const page = join(rig.dir, 'page.html');
      const build = await rig.build(dir, '--stack-budget', '60');
      t.is(build.status, 1);
      t.regex(build.stdout + build.stderr, /measured takes \d+ bytes of stack, \d+ more than the budget of 60/);
      t.regex(build.stdout + build.stderr, /measured \d+ → middle \d+ → leaf \d+/);
      const words = ['--arch', 'armv7m', '--module', dir, '--out', rig.out];
      const size = await rig.natmod(['size', ...words, '--stack', '--html', page, '--stack-budget', '10,mod=4k']);
      t.is(size.status, 0, size.stdout + size.stderr);
      const html = readFileSync(page, 'utf8');
      t.regex(html, /C stack of what Python may call/);
      t.regex(html, /measured \d+ → middle \d+ → leaf \d+/);
      const wrong = await rig.build(dir, '--stack-budget', 'deep');
      t.regex(wrong.stdout + wrong.stderr, /--stack-budget 'deep' is no size/);
    }),
);

test('calls of the firmware are told from calls through pointers by their source', (t) => {
  const isOwn = (name: string) => name === 'helper';
  t.is(firmwareCall('    mp_obj_t x = mp_obj_new_int(helper(3));', isOwn), 'mp_obj_new_int');
  t.is(firmwareCall('    return mp_obj_new_str("compare(", 8);', isOwn), 'mp_obj_new_str');
  t.is(firmwareCall('    void *p = mp_fun_table.realloc_(ptr, n, true);', isOwn), 'mp_realloc_');
  t.is(firmwareCall('    int got = chosen(n);', isOwn), undefined);
  t.is(firmwareCall('    return mp_obj_new_int(chosen(n));', isOwn), undefined);
  t.is(firmwareCall('    self->compare(a, b);', isOwn), undefined);
  t.is(firmwareCall('    (*fn)(mp_obj_get_int(a));', isOwn), undefined);
  t.is(firmwareCall('    if (memset(a, 0, 4)) // other(', isOwn), 'memset');
});

test('many circles of calls come to an end', (t) => {
  const functions = Array.from({ length: 40 }, (_, i): StackFunction => {
    const frame = { start: i, end: i + 1, most: 8, isDynamic: false, at: () => 8 };
    return { name: `f${i}`, frame, calls: [], usesTable: false, isRoot: i === 0 };
  });
  for (const one of functions)
    for (const called of functions) one.calls.push({ to: { kind: 'function', called }, depth: 8 });
  const [depth] = stackDepths(functions);
  t.is(depth?.bytes, 40 * 8);
  t.deepEqual(depth?.recursive, ['f0', 'f0']);
});
