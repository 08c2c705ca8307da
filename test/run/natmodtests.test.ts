import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { findModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { temporaryFolder } from './support.ts';

// MicroPython's own runner with its own tests, on its firmware in QEMU, with the modules that natmod builds.
const folder = await temporaryFolder();
const python = '/usr/bin/python3';
const serial = spawnSync(python, ['-c', 'import serial'], { timeout: 30_000 }).status === 0;
const modules = ['btree', 'deflate', 'framebuf', 'heapq', 'random', 're'];
/** The runner's tests of a module begin so. */
const testsOf: Readonly<Record<string, string>> = { random: 'random_basic' };

async function prepare(tree: string, arch: ArchName): Promise<{ dir: string; tests: string[] }> {
  const top = join(folder, arch);
  for (const part of ['tests/extmod', 'tests/feature_check', 'tools/pyboard.py']) {
    await cp(join(tree, part), join(top, part), { recursive: true });
  }
  for (const name of await readdir(join(tree, 'tests'))) {
    if (name.endsWith('.py')) await cp(join(tree, 'tests', name), join(top, 'tests', name));
  }
  const options = parseOptions(['--arch', arch, '--out', join(top, 'out')], folder);
  const wanted = findModules(examplesDir).filter((module) => modules.includes(module.name));
  const { built } = await runBuild(wanted, options);
  const tests: string[] = [];
  const files = (await readdir(join(top, 'tests/extmod'))).filter((name) => name.endsWith('.py'));
  for (const { name: mod, file } of built) {
    const name = mod.replace(`_${arch}`, '');
    await mkdir(join(top, 'examples/natmod', name), { recursive: true });
    await cp(file, join(top, 'examples/natmod', name, `${name}_${arch}.mpy`));
    tests.push(...files.filter((test) => test.startsWith(testsOf[name] ?? name)).map((test) => `extmod/${test}`));
  }
  return { dir: join(top, 'tests'), tests: tests.sort() };
}

for (const arch of ['rv32imc', 'armv7m', 'armv7emdp'] as const) {
  const found = findFirmware(arch);
  const title = `MicroPython's run-natmodtests.py passes with our modules on ${arch}`;
  const lack =
    'missing' in found ? found.missing : serial ? '' : `${python} has no module serial (package python3-serial)`;
  if (lack !== '') test.skip(`${title} [skipped: ${lack}]`, () => {});
  else {
    testWith({ compiler: arch, source: true, tool: python }, title, async (t) => {
      const source = findMicroPythonSource();
      if ('missing' in source || 'missing' in found) return t.fail();
      const { dir, tests } = await prepare(source.dir, arch);
      const command = [found.command, ...found.args.map((word) => (word === 'stdio' ? 'pty' : word))].join(' ');
      // The name of the option changed in 1.26.
      const isNew = existsSync(join(dir, 'test_utils.py'));
      const target = isNew ? ['-t', `execpty:${command}`] : ['-p', '-d', `execpty:${command}`];
      const result = await run(python, ['run-natmodtests.py', ...target, '-a', arch, ...tests], {
        cwd: dir,
        timeoutMs: 280_000,
      });
      t.is(result.exitCode, 0, result.stdout.slice(-2000) + result.stderr.slice(-2000));
      const passed = Number(/(\d+) tests passed/.exec(result.stdout)?.[1]);
      // btree is there in full source trees only.
      t.true(passed >= 25, result.stdout);
      t.log(`${passed} tests passed`);
      return undefined;
    });
  }
}
