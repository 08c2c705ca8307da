import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { joinWords } from '../../natmod-rules/compile/index.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { findModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { type CallList, compareCalls, findCallLists } from '../../tasks/run/call-lists.ts';
import { type Call, callOnXtensa, callsAsPython } from '../../tasks/run/xtensa.ts';
import { CORES, type CoreName } from '../../tasks/run/xtensa-cores.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { problemOf } from '../support/problem-of.ts';
import { runMicroPython } from '../support/run.ts';
import { buildWatchedHarness, type WatchedHarness } from './word-reads.ts';

const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));
const harnesses = new Map<CoreName, Promise<WatchedHarness>>();

function harnessFor(core: CoreName): Promise<WatchedHarness> {
  const known = harnesses.get(core);
  const harness = known ?? buildWatchedHarness(folder, CORES[core]);
  if (known === undefined) harnesses.set(core, harness);
  return harness;
}

type Names = { readonly core: CoreName; readonly arch: 'xtensa' | 'xtensawin' };

/**
 * Builds a module for a core and for x64, makes the same calls, and compares the answers with those of MicroPython on
 * x64.
 */
async function compare(t: ExecutionContext, names: Names, module: string, calls: readonly Call[], list?: CallList) {
  const { core, arch } = names;
  const { harness, reads } = await harnessFor(core);
  const build = async (name: string, ...words: string[]) => {
    const options = parseOptions(['--module', module, '--arch', name, ...words], folder);
    const { built, failed, skipped } = await runBuild(findModules(examplesDir), options);
    t.deepEqual([...failed, ...skipped], []);
    return readFile(built[0]!.file);
  };
  const files = { 'compared.mpy': await build('x64', '--out', join(folder, 'x64', core)) };
  const { stdout, exitCode } = await runMicroPython('x64', { files, script: callsAsPython('compared', calls) });
  t.is(exitCode, 0, stdout);
  if (list !== undefined) t.is(compareCalls(list, stdout.split('\n').slice(0, -1)), undefined);
  const cc = ['--cc', joinWords([CORES[core].compiler()!])];
  for (const form of core === 'lx106' ? [[]] : [[], ['--no-optimize']]) {
    const mpy = await build(arch, ...cc, ...form, '--out', join(folder, core, form.join('')));
    const got = await callOnXtensa(harness, mpy, calls);
    t.deepEqual(got, stdout.split('\n').slice(0, -1), form.join());
    t.is(got.length, calls.length);
  }
  t.true((await reads()) > 0, 'no literal was read');
}

const common = { compiler: 'x64', runtime: 'x64', tool: 'qemu-system-xtensa' } as const;
const cores = [
  { core: 'lx106', arch: 'xtensa', needed: { ...common, compiler: ['xtensa', 'x64'] } },
  // The windowed ones: without floating point and with it.
  { core: 'dc233c', arch: 'xtensawin', needed: { ...common, windowed: true } },
  { core: 'de233_fpu', arch: 'xtensawin', needed: { ...common, windowed: true } },
] as const;

const tree = findMicroPythonSource();
// Full source trees have it.
const hasBerkeleyDb = 'dir' in tree && existsSync(join(tree.dir, 'lib/berkeley-db-1.xx/include'));

for (const { core, arch, needed } of cores) {
  const names = { core, arch };
  const ours = ['features0', 'features1', 'features2', 'features3', 'features4'];
  for (const module of [...ours, 'heapq', 'random', 'deflate', 're', 'framebuf', ...(hasBerkeleyDb ? ['btree'] : [])]) {
    const needs = ours.includes(module) ? needed : { ...needed, source: true };
    testWith(
      needs,
      `${module} on ${core}: the list of calls beside its test gives what MicroPython gives`,
      async (t) => {
        const [list] = await findCallLists(join(examplesDir, module));
        t.true(list!.gives.some((line) => line !== undefined));
        await compare(t, names, module, list!.calls, list);
      },
    );
  }

  testWith(
    { ...needed, tool: ['qemu-system-xtensa', 'g++'] },
    `cplusplus on ${core}: virtual functions, new and delete, a constructor`,
    async (t) => {
      const [list] = await findCallLists(join(examplesDir, 'cplusplus'));
      await compare(t, names, 'cplusplus', list!.calls, list);
    },
  );
}

