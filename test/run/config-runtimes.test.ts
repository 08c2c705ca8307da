import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { checkConfig } from '../../tasks/modules/config.ts';
import { anywhere } from '../../tasks/run/user-runtimes.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { natmod, temporaryFolder } from './support.ts';

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
  const ran = await natmod(['run', ...common]);
  t.is(ran.status, 0, ran.text);
  t.true(ran.text.includes(`running test_mod.py on ${found.command}`), ran.text);
  t.regex(ran.text, /\b42\b/);
  const tested = await natmod(['test', ...common]);
  t.is(tested.status, 0, tested.text);
  await writeFile(
    join(dir, 'natmod.config.ts'),
    `export default { name: 'mod', sources: ['mod.c'], arch: 'armv7m', runtimes: { armv7m: ['no-such-emulator'] } };\n`,
  );
  for (const task of ['run', 'test', 'repl']) {
    const failed = await natmod([task, ...common]);
    t.is(failed.status, 1, task);
    t.regex(failed.text, /no-such-emulator/, task);
  }
});

testOnFirmware('armv7m', 'relative paths in a command start in the folder of the module', async (t) => {
  const found = findFirmware('armv7m');
  if ('missing' in found) return t.fail(found.missing);
  const dir = join(folder, 'relative');
  await mkdir(join(dir, 'tools'), { recursive: true });
  const { args, command } = found;
  const kernel = args.at(-1)!;
  await symlink(kernel, join(dir, 'tools', 'firmware.elf'));
  await symlink(command, join(dir, 'tools', 'emulator'));
  const words = JSON.stringify(['tools/emulator', ...args.slice(0, -1), 'tools/firmware.elf']);
  await writeFile(
    join(dir, 'natmod.config.ts'),
    `export default { name: 'mod', sources: ['mod.c'], arch: 'armv7m', runtimes: { armv7m: ${words} } };\n`,
  );
  await writeFile(join(dir, 'mod.c'), moduleSource());
  await writeFile(join(dir, 'test_mod.py'), 'import mod\nprint("value", mod.f())\n');
  // The task is asked for from elsewhere.
  const { status, text } = await natmod(['run', '--dir', dir, '--out', join(folder, 'out2')], { INIT_CWD: folder });
  t.is(status, 0, text);
  t.regex(text, /value 42/);
  return undefined;
});

test('relative paths in a command that is noted start where it is typed', (t) => {
  t.deepEqual(anywhere(['./emu', '--a', '../b.elf', 'c/d'], '/x/y'), ['/x/y/emu', '--a', '/x/b.elf', 'c/d']);
  t.deepEqual(anywhere(['tools/emu', 'x'], '/x'), ['/x/tools/emu', 'x']);
  t.deepEqual(anywhere(['emu', 'x'], '/x'), ['emu', 'x']);
  t.deepEqual(anywhere(['socket://h:1'], '/x'), ['socket://h:1']);
  t.deepEqual(anywhere(['/dev/ttyACM0'], '/x'), ['/dev/ttyACM0']);
});

test('runtimes of a config are checked with all else', (t) => {
  const config = (runtimes: unknown) => ({ name: 'mod', sources: ['mod.c'], runtimes });
  const check = (runtimes: unknown) => () => checkConfig(config(runtimes), 'natmod.config.ts');
  t.notThrows(check({ armv7m: ['socket://localhost:4321'] }));
  t.throws(check({ armv9: ['a'] }), { message: /natmod\.config\.ts: runtimes: unknown architecture 'armv9'/ });
  t.throws(check({ armv7m: 'qemu' }), { message: /the command for armv7m is no list of words/ });
  t.throws(check([]), { message: /runtimes: this is no object/ });
});
