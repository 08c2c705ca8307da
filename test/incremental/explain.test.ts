import { testInTurn } from './support/in-turn.ts';
import { withRig, writeModule } from './support/rig.ts';

const needed = { compiler: 'armv7m', tool: 'make' } as const;
const UP_TO_DATE = 'mod armv7m: up to date: nothing that it was made of has changed';

testInTurn(needed, '--explain says of each module and file in one line why it is made again, or why not', (t) =>
  withRig(async (rig) => {
    writeModule(rig, 'm', 'CFLAGS += -DLIM=4');
    const makefile = rig.read('m/Makefile').toString();
    const told = async (...args: string[]) => {
      const { notes, failed } = await rig.build(['m'], '--explain', ...args);
      t.deepEqual(failed, []);
      return [...notes].map((line) => line.replaceAll(`${rig.dir}/`, '')).sort();
    };
    const m = (line: string) => `mod armv7m: ${line}`;
    t.deepEqual(await told(), [
      m('compile mod.c: nothing is known of it'),
      m('compile two.c: nothing is known of it'),
      m('make asked: nothing is known of it'),
      m('mpy-cross part.py: it changed'),
    ]);
    t.deepEqual(await told(), [UP_TO_DATE]);
    rig.write('m/far/two.h', '#define TWO 3\n');
    t.deepEqual(await told(), [m('compile two.c: m/far/two.h changed')]);
    rig.write('m/near/two.h', '#define TWO 4\n');
    t.deepEqual(await told(), [m('compile two.c: m/near/two.h is new')]);
    rig.write('m/Makefile', makefile.replace('LIM=4', 'LIM=5'));
    t.deepEqual(await told(), [
      m('compile mod.c: flag -DLIM=4 became -DLIM=5'),
      m('compile two.c: flag -DLIM=4 became -DLIM=5'),
      m('make asked: m/Makefile changed'),
    ]);
    rig.write('m/Makefile', makefile);
    t.deepEqual(await told(), [
      m('make asked: m/Makefile changed'),
      m('module taken from the cache: objects, qstrs or options are other ones'),
      m('object of mod.c taken from the cache: flag -DLIM=5 became -DLIM=4'),
      m('object of two.c taken from the cache: flag -DLIM=5 became -DLIM=4'),
    ]);
    rig.remove('out/armv7m/mod.mpy');
    t.deepEqual(await told(), [m('module taken from the cache: out/armv7m/mod.mpy is not there')]);
    rig.write('m/part.py', 'x = 5\n');
    t.deepEqual(await told(), [m('mpy-cross part.py: it changed')]);
    rig.write('m/Makefile', `${makefile}A = $(shell echo)\n`);
    t.deepEqual(await told(), [m('make asked: m/Makefile uses $(shell)'), UP_TO_DATE]);
    rig.write('m/Makefile', makefile.replace('include $', 'CFLAGS += -DMORE\ninclude $'));
    t.deepEqual((await told())[0], m('compile mod.c: flag -DMORE is new'));
  }),
);
