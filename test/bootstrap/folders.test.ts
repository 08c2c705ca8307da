import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { provideFolder, readStamp, withLock } from '../../tasks/bootstrap/folders.mjs';

const run = promisify(execFile);
const FOLDERS = new URL('../../tasks/bootstrap/folders.mjs', import.meta.url).href;

function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder is filled once and its stamp tells what was put in', async (t) => {
  const target = join(temporaryFolder(t), 'made', 'it');
  let fills = 0;
  const fill = async (folder: string) => {
    fills += 1;
    writeFileSync(join(folder, 'file'), 'content');
    return { version: '1' };
  };
  t.true(await provideFolder(target, 1, fill));
  t.false(await provideFolder(target, 1, fill));
  t.is(fills, 1);
  t.is(readFileSync(join(target, 'file'), 'utf8'), 'content');
  t.deepEqual(readStamp(target, 1), { version: '1', recipe: 1 });
});

test('a folder of an older recipe is replaced', async (t) => {
  const target = join(temporaryFolder(t), 'it');
  await provideFolder(target, 1, async (folder) => {
    writeFileSync(join(folder, 'old'), '');
    return {};
  });
  t.is(readStamp(target, 2), undefined);
  t.true(await provideFolder(target, 2, async () => ({})));
  t.false(existsSync(join(target, 'old')));
});

test('a filling that fails leaves nothing behind', async (t) => {
  const folder = temporaryFolder(t);
  const fill = async (inside: string) => {
    writeFileSync(join(inside, 'half'), '');
    throw new Error('the network is gone');
  };
  await t.throwsAsync(provideFolder(join(folder, 'it'), 1, fill), { message: 'the network is gone' });
  t.deepEqual(readdirSync(folder), []);
});

test('a full disk is told in one line with what to do', async (t) => {
  const fill = async () => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/cache/it' });
  };
  const error = await t.throwsAsync(provideFolder(join(temporaryFolder(t), 'it'), 1, fill), { name: 'SetupError' });
  t.is(error?.message, 'no space left to write /cache/it: free some or set NATMOD_CACHE');
});

test('a run that is killed leaves no folder, and the next run cleans up after it', async (t) => {
  const folder = temporaryFolder(t);
  const target = join(folder, 'it');
  const script = `import { provideFolder } from ${JSON.stringify(FOLDERS)};
    await provideFolder(${JSON.stringify(target)}, 1, async () => process.kill(process.pid, 'SIGKILL'));`;
  await t.throwsAsync(run(process.execPath, ['--input-type=module', '-e', script]));
  t.false(existsSync(target));
  t.is(readdirSync(folder).length, 2, 'the lock and the unfinished folder');
  t.true(await provideFolder(target, 1, async () => ({})));
  t.deepEqual(readdirSync(folder), ['it']);
});

test('several runs at once fill a folder once', async (t) => {
  const folder = temporaryFolder(t);
  const script = `import { appendFileSync } from 'node:fs'; import { provideFolder } from ${JSON.stringify(FOLDERS)};
    await provideFolder(${JSON.stringify(join(folder, 'it'))}, 1, async () => {
      appendFileSync(${JSON.stringify(join(folder, 'log'))}, 'x');
      await new Promise((done) => setTimeout(done, 300));
      return {};
    });`;
  await Promise.all([1, 2, 3].map(() => run(process.execPath, ['--input-type=module', '-e', script])));
  t.is(readFileSync(join(folder, 'log'), 'utf8'), 'x');
  t.deepEqual(readdirSync(folder).sort(), ['it', 'log']);
});

test('work under one lock does not overlap', async (t) => {
  const file = join(temporaryFolder(t), 'lock');
  let inside = 0;
  const work = async () => {
    inside += 1;
    t.is(inside, 1);
    await new Promise((done) => setTimeout(done, 20));
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, work)));
  t.false(existsSync(file));
});

test('the lock of a dead process, or one left alone for long, is taken over', async (t) => {
  const folder = temporaryFolder(t);
  const dead = join(folder, 'dead');
  writeFileSync(dead, JSON.stringify({ pid: 2 ** 30, host: hostname() }));
  t.is(await withLock(dead, async () => 1), 1);
  const foreign = join(folder, 'foreign');
  writeFileSync(foreign, JSON.stringify({ pid: 1, host: 'elsewhere' }));
  utimesSync(foreign, new Date(0), new Date(0));
  t.is(await withLock(foreign, async () => 2), 2);
});

test('a stamp that is garbage counts as none', (t) => {
  const folder = join(temporaryFolder(t), 'it');
  mkdirSync(folder);
  for (const text of ['', '{', 'null', '[]', '{"recipe":"1"}']) {
    writeFileSync(join(folder, '.natmod.json'), text);
    t.is(readStamp(folder, 1), undefined);
  }
});

test('a cache folder that cannot be made is told with what to do', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  const error = await t.throwsAsync(
    provideFolder(join(file, 'sub', 'it'), 1, async () => ({})),
    { name: 'SetupError' },
  );
  t.regex(error?.message ?? '', /^folder .*file\/sub cannot be made: ENOTDIR.*\n {2}set NATMOD_CACHE to a folder/);
});
