import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { checkConfig } from '../../tasks/support/config.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { gulp, temporaryFolder } from './support.ts';

const folder = await temporaryFolder();

testOnFirmware('armv7m', 'run and test take the command that natmod.config.ts names', async (t) => {
  const found = findFirmware('armv7m');
  if ('missing' in found) return t.fail(found.missing);
  const dir = join(folder, 'own');
  await mkdir(dir);
  const words = JSON.stringify([found.command, ...found.args]);
  await writeFile(
    join(dir, 'natmod.config.ts'),
    `export default { name: 'mod', sources: ['mod.c'], arch: 'armv7m', runtimes: { armv7m: ${words} } };\n`,
  );
  await writeFile(join(dir, 'mod.c'), moduleSource());
  await writeFile(join(dir, 'test_mod.py'), 'import mod\nprint(mod.f())\n');
  const common = ['--dir', dir, '--out', join(folder, 'out')];
  const ran = await gulp(['run', ...common]);
  t.is(ran.status, 0, ran.text);
  t.true(ran.text.includes(`running test_mod.py on ${found.command}`), ran.text);
  t.regex(ran.text, /\b42\b/);
  const tested = await gulp(['test', ...common]);
  t.is(tested.status, 0, tested.text);
  await writeFile(
    join(dir, 'natmod.config.ts'),
    `export default { name: 'mod', sources: ['mod.c'], arch: 'armv7m', runtimes: { armv7m: ['no-such-emulator'] } };\n`,
  );
  for (const task of ['run', 'test', 'repl']) {
    const failed = await gulp([task, ...common]);
    t.is(failed.status, 1, task);
    t.regex(failed.text, /no-such-emulator/, task);
  }
});

test('runtimes of a config are checked with all else', (t) => {
  const config = (runtimes: unknown) => ({ name: 'mod', sources: ['mod.c'], runtimes });
  const check = (runtimes: unknown) => () => checkConfig(config(runtimes), 'natmod.config.ts');
  t.notThrows(check({ armv7m: ['socket://localhost:4321'] }));
  t.throws(check({ armv9: ['a'] }), { message: /natmod\.config\.ts: runtimes: unknown architecture 'armv9'/ });
  t.throws(check({ armv7m: 'qemu' }), { message: /the command for armv7m is no list of words/ });
  t.throws(check([]), { message: /runtimes: this is no object/ });
});
