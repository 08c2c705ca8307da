import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sdkDir } from '../../tasks/system/project.ts';
import { runCli } from '../cli/run-cli.ts';
import { makefile, moduleSource, withRig } from '../flow/support/rig.ts';
import { run } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';

testWith(
  { compiler: 'armv7m', tool: ['make', 'readelf'] },
  'the .mpy is the same with --debug; the ELF file goes with the next build without it, and every door makes one',
  (t) =>
    withRig(async (rig) => {
      const folder = rig.module('one', { Makefile: makefile('SRC = mod.c'), 'mod.c': moduleSource() });
      const mpy = join(rig.out, 'armv7m', 'mod.mpy');
      const elf = join(rig.out, 'armv7m', 'mod.build', 'mod.elf');
      t.is((await rig.build(folder)).status, 0);
      const plain = readFileSync(mpy);
      t.false(existsSync(elf));
      const built = await rig.build(folder, '--debug');
      t.is(built.status, 0, built.stderr);
      t.deepEqual(readFileSync(mpy), plain);
      t.regex(run('readelf', ['--debug-dump=decodedline', elf]), /mod\.c\s+3\s/);

      writeFileSync(join(folder, 'mod.c'), moduleSource('mp_obj_new_int(43)', '\n\n\n'));
      await rig.build(folder, '--debug');
      t.notDeepEqual(readFileSync(mpy), plain);
      t.regex(run('readelf', ['--debug-dump=decodedline', elf]), /mod\.c\s+6\s/, 'it follows the source');
      writeFileSync(join(folder, 'mod.c'), moduleSource('mp_obj_new_int(44)'));
      await rig.build(folder);
      t.false(existsSync(elf), 'an ELF file of other code stays');

      const words = ['ARCH=armv7m', 'CFLAGS_EXTRA=-g', 'MPY_LD_FLAGS=--elf made.elf'];
      run('make', [`MPY_DIR=${sdkDir}`, ...words], folder);
      t.regex(run('readelf', ['--debug-dump=decodedline', join(folder, 'made.elf')]), /mod\.c\s+3\s/);
      const build = join(folder, 'build-armv7m');
      const files = [
        '--source-name',
        'mod.mpy',
        '--qstrs',
        join(build, 'mod.config.h'),
        '-o',
        join(rig.dir, 'x.mpy'),
        join(build, 'mod.o'),
      ];
      const linked = await runCli('mpy-ld', ['--arch', 'armv7m', '--elf', join(rig.dir, 'x.elf'), ...files], rig.dir);
      t.is(linked.exitCode, 0, linked.stderr);
      t.deepEqual(readFileSync(join(rig.dir, 'x.mpy')), readFileSync(join(folder, 'mod.mpy')));
      t.regex(run('readelf', ['-SW', join(rig.dir, 'x.elf')]), /\.debug_info/);

      const config = `export default { name: 'mod', sources: ['mod.c'], debug: true };\n`;
      const own = rig.module('two', { 'natmod.config.ts': config, 'mod.c': moduleSource() });
      const run2 = await rig.build(own);
      t.is(run2.status, 0, run2.stderr);
      t.true(existsSync(elf));
    }),
);
