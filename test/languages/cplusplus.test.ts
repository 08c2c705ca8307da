import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test from 'ava';
import Vinyl from 'vinyl';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { CXX_FLAGS, flagsFor } from '../../natmod-rules/compile/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { compile, link, pack, preprocess } from '../../tasks/index.ts';
import { checkConfig, defineModule } from '../../tasks/modules/config.ts';
import { findModules, type ModuleSource } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { examplesDir, sdkDir } from '../../tasks/system/project.ts';
import { lackOfCxx } from '../../tasks/toolchain/cxx.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { runBuild } from '../support/build.ts';
import { run } from '../support/compile.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

for (const arch of RUNNABLE) {
  const title = `${arch}: classes, virtual functions, templates, new and delete and static objects work`;
  testWith({ compiler: arch, runtime: arch, tool: ['make', cxxOf(arch)] }, title, async (t) => {
    const options = parseOptions(['--module', 'cplusplus', '--arch', arch, '--out', join(folder, arch)], folder);
    const { built, failed } = await runBuild(findModules(examplesDir), options);
    t.deepEqual(failed, []);
    const script = readFileSync(join(examplesDir, 'cplusplus', 'test_cplusplus.py'), 'utf8');
    const files = { 'cplusplus.mpy': readFileSync(built[0]!.file) };
    const { stdout, stderr } = await runMicroPython(arch, { files, script });
    t.regex(stdout, /^cplusplus ok/, stderr);
  });
}

testWith(
  { compiler: 'armv7m', tool: ['make', cxxOf('armv7m')], source: true },
  "C++ is compiled with natmod's headers also where the C sources take those of a MicroPython tree",
  async (t) => {
    const { dir } = findMicroPythonSource() as { readonly dir: string };
    const words = ['--module', 'cplusplus', '--arch', 'armv7m', '--mpy-dir', dir, '--out', join(folder, 'tree')];
    const { built, failed } = await runBuild(findModules(examplesDir), parseOptions(words, folder));
    t.deepEqual(failed, []);
    t.is(built.length, 1);
  },
);

/** A C++ compiler that comes with the C compiler of an architecture. */
function cxxOf(arch: ArchName): string {
  return arch === 'x64' ? 'g++' : arch === 'x86' ? 'i686-linux-gnu-g++' : 'arm-none-eabi-g++';
}

