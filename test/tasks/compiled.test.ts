import { execFile, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { projectDir } from '../../tasks/system/project.ts';

const run = promisify(execFile);

/** A copy of the project's sources with a node_modules folder of its own, where only the cache is not shared. */
function copyProject(): string {
  const dir = mkdtempSync(join(tmpdir(), 'natmod compiled-'));
  for (const name of ['gulpfile.ts', '.gulp.mjs', 'package.json', 'tasks', 'natmod-rules']) {
    cpSync(join(projectDir, name), join(dir, name), { recursive: true });
  }
  const modules = join(projectDir, 'node_modules');
  cpSync(join(projectDir, 'package.json'), join(dir, 'node_modules', 'package.json'));
  for (const name of readdirSync(modules)) {
    if (!name.startsWith('.')) symlinkSync(join(modules, name), join(dir, 'node_modules', name));
  }
  return dir;
}

const script = `import { ensureCompiled, requireCompiled } from './tasks/bootstrap/compiled.cjs';
console.log(ensureCompiled());
console.log((requireCompiled('tasks/gulp.ts')).usage('gulp').includes('build'));`;
const compileIn = (dir: string) => run(process.execPath, ['--input-type=module', '-e', script], { cwd: dir });

test('the compiled copy is made once, again after a change, and by several processes at once', async (t) => {
  const dir = copyProject();
  try {
    const atOnce = await Promise.all([compileIn(dir), compileIn(dir), compileIn(dir)]);
    const folders = atOnce.map(({ stdout, stderr }) => {
      t.is(stderr, '');
      t.regex(stdout, /\ntrue\n/);
      return stdout.split('\n')[0]!;
    });
    t.is(new Set(folders).size, 1);
    const copies = () => readdirSync(join(dir, 'node_modules/.cache/natmod'));
    t.is(copies().length, 1);
    t.is((await compileIn(dir)).stdout.split('\n')[0], folders[0]);

    writeFileSync(join(dir, 'tasks/system/another.ts'), 'export const another = 1;\n');
    const changed = (await compileIn(dir)).stdout.split('\n')[0]!;
    t.not(changed, folders[0]);
    t.true(existsSync(changed));
    // A copy that may still be in use stays for a while; an old one goes with the next change.
    t.is(copies().length, 2);
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const copy of [folders[0]!, changed]) utimesSync(copy, longAgo, longAgo);
    for (const text of ['1', '22', '333']) {
      writeFileSync(join(dir, 'tasks/system/another.ts'), `export const another = ${text};\n`);
      await compileIn(dir);
    }
    t.false(existsSync(folders[0]!));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('mpy-ld is compiled again after an edit of what it is made of, also with a restored time, and of nothing else', async (t) => {
  const dir = copyProject();
  const code = `import { freshProgram } from './tasks/bootstrap/compiled.cjs';
console.log(freshProgram('mpy-ld'));`;
  const program = async () =>
    (await run(process.execPath, ['--input-type=module', '-e', code], { cwd: dir })).stdout.trim();
  const edit = (name: string, isTimeRestored = false, more = '\n// Another line.\n') => {
    const path = join(dir, name);
    const { atime, mtime } = statSync(path);
    writeFileSync(path, `${readFileSync(path, 'utf8')}${more}`);
    if (isTimeRestored) utimesSync(path, atime, mtime);
  };
  try {
    const first = await program();
    t.is(await program(), first);
    edit('tasks/watch.ts');
    t.is(await program(), first);
    let last = first;
    for (const name of ['tasks/cli/mpy-ld.ts', 'natmod-rules/elf/object.ts', 'natmod-rules/link/driver.ts']) {
      edit(name, name.includes('object'));
      const next = await program();
      t.not(next, last, name);
      t.true(existsSync(next));
      last = next;
    }
    edit('package.json', false, '\n');
    t.not(await program(), last);
    rmSync(join(dir, 'node_modules/.cache'), { recursive: true });
    t.true(existsSync(await program()));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('gulp loads the gulpfile without a warning', (t) => {
  const gulp = join(projectDir, 'node_modules/gulp/bin/gulp.js');
  const { status, stderr, stdout } = spawnSync(process.execPath, [gulp, '--tasks-simple'], {
    cwd: projectDir,
    encoding: 'utf8',
  });
  t.is(stderr, '');
  t.is(status, 0);
  const tasks = stdout.trim().split('\n');
  for (const task of ['build', 'clean', 'compile-commands', 'default', 'inspect', 'list'])
    t.true(tasks.includes(task), task);
});
