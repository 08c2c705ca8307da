import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { holdTemporaryName, isOwnTemporary, removeLeftovers, writeWhole } from '../../tasks/system/files.ts';

test('a file takes the place of whatever is there but a folder, and nothing stays open', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'natmod-files-'));
  const path = join(dir, 'file');
  const openNow = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
  const open = openNow();
  for (let i = 0; i < 300; i++) {
    writeWhole(path, `${i}`);
    t.is(readFileSync(path, 'utf8'), `${i}`);
  }
  while (openNow() > open) await new Promise((resolve) => setImmediate(resolve));
  const target = join(dir, 'target');
  writeFileSync(target, 'of another');
  rmSync(path);
  symlinkSync(target, path);
  writeWhole(path, 'in place of a link');
  t.is(readFileSync(target, 'utf8'), 'of another');
  t.true(lstatSync(path).isFile());
  if (process.platform !== 'win32') {
    rmSync(path);
    execFileSync('mkfifo', [path]);
    writeWhole(path, 'in place of a pipe');
    t.is(readFileSync(path, 'utf8'), 'in place of a pipe');
  }
  t.throws(() => writeWhole(dir, 'x'), { message: /cannot write/ });
  t.true(statSync(dir).isDirectory());
  t.deepEqual(readdirSync(dir).sort(), ['file', 'target']);
  rmSync(dir, { recursive: true });
});

test('a temporary name is the same again once nobody uses it, and never that of two', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'natmod-files-'));
  const path = join(dir, 'main.o');
  const [one, two] = [holdTemporaryName(path), holdTemporaryName(path)];
  t.not(one.name, two.name);
  one.release();
  const again = holdTemporaryName(path);
  t.is(again.name, one.name);
  t.not(holdTemporaryName(path).name, two.name);
  for (const { name } of [two, again]) t.true(isOwnTemporary(name) && isOwnTemporary(`${name}.d`));
  // Of a process that was killed; of this one somebody may be writing it.
  const left = again.name.replace(`.${process.pid}-`, '.999999999-');
  for (const name of [left, `${left}.as.d`, again.name]) writeFileSync(name, '');
  removeLeftovers(dir);
  t.deepEqual(readdirSync(dir), [again.name.slice(dir.length + 1)]);
  rmSync(dir, { recursive: true });
});
