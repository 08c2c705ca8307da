import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { findMicroPythonSource, findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { examplesDir } from '../../tasks/system/project.ts';
import { findPyelftools, testWith } from '../support/needs.ts';
import { type Rig, withRig } from './support/rig.ts';

/** A module, and the test files of MicroPython that are about it. */
const MODULES: Readonly<Record<string, RegExp>> = {
  btree: /^btree/,
  deflate: /^deflate/,
  framebuf: /^framebuf/,
  heapq: /^heapq/,
  random: /^random_basic/,
  re: /^re([_\d]|$)/,
};

/** The module has no `sub` and no debug output, as that of MicroPython's examples. */
const WITHOUT = ['extmod/re_debug.py', 'extmod/re_sub.py', 'extmod/re_sub_unmatched.py'];

/**
 * Lays out what MicroPython's own test program wants to see: its tests, and the modules where its examples would be.
 */
function layOut(rig: Rig, tree: string, arch: ArchName, modules: readonly string[]): string[] {
  const tests = join(rig.dir, 'tests');
  mkdirSync(join(tests, 'extmod'), { recursive: true });
  for (const name of readdirSync(join(tree, 'tests'))) {
    if (name.endsWith('.py')) copyFileSync(join(tree, 'tests', name), join(tests, name));
  }
  cpSync(join(tree, 'tests', 'feature_check'), join(tests, 'feature_check'), { recursive: true });
  mkdirSync(join(rig.dir, 'tools'));
  copyFileSync(join(tree, 'tools', 'pyboard.py'), join(rig.dir, 'tools', 'pyboard.py'));
  const files: string[] = [];
  for (const name of readdirSync(join(tree, 'tests', 'extmod'))) {
    if (!modules.some((module) => MODULES[module]!.test(name))) continue;
    copyFileSync(join(tree, 'tests', 'extmod', name), join(tests, 'extmod', name));
    if (name.endsWith('.py')) files.push(`extmod/${name}`);
  }
  for (const module of modules) {
    const file = `${module}_${arch}.mpy`;
    mkdirSync(join(rig.dir, 'examples/natmod', module), { recursive: true });
    copyFileSync(join(rig.out, arch, file), join(rig.dir, 'examples/natmod', module, file));
  }
  return files;
}

/** A program that is MicroPython for that architecture. */
function launcher(rig: Rig, arch: ArchName): string {
  const { command, args } = findRuntime(arch) as { command: string; args: string[] };
  const file = join(rig.dir, 'micropython');
  const words = [command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
}

for (const arch of ['x64', 'x86', 'armv6m', 'armv7m', 'armv7emsp', 'armv7emdp'] as const) {
  const needed = { compiler: arch, runtime: arch, source: true, pyelftools: true, tool: 'make' } as const;
  testWith(needed, `${arch}: MicroPython's own tests of native modules pass`, (t) =>
    withRig(async (rig) => {
      const tree = (findMicroPythonSource() as { dir: string }).dir;
      // Sources from a distribution's package come without it.
      const hasBtree = existsSync(join(tree, 'lib/berkeley-db-1.xx/include'));
      const modules = Object.keys(MODULES).filter((name) => name !== 'btree' || hasBtree);
      const words = ['--dir', examplesDir, '--module', modules.join(','), '--out', rig.out];
      const build = await rig.natmod(['build', '--arch', arch, ...words]);
      t.is(build.status, 0, build.stderr);
      const files = layOut(rig, tree, arch, modules);
      const python = (findPyelftools() as { command: string }).command;
      const run = spawnSync(python, ['-B', 'run-natmodtests.py', '--arch', arch, ...files], {
        cwd: join(rig.dir, 'tests'),
        encoding: 'utf8',
        env: { ...process.env, MICROPY_MICROPYTHON: launcher(rig, arch), MICROPY_CPYTHON3: python },
      });
      t.is(run.status, 0, run.stdout + run.stderr);
      const passed = run.stdout.match(/^pass /gm)?.length;
      t.is(passed, files.length - WITHOUT.length, run.stdout);
      t.deepEqual([...run.stdout.matchAll(/^SKIP +(.*)/gm)].map(([, file]) => file).sort(), WITHOUT);
      t.true(files.length >= (hasBtree ? 36 : 32));
      t.log(`${passed} of ${passed}`);
    }),
  );
}
