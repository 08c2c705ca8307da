import { mkdirSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { moduleSource, withRig } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { inFolder, join, runNatmod, writeFiles } from './support/doors.ts';

const needed = { compiler: ['x64', 'armv7m'], runtime: 'x64', tool: 'make' } as const;

/** A module whose sources, too, lie in a folder of its name. */
const filesOf = (name: string) => ({
  Makefile: `MOD = ${name}\nSRC = ${name}/${name}.c\ninclude $(MPY_DIR)/py/dynruntime.mk\n`,
  [`${name}/${name}.c`]: moduleSource(),
});

/** Imports what is in a folder as a user would who puts that on the path. */
async function imports(t: ExecutionContext, folder: string, name: string): Promise<void> {
  const names = readdirSync(folder, { withFileTypes: true });
  const folders = names.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  t.deepEqual(
    folders.filter((each) => !each.includes('.')),
    [],
    `${folder} has folders that can be imported`,
  );
  const runtime = findRuntime('x64');
  if ('missing' in runtime) throw new Error(runtime.missing);
  const args = [...runtime.args, '-c', `import ${name}\nprint(${name}.f())`];
  const env = { ...process.env, MICROPYPATH: folder };
  const { stdout, stderr } = await run(runtime.command, args, { cwd: '/', env, timeoutMs: 60_000 });
  t.is(stdout.trim(), '42', `${basename(folder)}: ${stdout}${stderr}`);
}

testWith(needed, 'a module of several architectures is imported from its BUILD, and clean leaves only sources', (t) =>
  inFolder(async (dir) => {
    for (const name of ['mod', 'debug']) {
      const folder = join(dir, name);
      writeFiles(folder, filesOf(name));
      const before = readdirSync(folder).sort();
      const built = await runNatmod(folder, ['build', '--debug', '--arch', 'x64,armv7m']);
      t.is(built.exitCode, 0, built.stdout + built.stderr);
      t.notRegex(built.stdout + built.stderr, /instead of/);
      await imports(t, join(folder, 'build-x64'), name);
      t.is((await runNatmod(folder, ['clean'])).exitCode, 0);
      t.deepEqual(readdirSync(folder).sort(), before);
    }
  }),
);

testWith(needed, 'where make has put a folder of the name of the module beside it, that is said', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, filesOf('mod'));
    mkdirSync(join(dir, 'build-x64', 'mod'), { recursive: true });
    const { stdout, stderr } = await runNatmod(dir, ['build', '--arch', 'x64,armv7m']);
    t.regex(stdout + stderr, /mod x64: MicroPython imports the folder .*build-x64\/mod instead of mod\.mpy/);
    t.notRegex(stdout + stderr, /mod armv7m: MicroPython imports/);
    // A folder of sources of that name is how its author wants it.
    t.notRegex((await runNatmod(dir, ['build', '--arch', 'x64'])).stdout, /MicroPython imports/);
  }),
);

testWith(needed, 'what `natmod build` makes is imported from its folder, with an ELF file as well', (t) =>
  withRig(async (rig) => {
    const module = rig.module('m', filesOf('mod'));
    const built = await rig.natmod(['build', '--arch', 'x64', '--debug', '--module', module, '--out', rig.out]);
    t.is(built.status, 0, built.stdout + built.stderr);
    await imports(t, join(rig.out, 'x64'), 'mod');
    t.true(rig.outputs().includes('x64/mod.build/mod.elf'));
  }),
);
