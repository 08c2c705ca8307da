import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { examplesDir, projectDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { natmod, temporaryFolder } from '../run/support.ts';
import { addFlash, startFirmware, testOnFirmware } from './support/firmware.ts';

const folder = await temporaryFolder();
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((dir) => !existsSync(join(dir, 'mpremote')))
  .join(delimiter);

/** `natmod watch` in a process of its own. */
function startWatch(...args: string[]) {
  const program = join(projectDir, 'bin/natmod.cjs');
  const env: NodeJS.ProcessEnv = { ...process.env, PATH, NO_COLOR: '1' };
  delete env.INIT_CWD;
  const child = spawn(process.execPath, [program, 'watch', ...args], { cwd: examplesDir, env });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let output = '';
  let seen = 0;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (output += part));
  return {
    /** Waits for text behind that which was waited for before. @returns it, with what stands between */
    async line(pattern: RegExp): Promise<string> {
      for (let tries = 0; tries < 3000; tries++) {
        const match = pattern.exec(output.slice(seen));
        if (match !== null) {
          const start = seen;
          seen += match.index + match[0].length;
          return output.slice(start, seen);
        }
        await sleep(20);
      }
      throw new Error(`no ${pattern} in:\n${output.slice(seen)}\nbehind:\n${output.slice(0, seen)}`);
    },
    async end(): Promise<void> {
      child.kill('SIGINT');
      await ended;
    },
  };
}

testOnFirmware('armv7m', 'watch --deploy copies each rebuilt module and runs the script again', async (t) => {
  const dir = join(folder, 'pushed');
  await mkdir(dir);
  await writeFile(join(dir, 'Makefile'), makefile('SRC = mod.c\n'));
  await writeFile(join(dir, 'mod.c'), moduleSource('mp_obj_new_int(41)'));
  await writeFile(join(dir, 'show.py'), 'import mod\nprint(mod.f())\n');
  const firmware = await startFirmware('armv7m');
  await addFlash(firmware.port);
  const watch = startWatch(
    ...['--deploy', '--port', firmware.port, '--dir', dir, '--out', join(folder, 'out')],
    join(dir, 'show.py'),
  );
  try {
    await watch.line(/copied \/flash\/lib\/mod\.mpy, \d+ bytes[\s\S]*running show\.py[\s\S]*\b41\b[\s\S]*watching/);
    await writeFile(join(dir, 'mod.c'), moduleSource('mp_obj_new_int(4242)'));
    await watch.line(/copied \/flash\/lib\/mod\.mpy[\s\S]*running show\.py[\s\S]*\b4242\b/);
    // The script alone.
    await writeFile(join(dir, 'show.py'), 'import mod\nprint("again", mod.f())\n');
    const alone = await watch.line(/running show\.py[\s\S]*\bagain 4242\b/);
    t.notRegex(alone, /copied|built/);
    await writeFile(join(dir, 'show.py'), 'import mod\nraise ValueError("on purpose")\n');
    await watch.line(/Traceback[\s\S]*failed show\.py: ValueError: on purpose/);
    await writeFile(join(dir, 'mod.c'), moduleSource('mp_obj_new_int(7)'));
    await watch.line(/copied[\s\S]*Traceback[\s\S]*failed show\.py: ValueError: on purpose/);
    await firmware.unplug();
    await writeFile(join(dir, 'mod.c'), moduleSource('mp_obj_new_int(8)'));
    await watch.line(/built .*[\s\S]*error: /);
    await writeFile(join(dir, 'mod.c'), moduleSource('mp_obj_new_int(9)'));
    await watch.line(/built .*[\s\S]*error: .*cannot be opened/);
    t.pass();
  } finally {
    await watch.end();
    await firmware.unplug();
  }
});

test('watch refuses what a board cannot take, before it builds', async (t) => {
  const several = await natmod(['watch', '--deploy', '--module', 'features0', '--arch', 'x64,armv7m']);
  t.is(several.status, 1);
  t.regex(several.text, /a board takes one architecture/);
  const forgotten = await natmod(['watch', '--port', '/dev/ttyNONE9', '--module', 'features0']);
  t.is(forgotten.status, 1);
  t.regex(forgotten.text, /watch uses a board only with --deploy/);
  const absent = await natmod(['watch', '--deploy', '--port', '/dev/ttyNONE9', '--module', 'features0']);
  t.is(absent.status, 1);
  t.regex(absent.text, /\/dev\/ttyNONE9 cannot be opened/);
});
