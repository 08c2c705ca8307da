import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runProcess, startAhead } from '../../tasks/system/processes.ts';

const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip;

const SHOW = `const { readFileSync, statSync } = require('node:fs');
const { pid, argv, env, cwd } = process;
process.stderr.write('warned');
console.log(JSON.stringify({ pid, argv, env, cwd: cwd(), inode: statSync('.').ino, input: readFileSync(0, 'utf8') }));
process.exitCode = 7;`;

interface Shown {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly inode: number;
  readonly input: string;
}

/** A folder with a program that shows what it was told; it is run in the folder `in` there. */
function place() {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'natmod waiting ü-')));
  const [program, cwd] = [join(dir, 'show.cjs'), join(dir, 'in')];
  mkdirSync(cwd);
  writeFileSync(program, SHOW);
  const words = ['$(touch x)', '', 'a \'b\' "c"', 'two\nlines', '-e', 'ü', '*'];
  const command = [process.execPath, program, ...words];
  const run = async (env: Record<string, string | undefined> = {}, of = command) => {
    const result = await runProcess(of, { cwd, env, repeats: true });
    const shown = result.stdout === '' ? undefined : (JSON.parse(result.stdout) as Shown);
    return { result, shown };
  };
  return { dir, cwd, command, run };
}

/** Process ids of shells that wait, of this process. */
function waiting(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', `${process.pid}`], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes('natmod_go')).map((line) => Number.parseInt(line, 10));
}

test.afterEach.always(() => {
  startAhead(0);
});

onLinux('a program that waited is told and tells the same as one that was started when it was wanted', async (t) => {
  const { run, dir } = place();
  startAhead(1);
  for (const env of [{ EXTRA: 'a=b c', PWD: undefined }, { PWD: '/nowhere', OLDPWD: '/' }, {}]) {
    const first = await run(env);
    t.deepEqual(waiting(), []);
    startAhead(1);
    const [pid] = waiting();
    const second = await run(env);
    t.is(second.shown?.pid, pid);
    const { _: _1, SHLVL: _2, ...variables } = first.shown!.env;
    const { _: _3, SHLVL: _4, ...others } = second.shown!.env;
    t.deepEqual(others, variables);
    t.deepEqual({ ...second.shown, pid: 0, env: {} }, { ...first.shown!, pid: 0, env: {} });
    t.deepEqual({ ...second.result, stdout: '', output: '' }, { ...first.result, stdout: '', output: '' });
    t.is(second.result.status, 7);
    t.is(second.result.stderr, 'warned');
    t.is(second.shown?.input, '');
  }
  rmSync(dir, { recursive: true });
});

onLinux('one that waits for something else is not taken, and ends', async (t) => {
  const { run, dir, cwd, command } = place();
  const waits = async () => {
    startAhead(0);
    startAhead(1);
    await run();
    startAhead(1);
    const [pid] = waiting();
    t.truthy(pid);
    return pid;
  };
  let pid = await waits();
  t.not((await run({ EXTRA: '1' })).shown?.pid, pid);
  startAhead(1);
  t.false(waiting().includes(pid!));

  pid = await waits();
  const other = await run({}, [...command, 'more']);
  t.not(other.shown?.pid, pid);
  t.is(other.shown?.argv.at(-1), 'more');

  // The same path is another folder: one with the old one's place, then one that a link leads to.
  pid = await waits();
  renameSync(cwd, join(dir, 'away'));
  mkdirSync(cwd);
  const inNew = await run();
  t.not(inNew.shown?.pid, pid);
  t.is(inNew.shown?.cwd, cwd);

  pid = await waits();
  rmSync(cwd, { recursive: true });
  symlinkSync('away', cwd);
  const behindLink = await run();
  t.not(behindLink.shown?.pid, pid);
  t.is(behindLink.shown?.cwd, join(dir, 'away'));
  rmSync(dir, { recursive: true });
});

onLinux('what ends a program that waits is told as if it had not waited', async (t) => {
  const { run, dir, cwd, command } = place();
  const program = join(dir, 'program');
  writeFileSync(program, `#!/bin/sh\nexec ${command[0]} ${JSON.stringify(command[1])}\n`, { mode: 0o755 });
  startAhead(1);
  const there = await run({}, [program]);
  t.is(there.result.status, 7);
  startAhead(1);
  t.is(waiting().length, 1);
  renameSync(program, join(dir, 'gone'));
  t.is((await run({}, [program])).result.startError, 'ENOENT');
  renameSync(join(dir, 'gone'), program);

  startAhead(1);
  const [pid] = waiting();
  process.kill(pid!, 'SIGKILL');
  // It is gone when it is no folder's any more, whether we were told of that or not.
  while (isThere(pid!));
  t.is((await run({}, [program])).result.status, 7);

  startAhead(1);
  rmSync(cwd, { recursive: true });
  t.is((await run({}, [program])).result.startError, 'ENOENT');
  rmSync(dir, { recursive: true });
});

onLinux(
  'as many wait as are wanted, of those that were run last, and none where a shell would change something',
  async (t) => {
    const { run, dir, command } = place();
    startAhead(2);
    for (const word of ['a', 'b', 'c', 'b']) await run({}, [...command, word]);
    startAhead(2);
    const all = waiting();
    t.is(all.length, 2);
    startAhead(2);
    t.deepEqual(waiting(), all);
    t.true(all.includes((await run({}, [...command, 'c'])).shown!.pid));
    t.true(all.includes((await run({}, [...command, 'b'])).shown!.pid));

    startAhead(0);
    startAhead(1);
    for (const env of [{ IFS: 'x' }, { 'with-dash': '1' }]) {
      await run(env);
      startAhead(1);
      t.deepEqual(waiting(), []);
      t.is((await run(env)).shown?.env[Object.keys(env)[0]!], Object.values(env)[0]);
    }
    await run({}, ['node', command[1]!]);
    startAhead(1);
    t.deepEqual(waiting(), []);
    rmSync(dir, { recursive: true });
  },
);

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // It has been waited for.
    return false;
  }
}

onLinux('where nothing can be started, nothing waits, and the start itself says why', async (t) => {
  const { cwd, run } = place();
  startAhead(1);
  await run();
  rmSync(cwd, { recursive: true });
  writeFileSync(cwd, '');
  startAhead(1);
  t.deepEqual(waiting(), []);
  t.is((await run()).result.startError, 'ENOTDIR');
});
