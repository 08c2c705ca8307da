import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, inFolder, join, natmod, runMake, runNatmod, writeFiles } from './support/doors.ts';

const IDLE = 'int idle(int x) { return x * 31; }\nconst char *text(int i) { return i ? "one more beta" : "beta"; }';

testWith(
  { compiler: 'x64', tool: 'make', source: true },
  'MPY_LD_FLAGS chooses passes of the linker through all doors',
  (t) =>
    inFolder(async (dir) => {
      const tree = findMicroPythonSource() as { readonly dir: string };
      const lines = 'SRC = mod.c\nCFLAGS += -ffunction-sections -fdata-sections\nCFLAGS_EXTRA =';
      writeFiles(dir, { Makefile: makefile(lines), 'mod.c': moduleSource('mp_obj_new_int(42)', IDLE) });
      const program = (name: string) => `"${process.execPath}" "${join(projectDir, 'bin', name)}"`;
      const doors = {
        one: (...words: string[]) => runNatmod(dir, ['build', '--arch', 'x64', '--no-optimize', ...words]),
        two: (...words: string[]) => runMake(dir, ['ARCH=x64', 'BUILD=build-two', ...words]),
        three: (...words: string[]) =>
          runMake(dir, [
            ...[
              'ARCH=x64',
              'BUILD=build-three',
              `MPY_DIR=${tree.dir}`,
              `MPY_LD=${program('mpy-ld.cjs')} --source-name mod.mpy`,
            ],
            ...[
              `MPY_TOOL=${program('mpy-tool.cjs')}`,
              `MPY_CROSS="${process.execPath}" "${natmod}" mpy-cross`,
              ...words,
            ],
          ]),
      };
      const made = async (...words: string[]) => {
        const results: Buffer[] = [];
        for (const [name, door] of Object.entries(doors)) {
          const { exitCode, stdout, stderr } = await door(...words);
          t.is(exitCode, 0, `${name}: ${stdout}${stderr}`);
          results.push(bytesOf(join(dir, 'mod.mpy')));
          t.true(results.at(-1)!.equals(results[0]!), `door ${name} with ${words.join(' ')}`);
        }
        return results[0]!;
      };
      const plain = await made();
      const small = await made('MPY_LD_FLAGS=--gc-sections --print-gc-sections');
      t.true(small.length < plain.length - 20, `${small.length} of ${plain.length} bytes`);
      const { exitCode, stdout, stderr } = await doors.one('MPY_LD_FLAGS=--gc-section');
      t.is(exitCode, 1);
      t.regex(stdout + stderr, /MPY_LD_FLAGS has '--gc-section', which is not understood\n.*--gc-sections/);
    }),
);
