import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { makeFolder, runCli } from './run-cli.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of what the programs need, compiled; `node_modules` is that of the project. */
async function copyProject(t: ExecutionContext): Promise<string> {
  await runCli('mpy-ld', ['--help'], project);
  const folder = makeFolder(t);
  for (const name of ['bin', 'dist', 'natmod-rules', 'tasks', 'package.json']) {
    cpSync(join(project, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return folder;
}

const start = (folder: string) =>
  run(process.execPath, [join(folder, 'bin', 'mpy-ld.mjs'), '--help'], { cwd: folder, timeoutMs: 60_000 });

const madeAt = (folder: string) => statSync(join(folder, 'dist', 'mpy-ld.js')).mtimeMs;

test('compiled programs run as they are until a source changes', async (t) => {
  const folder = await copyProject(t);
  // Copying rounds the times of files, and so the copy is compiled once.
  await start(folder);
  const before = madeAt(folder);
  t.is((await start(folder)).exitCode, 0);
  t.is(madeAt(folder), before);
  const source = join(folder, 'tasks', 'cli', 'mpy-ld.ts');
  writeFileSync(source, readFileSync(source, 'utf8').replace('Links object files', 'LINKS OBJECT FILES'));
  t.regex((await start(folder)).stdout, /LINKS OBJECT FILES/);
  t.not(madeAt(folder), before);
});

test('several programs that start at once in a fresh clone all find themselves compiled', async (t) => {
  const folder = await copyProject(t);
  rmSync(join(folder, 'dist'), { recursive: true });
  for (const { exitCode, stderr } of await Promise.all([start(folder), start(folder), start(folder)])) {
    t.is(exitCode, 0, stderr);
  }
});

test('an installed package needs neither sources nor other packages', async (t) => {
  const folder = await copyProject(t);
  const rooms = readdirSync(join(folder, 'tasks')).filter((name) => name !== 'bootstrap');
  for (const name of ['node_modules', 'natmod-rules', 'dist/sources.json', ...rooms.map((room) => `tasks/${room}`)]) {
    rmSync(join(folder, name), { recursive: true });
  }
  rmSync(join(folder, 'tasks', 'bootstrap', 'build-cli.mjs'));
  const result = await start(folder);
  t.is(result.exitCode, 0, result.stderr);
  t.regex(result.stdout, /^usage: mpy-ld /);
});

test('a clone without its packages says what to do', async (t) => {
  const folder = await copyProject(t);
  rmSync(join(folder, 'node_modules'));
  rmSync(join(folder, 'dist'), { recursive: true });
  const result = await start(folder);
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /^natmod: esbuild is not installed: run `npm install` in /);
});
