import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ARCHES, archByName } from '../../natmod-rules/arch/index.ts';
import { compactFlagsFor, LEVELS, passesFor } from '../../natmod-rules/compile/index.ts';
import { COMPACT_PASSES, passesOf } from '../../natmod-rules/link/shrink/passes.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { runMake, runNatmod } from '../make/support/doors.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { archesWithCompiler, testWith } from '../support/needs.ts';
import { makefile, withRig } from './support/rig.ts';

test('each level does what it is there for: flags and passes', (t) => {
  for (const arch of ARCHES) {
    const flags = (level: (typeof LEVELS)[number]) => compactFlagsFor(arch, ['gcc'], level);
    const passes = (level: (typeof LEVELS)[number], forSize = true) => passesOf(passesFor(level, arch, forSize));
    t.deepEqual(flags('size'), [...arch.compactFlags, ...arch.sizeFlags], arch.name);
    t.deepEqual(flags('speed'), arch.compactFlags, arch.name);
    for (const flag of arch.costlyFlags) t.false(flags('balanced').includes(flag), `${arch.name} ${flag}`);
    t.is(flags('balanced').length, flags('size').length - arch.costlyFlags.length, arch.name);
    t.deepEqual([...passes('size')], COMPACT_PASSES);
    t.is(passes('none').size, 0);
    t.false(passes('speed').has('outline'));
    t.is(passes('balanced').has('outline'), arch.family === 'arm', arch.name);
    // What the author compiles for speed is never made slower.
    for (const level of LEVELS) t.false(passes(level, false).has('outline'), `${arch.name} ${level}`);
  }
});

const SOURCE = readFileSync(join(examplesDir, 'features1', 'features1.c'), 'utf8');

testWith({ compiler: 'rv32imc', tool: 'make' }, 'a level comes from the command line, a Makefile or a config', (t) =>
  withRig(async ({ dir, module }) => {
    const lines = 'SRC = mod.c\nMPY_OPTIMIZE ?= balanced';
    const folder = module('made', { Makefile: makefile(lines), 'mod.c': SOURCE });
    const config = (level: string) => `export default { name: 'mod', sources: ['mod.c'], optimize: '${level}' };\n`;
    const own = module('own', { 'natmod.config.mjs': config('size'), 'mod.c': SOURCE });
    const wrong = module('wrong', { 'natmod.config.mjs': config('tiny'), 'mod.c': SOURCE });
    const out = join(dir, 'out');
    const build = async (where: string, ...words: string[]) => {
      const { exitCode, stdout, stderr } = await runNatmod(where, [
        'build',
        '--arch',
        'rv32imc',
        '--out',
        out,
        ...words,
      ]);
      return { exitCode, said: stdout + stderr, bytes: () => readFileSync(join(out, 'rv32imc', 'mod.mpy')) };
    };
    const made = async (where: string, ...words: string[]) => {
      const one = await build(where, ...words);
      t.is(one.exitCode, 0, one.said);
      return one.bytes();
    };
    const none = await made(folder, '--optimize', 'none');
    t.deepEqual(await made(folder, '--no-optimize'), none);
    const size = await made(folder, '--optimize', 'size');
    const balanced = await made(folder);
    t.true(
      size.length < balanced.length && balanced.length < none.length,
      `${[size, balanced, none].map((m) => m.length)}`,
    );
    t.deepEqual(await made(folder, 'MPY_OPTIMIZE=size'), size);
    t.deepEqual(await made(folder, '--optimize', 'balanced'), balanced);
    t.notDeepEqual(await made(folder, '--optimize', 'speed'), balanced);
    t.deepEqual(await made(own), size);
    t.deepEqual(await made(own, '--optimize', 'none'), none);
    const refused = async (where: string, pattern: RegExp, ...words: string[]) => {
      const { exitCode, said } = await build(where, ...words);
      t.is(exitCode, 1);
      t.regex(said, pattern);
    };
    await refused(
      folder,
      /--no-optimize and --optimize size do not go together/,
      '--no-optimize',
      '--optimize',
      'size',
    );
    await refused(folder, /--optimize 'tiny' is not none or balanced or size or speed/, '--optimize', 'tiny');
    const bad = module('bad', { Makefile: makefile('SRC = mod.c\nMPY_OPTIMIZE = tiny'), 'mod.c': SOURCE });
    await refused(bad, /MPY_OPTIMIZE is 'tiny'/);
    await refused(wrong, /optimize must be one of none, balanced, size, speed/);

    // The same level by make, where flags that the author has written win as well.
    const byMake = async (...words: string[]) => {
      const { exitCode, stdout, stderr } = await runMake(folder, ['ARCH=rv32imc', 'BUILD=by-make', ...words]);
      t.is(exitCode, 0, stdout + stderr);
      return readFileSync(join(folder, 'mod.mpy'));
    };
    t.deepEqual(await byMake('MPY_OPTIMIZE=size'), size);
    t.deepEqual(await byMake('MPY_OPTIMIZE=none'), none);
    const { exitCode, stderr } = await runMake(folder, ['ARCH=rv32imc', 'MPY_OPTIMIZE=tiny']);
    t.not(exitCode, 0);
    t.regex(stderr, /MPY_OPTIMIZE is 'tiny'/);
  }),
);

