import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { examplesDir } from '../../tasks/system/project.ts';
import { archesWithCompiler, findPyelftools, testWith } from '../support/needs.ts';
import { withRig } from './support/rig.ts';

// The linker has tests of its own; here it is about everything before it. BUILD is given, because its name was another
// one in older trees. rv64imc and xtensawin are not in all of them.
const modules = ['features0', 'features1', 'features3', 'features4'];
const arches = archesWithCompiler(['x86', 'x64', 'armv6m', 'armv7m', 'armv7emdp', 'xtensa', 'rv32imc']);

for (const arch of arches) {
  const needed = { source: true, pyelftools: true, compiler: arch, tool: 'make' } as const;
  testWith(needed, `${arch}: the same objects as in MicroPython's own flow, with its headers and with ours`, (t) =>
    withRig(async (rig) => {
      const tree = findMicroPythonSource() as { readonly dir: string };
      const python = findPyelftools() as { readonly command: string };
      // Older trees would take `gcc -m32` for x86.
      const cross = `CROSS=${archByName(arch).prefixes[0]}`;
      const common = ['build', '--no-optimize', '--arch', arch, '--dir', examplesDir, '--module', modules.join(',')];
      const own = await rig.natmod([...common, '--out', join(rig.dir, 'own')]);
      const theirs = await rig.natmod([...common, '--out', join(rig.dir, 'theirs'), '--mpy-dir', tree.dir]);
      t.is(own.status, 0, own.stderr);
      t.is(theirs.status, 0, theirs.stderr);
      for (const name of modules) {
        const dir = join(rig.dir, 'reference', name);
        cpSync(join(examplesDir, name), dir, { recursive: true });
        const variables = [
          `BUILD=build-${arch}`,
          `ARCH=${arch}`,
          `MPY_DIR=${tree.dir}`,
          `PYTHON=${python.command} -B`,
          cross,
        ];
        const make = spawnSync('make', ['-s', ...variables, `build-${arch}/${name}.o`], { cwd: dir, encoding: 'utf8' });
        t.is(make.status, 0, make.stderr);
        const reference = readFileSync(join(dir, `build-${arch}`, `${name}.o`));
        const object = (out: string) => readFileSync(join(rig.dir, out, arch, `${name}.build`, `${name}.c.o`));
        t.true(object('theirs').equals(reference), `${name} with their headers`);
        t.true(object('own').equals(reference), `${name} with ours`);
      }
    }),
  );
}