/** `needs.h` is there only for C++, by a flag of its own; `std` is what every compiler has or natmod brings. */
const SOURCE = `#include <new>
#include <utility>
#include <initializer_list>
#include "py/dynruntime.h"
struct Pair { int a, b; Pair(int x, int y) : a(x), b(y) {} };
alignas(Pair) char place[sizeof(Pair)];
static int sum(std::initializer_list<int> all) { int s = 0; for (int n : all) s += n; return s; }
static mp_obj_t f() {
    Pair *pair = new (place) Pair(sum({1, 2, 3}), PLUS);
    std::swap(pair->a, pair->b);
    int *rest = new (std::nothrow) int[3]();
    int result = pair->a * 100 + pair->b + rest[2];
    delete[] rest;
    return mp_obj_new_int(result);
}
static MP_DEFINE_CONST_FUN_OBJ_0(f_obj, f);
extern "C" mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_f, MP_OBJ_FROM_PTR(&f_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

function moduleOf(name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
  return dir;
}

testWith(
  { compiler: 'x64', runtime: 'x64', tool: ['g++', 'make'] },
  'a config, a Makefile and make itself compile C++ with the same flags',
  async (t) => {
    const config = { name: 'mod', sources: ['mod.cc'], cxxFlags: ['-DPLUS=7'], flags: ['-Wstrict-prototypes'] };
    const makefile = [
      'MOD = mod',
      'SRC = mod.cc',
      'CXXFLAGS = -DPLUS=7',
      'CFLAGS_EXTRA = -Wstrict-prototypes',
      'ARCH ?= x64',
      'include $(MPY_DIR)/py/dynruntime.mk',
      '',
    ].join('\n');
    const dir = moduleOf('doors', { 'mod.cc': SOURCE, Makefile: makefile });
    const modules: readonly ModuleSource[] = [
      { name: 'doors', dir, makefile: 'Makefile' },
      { name: 'config', dir, makefile: 'natmod.config.ts', config: defineModule(config) },
    ] as never;
    const results: Buffer[] = [];
    for (const module of modules) {
      const words = ['--arch', 'x64', '--no-optimize', '--out', join(folder, `out-${module.name}`)];
      const { built, failed } = await runBuild([module], parseOptions(words, folder));
      t.deepEqual(failed, []);
      results.push(readFileSync(built[0]!.file));
    }
    t.deepEqual(results[0], results[1]);
    run('make', [`MPY_DIR=${sdkDir}`, 'ARCH=x64', 'MPY_LD_FLAGS='], dir);
    t.true(readFileSync(join(dir, 'mod.mpy')).length > 0);
    const script = 'import mod\nprint(mod.f())\n';
    const { stdout, stderr } = await runMicroPython('x64', { files: { 'mod.mpy': results[0]! }, script });
    t.is(stdout, '706\n', stderr);
  },
);

testWith(
  { compiler: 'x64', runtime: 'x64', tool: 'g++' },
  'the stages take C++ sources and bring what these need',
  async (t) => {
    const dir = join(folder, 'stages');
    const out: Vinyl[] = [];
    const path = join(dir, 'mod.cc');
    mkdirSync(dir);
    writeFileSync(path, SOURCE);
    await pipeline([
      Readable.from([new Vinyl({ cwd: dir, base: dir, path, contents: Buffer.from(SOURCE) })]),
      preprocess({ name: 'mod' }),
      compile({ arch: 'x64', buildDir: join(dir, 'build'), cwd: dir, extraFlags: ['-DPLUS=7'] }),
      link({ arch: 'x64', name: 'mod' }),
      pack({ name: 'mod' }),
      new Writable({ objectMode: true, write: (file, _encoding, done) => done(void out.push(file) as undefined) }),
    ]);
    const files = { 'mod.mpy': out[0]!.contents as Buffer };
    const { stdout, stderr } = await runMicroPython('x64', { files, script: 'import mod\nprint(mod.f())\n' });
    t.is(stdout, '706\n', stderr);
  },
);

testWith({ compiler: 'x64', tool: 'g++' }, 'what a module cannot have of C++ is refused with what to do', async (t) => {
  const cases: Record<string, readonly [code: string, flags: readonly string[], hint: RegExp]> = {
    throws: ['int *p; void g() { throw 1; }', ['-fexceptions'], /without exceptions/],
    types: [
      'struct A { virtual ~A(); }; struct B : A {}; B *p; void g(A *a) { p = dynamic_cast<B *>(a); }',
      ['-frtti'],
      /RTTI/,
    ],
    aligned: ['struct alignas(64) A { char c[64]; }; A *p; void g() { p = new A; }', [], /heap aligns/],
  };
  for (const [name, [code, cxxFlags, hint]] of Object.entries(cases)) {
    const source = `${code}\nextern "C" void *mpy_init() { ${name === 'types' ? 'g((A *)p)' : 'g()'}; return p; }\n`;
    const dir = moduleOf(name, { 'mod.cpp': source });
    const config = defineModule({ name: 'mod', sources: ['mod.cpp'], cxxFlags });
    const words = ['--arch', 'x64', '--out', join(folder, `out-${name}`)];
    const module = { name, dir, makefile: 'natmod.config.ts', config } as ModuleSource;
    const { failed } = await runBuild([module], parseOptions(words, folder));
    t.regex(failed[0]?.problems.map((problem) => problem.hint).join('\n') ?? 'it links', hint, name);
  }
});

test('flags that only C has are left out of C++, and those of C++ come behind', (t) => {
  const flags = flagsFor('a.cpp', ['-Os', '-std=c99', '-Wno-pointer-sign', '-Wall', '-std=gnu11'], ['-std=c++20']);
  t.deepEqual(flags, ['-Os', '-Wall', ...CXX_FLAGS, '-std=c++20']);
  t.deepEqual(flagsFor('a.c', ['-std=c99'], ['-std=c++20']), ['-std=c99']);
});

testWith({ compiler: 'x64', tool: 'gcc' }, 'a compiler without C++ is told from one with', async (t) => {
  const toolchain = await findToolchain(archByName('x64'), { cwd: folder });
  const answers = (cxx: string) => {
    const program = join(folder, `cc-${cxx.length}`);
    const script = `#!/bin/sh\ncase "$*" in *=cc1) echo /lib/cc1;; *=cc1plus) echo ${cxx};; esac\n`;
    writeFileSync(program, script, { mode: 0o755 });
    return { ...toolchain, compiler: [program] };
  };
  t.is(await lackOfCxx(answers('/lib/cc1plus')), undefined);
  t.regex((await lackOfCxx(answers('cc1plus'))) ?? '', /needs a C\+\+ compiler.*apt-get install g\+\+/);
});

test('an ending that no compiler knows is refused with those that one knows', (t) => {
  const config = { name: 'mod', sources: ['mod.cplusplus'] };
  const error = t.throws(() => checkConfig(config, 'natmod.config.ts'), { instanceOf: NatmodError });
  t.regex(error.problems[0]?.hint ?? '', /\.cpp, \.cc, \.cxx, \.C/);
});
