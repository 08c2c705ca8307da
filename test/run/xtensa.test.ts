import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { joinWords } from '../../natmod-rules/compile/index.ts';
import { findModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { type CallList, compareCalls, findCallLists } from '../../tasks/run/call-lists.ts';
import { buildHarness, type Call, callOnXtensa, callsAsPython, type Harness } from '../../tasks/run/xtensa.ts';
import { CORES, type CoreName } from '../../tasks/run/xtensa-cores.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { problemOf } from '../support/problem-of.ts';
import { runMicroPython } from '../support/run.ts';

const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));
const harnesses = new Map<CoreName, Promise<Harness>>();

type Names = { readonly core: CoreName; readonly arch: 'xtensa' | 'xtensawin' };

/**
 * Builds a module for a core and for x64, makes the same calls, and compares the answers with those of MicroPython on
 * x64.
 */
async function compare(t: ExecutionContext, names: Names, module: string, calls: readonly Call[], list?: CallList) {
  const { core, arch } = names;
  if (!harnesses.has(core)) harnesses.set(core, buildHarness(folder, CORES[core]));
  const harness = await harnesses.get(core)!;
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
}

const common = { compiler: 'x64', runtime: 'x64', tool: 'qemu-system-xtensa' } as const;
const cores = [
  { core: 'lx106', arch: 'xtensa', needed: { ...common, compiler: ['xtensa', 'x64'] } },
  // The windowed ones: without floating point and with it.
  { core: 'dc233c', arch: 'xtensawin', needed: { ...common, windowed: true } },
  { core: 'de233_fpu', arch: 'xtensawin', needed: { ...common, windowed: true } },
] as const;
const call = (name: string, ...args: Extract<Call, { call: string }>['args']): Call => ({ call: name, args });

for (const { core, arch, needed } of cores) {
  const names = { core, arch };
  for (const module of ['features0', 'features1', 'heapq', 'random', 'deflate', 're', 'framebuf']) {
    const needs = module.startsWith('features') ? needed : { ...needed, source: true };
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
    (t) =>
      compare(t, names, 'cplusplus', [
        call('asked'),
        call('history'),
        call('describe', 3, 4),
        call('describe', 5, 5, 1),
        call('history'),
        call('sort', 'template'),
        call('living'),
      ]),
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
    if (!harnesses.has('lx106')) harnesses.set('lx106', buildHarness(folder, CORES.lx106));
    const harness = await harnesses.get('lx106')!;
    const problem = await problemOf(async () =>
      callOnXtensa(harness, await readFile(built[0]!.file), [call('ask', 1)]),
    );
    t.is(problem?.code, 'harness-lacks');
    t.regex(problem!.message, /an entry of the function table that the harness does not have/);
  },
);