for (const arch of ['armv6m', 'armv7m', 'rv32imc', 'xtensa'] as const) {
  testWith({ compiler: arch }, `${arch}: hot functions keep their code at every level, cold ones share theirs`, (t) => {
    const data = archByName(arch);
    const code = (name: string, attribute: string) =>
      `${attribute} __attribute__((noinline)) int ${name}(int *p, int x) { for (int i = 0; i < 4; i++) { p[0] += x * 37; p[1] ^= p[0] >> 3; p[2] -= p[1] + 12345;
       p[3] = p[2] * 7 + p[0]; p[4] ^= p[3] + x; } return p[4] + ${name.length}; }`;
    const make = (attribute: string) => {
      const names = ['a', 'bb', 'ccc'];
      const source = `${names.map((name) => code(name, attribute)).join('\n')}
        void *const table[] = {${names.join()}}; const void *mpy_init(void) { return table; }`;
      // The compiler must not share them itself, nor may hot ones be optimised otherwise.
      const flags = [...data.compactFlags, ...data.sizeFlags, '-fno-ipa-icf'];
      const objects = compile(arch, { 'm.c': source }, { flags });
      const bytes = (outlined: boolean) => {
        const compact = COMPACT_PASSES.filter((pass) => outlined || pass !== 'outline');
        return link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact }).sizes.text;
      };
      return { outlined: bytes(true), whole: bytes(false) };
    };
    const hot = make('__attribute__((hot))');
    t.is(hot.outlined, hot.whole);
    const cold = make('__attribute__((cold))');
    t.true(cold.outlined < cold.whole, `${cold.outlined} of ${cold.whole}`);
    const other = make('');
    t.true(other.outlined < other.whole, `${other.outlined} of ${other.whole}`);
  });
}

const OURS = ['features0', 'features1', 'features2', 'features3', 'features4', 'random'];

testWith({ tool: 'make' }, 'no example is larger than its plain form where fewer bytes are asked for', (t) =>
  withRig(async ({ dir, natmod }) => {
    const arches = archesWithCompiler(['x64', 'x86', 'armv6m', 'rv32imc', 'xtensa']);
    const sizes = new Map<string, Map<string, number>>();
    for (const level of ['none', 'balanced', 'size']) {
      const out = join(dir, level);
      const words = [
        '--arch',
        arches.join(','),
        '--dir',
        examplesDir,
        '--module',
        OURS.join(','),
        '--out',
        out,
        '--optimize',
        level,
      ];
      const { status, stderr } = await natmod(['build', ...words]);
      t.is(status, 0, stderr);
      const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) =>
        /^\w+[/\\]\w+\.mpy$/.test(file),
      );
      sizes.set(level, new Map(files.map((file) => [file, statSync(join(out, file)).size])));
    }
    const plain = sizes.get('none')!;
    t.is(plain.size, arches.length * OURS.length);
    for (const [level, files] of sizes) {
      t.is(files.size, plain.size);
      for (const [file, size] of files)
        t.true(size <= plain.get(file)!, `${level} ${file}: ${size} of ${plain.get(file)}`);
    }
  }),
);