testWith(
  { compiler: 'xtensa', tool: 'qemu-system-xtensa' },
  'a call of the firmware that a bare core lacks is told as that, and not as a fault of the module',
  async (t) => {
    const dir = join(folder, 'modules', 'lacks');
    await mkdir(dir, { recursive: true });
    const source = `#include "py/dynruntime.h"
      static mp_obj_t ask(mp_obj_t module) { return mp_import_from(module, MP_QSTR_name); }
      static MP_DEFINE_CONST_FUN_OBJ_1(ask_obj, ask);
      mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
        MP_DYNRUNTIME_INIT_ENTRY
        mp_store_global(MP_QSTR_ask, MP_OBJ_FROM_PTR(&ask_obj));
        MP_DYNRUNTIME_INIT_EXIT
      }`;
    await writeFile(join(dir, 'lacks.c'), source);
    const config = "export default { name: 'lacks', sources: ['lacks.c'] };\n";
    await writeFile(join(dir, 'natmod.config.mjs'), config);
    const options = parseOptions(['--arch', 'xtensa', '--out', join(dir, 'out')], dir);
    const { built } = await runBuild(findModules(join(folder, 'modules')), options);
    const { harness } = await harnessFor('lx106');
    const problem = await problemOf(async () =>
      callOnXtensa(harness, await readFile(built[0]!.file), [{ call: 'ask', args: [1] }]),
    );
    t.is(problem?.code, 'harness-lacks');
    t.regex(problem!.message, /an entry of the function table that the harness does not have/);
  },
);

const FLOATS = `#include "py/dynruntime.h"
  uint32_t seed, hash;
  static uint32_t next(void) { seed = seed * 1664525u + 1013904223u; return seed ^ seed >> 15; }
  static void add(uint32_t word) { hash = (hash ^ word) * 16777619u; }
  static void single(float value) {
    union { float value; uint32_t word; } bits = { value };
    add(value != value ? 1 : bits.word);
  }
  static void wide(double value) {
    union { double value; uint32_t words[2]; } bits = { value };
    add(value != value ? 1 : bits.words[0]);
    add(value != value ? 1 : bits.words[1]);
  }
  // Of all sizes, or of nearly the same, or of no normal size.
  static uint32_t exponent(uint32_t bias, int shift) {
    uint32_t kind = next() % 4;
    return (kind == 0 ? 0 : kind == 1 ? next() % (2 * bias + 2) : bias - 4 + next() % 40) << shift | (next() & 0x80000000u);
  }
  static mp_obj_t calculate(mp_obj_t count) {
    seed = hash = 7;
    for (int i = mp_obj_get_int(count); i > 0; i--) {
      union { uint32_t word; float value; } a = { exponent(127, 23) | next() >> 9 }, b = { exponent(127, 23) | next() >> 9 };
      single(a.value + b.value), single(a.value - b.value), single(a.value * b.value), single(a.value / b.value);
      wide(a.value), single((float)(int)next()), single((float)next());
      union { uint32_t words[2]; double value; } c = { { next(), exponent(1023, 20) | next() >> 12 } };
      union { uint32_t words[2]; double value; } d = { { next(), exponent(1023, 20) | next() >> 12 } };
      wide(c.value + d.value), wide(c.value - d.value), wide(c.value * d.value), wide(c.value / d.value);
      single(c.value), wide((int)next()), wide(next());
      uint32_t n = next();
      add((int)((int)n * 0.75)), add((uint32_t)(n * 0.75f)), add(c.value < d.value), add(a.value >= b.value);
    }
    return mp_obj_new_int(hash >> 3);
  }
  static MP_DEFINE_CONST_FUN_OBJ_1(calculate_obj, calculate);
  mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_calculate, MP_OBJ_FROM_PTR(&calculate_obj));
    MP_DYNRUNTIME_INIT_EXIT
  }`;

for (const { core, arch, needed } of cores) {
  const how = core === 'lx106' ? "which calls the chip's ROM" : 'with routines of a library where the core has none';
  testWith(needed, `C's floating point on ${core}, ${how}, computes what x64 does`, async (t) => {
    const modules = join(folder, `floats-${core}`);
    const dir = join(modules, 'floats');
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'floats.c'), FLOATS);
    const config = "export default { name: 'floats', sources: ['floats.c'], linkRuntime: true };\n";
    await writeFile(join(dir, 'natmod.config.mjs'), config);
    const build = async (name: string, ...words: string[]) => {
      const options = parseOptions(['--arch', name, ...words, '--out', join(dir, 'out')], dir);
      const { built, failed } = await runBuild(findModules(modules), options);
      t.deepEqual(failed, []);
      return readFile(built[0]!.file);
    };
    const xtensa = await build(arch, '--cc', joinWords([CORES[core].compiler()!]));
    const calls: Call[] = [{ call: 'calculate', args: [2000] }];
    const { stdout } = await runMicroPython('x64', {
      files: { 'floats.mpy': await build('x64') },
      script: callsAsPython('floats', calls),
    });
    const [line, ...rest] = await callOnXtensa((await harnessFor(core)).harness, xtensa, calls);
    t.deepEqual([`${line}\n`, rest], [stdout, []]);
  });
}
