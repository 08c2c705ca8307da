import { cpSync } from 'node:fs';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { examplesDir, projectDir } from '../../tasks/system/project.ts';
import { archesWithCompiler, testWith } from '../support/needs.ts';
import { bytesOf, inFolder, join, natmod, runMake, runNatmod } from './support/doors.ts';

const MODULES = ['features1', 'features2', 'features3'];
const ARCHES = archesWithCompiler(['x64', 'armv7m', 'xtensa', 'rv32imc']);

for (const arch of ARCHES) {
  testWith({ compiler: arch, tool: 'make', source: true }, `${arch}: all three doors give the same plain bytes`, (t) =>
    inFolder(async (dir) => {
      const tree = findMicroPythonSource() as { readonly dir: string };
      const program = (name: string) => `"${process.execPath}" "${join(projectDir, 'bin', name)}"`;
      for (const name of MODULES) cpSync(join(examplesDir, name), join(dir, name), { recursive: true });
      // Not all trees have the same default for it.
      const float = 'MICROPY_FLOAT_IMPL=float';
      const one = await runNatmod(dir, ['build', '--no-optimize', '--arch', arch, float, '--out', join(dir, 'out')]);
      t.is(one.exitCode, 0, one.stdout + one.stderr);
      for (const name of MODULES) {
        const module = join(dir, name);
        const expected = bytesOf(join(dir, 'out', arch, `${name}.mpy`));
        const two = await runMake(module, [`ARCH=${arch}`, float, 'BUILD=build-two']);
        t.is(two.exitCode, 0, two.stdout + two.stderr);
        t.true(bytesOf(join(module, `${name}.mpy`)).equals(expected), `${name}: make with our rules`);
        // The name inside is that of an intermediate file, which older trees call NAME.native.mpy.
        const linker = `${program('mpy-ld.cjs')} --source-name ${name}.mpy`;
        const three = await runMake(module, [
          ...[`ARCH=${arch}`, float, 'BUILD=build-three', `MPY_DIR=${tree.dir}`, `MPY_LD=${linker}`],
          ...[`MPY_TOOL=${program('mpy-tool.cjs')}`, `MPY_CROSS="${process.execPath}" "${natmod}" mpy-cross`],
          // Older trees would take `gcc -m32` for x86.
          ...(arch === 'x86' ? ['CROSS=i686-linux-gnu-'] : []),
        ]);
        t.is(three.exitCode, 0, three.stdout + three.stderr);
        t.true(bytesOf(join(module, `${name}.mpy`)).equals(expected), `${name}: make with MicroPython's rules`);
      }
    }),
  );
}
