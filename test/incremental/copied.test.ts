import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from './support/in-turn.ts';
import { copyFolder, withRig } from './support/rig.ts';

testInTurn(
  { compiler: 'armv7m', tool: 'make' },
  'a library under the same name in a copy of the module is another one',
  (t) =>
    withRig(async (rig) => {
      const rules =
        'lib.a: l.c\n\t$(CC) -mthumb -mcpu=cortex-m3 -Os -c -o l.o l.c\n\trm -f $@\n\t$(CROSS)ar rcs $@ l.o\n';
      rig.write('m/Makefile', makefile('SRC = mod.c\nMPY_LD_FLAGS += -llib.a', rules));
      rig.write('m/mod.c', moduleSource('mp_obj_new_int(lib())', 'int lib(void);'));
      rig.write('m/l.c', 'int lib(void) { return 7; }\n');
      t.deepEqual((await rig.build(['m'])).failed, []);
      copyFolder(rig, 'm', 'copy');
      rig.write('copy/l.c', 'int lib(void) { return 5; }\n');
      t.deepEqual((await rig.build(['copy'], '--out=other')).failed, []);
      t.notDeepEqual(rig.read('other/armv7m/mod.mpy'), rig.read('out/armv7m/mod.mpy'));
    }),
);
