import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';

const loader = pathToFileURL(join(projectDir, 'tasks/bootstrap/code-cache.cjs')).href;
const PROGRAM = (value: number) => `exports.value = () => ${value}; exports.hash = () => programHash();\n`;

function rig(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'natmod code-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'program.js');
  return {
    write: (value: number) => writeFileSync(file, PROGRAM(value)),
    caches: () => readdirSync(folder).filter((name) => name.endsWith('.cache')),
    cache: (name: string) => join(folder, name),
    file,
    folder,
    start: async (word = 'build', program = file) => {
      const script = `import { loadProgram } from ${JSON.stringify(loader)};
        const { value, hash } = loadProgram(process.argv[1], process.argv[2]);
        console.log(value(), hash());`;
      const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script, program, word]);
      t.is(stderr, '');
      const [value, hash] = stdout.trim().split(' ');
      return { value: Number(value), hash };
    },
  };
}

test('a program runs as its text says, also when its length and so all that V8 looks at stayed', async (t) => {
  const { write, start, caches, file } = rig(t);
  write(41);
  const { atime, mtime } = statSync(file);
  const first = await start();
  t.is(first.value, 41);
  t.is(caches().length, 1);
  t.deepEqual(await start(), first);
  write(42);
  utimesSync(file, atime, mtime);
  const second = await start();
  t.is(second.value, 42);
  t.not(second.hash, first.hash);
  t.is((await start()).value, 42);
  t.is(caches().length, 1);
});

test('kept code that was damaged, cut or exchanged is not run, and made again', async (t) => {
  const { write, start, caches, cache } = rig(t);
  write(41);
  await start();
  const name = caches()[0]!;
  const good = readFileSync(cache(name));
  const flipped = Uint8Array.from(good);
  flipped[good.length >> 1]! ^= 1;
  for (const bad of [flipped, good.subarray(0, 20), good.subarray(0, -7), new Uint8Array(0), Buffer.alloc(500, 65)]) {
    writeFileSync(cache(name), bad);
    t.is((await start()).value, 41);
    t.deepEqual(readFileSync(cache(name)).length > 40, true);
    t.notDeepEqual(readFileSync(cache(name)), Buffer.from(bad));
  }
});

test('a copy of a program has the code that was kept for it, unless its text differs', async (t) => {
  const { write, start, caches, folder, file } = rig(t);
  write(41);
  const first = await start();
  const copy = mkdtempSync(join(tmpdir(), 'natmod code-'));
  t.teardown(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  t.deepEqual(await start('build', join(copy, 'program.js')), first);
  write(43);
  // The kept code of the other text, which looks like that of this one.
  for (const name of caches()) cpSync(join(copy, name), join(folder, name));
  t.is((await start('build', file)).value, 43);
  t.is((await start('build', file)).value, 43);
});

test('each word of the command line has code of its own, and odd ones share one', async (t) => {
  const { write, start, caches } = rig(t);
  write(41);
  for (const word of ['build', 'list', '../../x', '--help', 'ARCH=x64']) t.is((await start(word)).value, 41);
  t.is(caches().length, 3);
});

test('natmod runs a config from kept code, too', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'natmod code-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'natmod.config.mjs'), "export default { name: 'm', sources: ['m.py'] };");
  writeFileSync(join(dir, 'm.py'), 'x = 1');
  for (let i = 0; i < 3; i++) {
    const built = await run(process.execPath, [join(projectDir, 'bin', 'natmod.cjs'), 'build', '--arch', 'x64'], {
      cwd: dir,
    });
    t.is(built.exitCode, 0, built.stderr);
    t.regex(built.stdout, i === 0 ? /built .* x64/ : /up to date/);
  }
});
