import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { makeFolder } from './run-cli.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of what the programs need; the packages of `node_modules` are those of the project. */
function copyProject(t: ExecutionContext): string {
  const folder = makeFolder(t);
  for (const name of ['bin', 'gulpfile.ts', 'natmod-rules', 'tasks', 'package.json', 'package-lock.json']) {
    cpSync(join(project, name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(project, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(project, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}

const start = (folder: string) =>
  run(process.execPath, [join(folder, 'bin', 'mpy-ld.cjs'), '--help'], { cwd: folder, timeoutMs: 120_000 });

/** Folders; beside them lie notes of what each program was made of. */
const copies = (folder: string) =>
  readdirSync(join(folder, 'node_modules/.cache/natmod'))
    .filter((name) => !name.includes('.json'))
    .sort();

test('compiled programs run as they are until a source changes', async (t) => {
  const folder = copyProject(t);
  t.is((await start(folder)).exitCode, 0);
  const before = copies(folder);
  t.is(before.length, 1);
  t.is((await start(folder)).exitCode, 0);
  t.deepEqual(copies(folder), before);
  const source = join(folder, 'tasks', 'cli', 'mpy-ld.ts');
  writeFileSync(source, readFileSync(source, 'utf8').replace('Links object files', 'LINKS OBJECT FILES'));
  t.regex((await start(folder)).stdout, /LINKS OBJECT FILES/);
  t.is(copies(folder).length, 2);
});

test('several programs that start at once in a fresh clone all find themselves compiled', async (t) => {
  const folder = copyProject(t);
  for (const { exitCode, stderr } of await Promise.all([start(folder), start(folder), start(folder)])) {
    t.is(exitCode, 0, stderr);
  }
});

test('an installed package needs neither sources nor other packages', async (t) => {
  const folder = copyProject(t);
  const { compilePackedCopy } = await import(pathToFileURL(join(folder, 'tasks/bootstrap/compiled.cjs')).href);
  compilePackedCopy();
  for (const name of readdirSync(join(folder, 'tasks'))) {
    if (name !== 'bootstrap') rmSync(join(folder, 'tasks', name), { recursive: true });
  }
  for (const name of ['node_modules', 'natmod-rules']) rmSync(join(folder, name), { recursive: true });
  const result = await start(folder);
  t.is(result.exitCode, 0, result.stderr);
  t.regex(result.stdout, /^usage: mpy-ld /);
});

test('a clone without its packages says what to do', async (t) => {
  const folder = copyProject(t);
  rmSync(join(folder, 'node_modules'), { recursive: true });
  const result = await start(folder);
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /^natmod: esbuild is not installed: run `npm install` in /);
  const natmod = await run(process.execPath, [join(folder, 'bin', 'natmod.cjs'), 'build'], { cwd: folder });
  t.is(natmod.exitCode, 1);
  t.is(natmod.stderr, result.stderr);
});

test('a clone that cannot be written and was not compiled says what to do', async (t) => {
  const folder = copyProject(t);
  // Root may write anywhere, but makes no folder in a file.
  writeFileSync(join(folder, 'node_modules', '.cache'), '');
  const asFile = await start(folder);
  t.is(asFile.exitCode, 1);
  t.regex(asFile.stderr, /^natmod: this clone has to be compiled, and .*natmod cannot be written: E\w+\n$/);
});
