import { join } from 'node:path';
import test from 'ava';
import {
  crashDump,
  hasCrashDump,
  hideTold,
  readRegisters,
  takePacket,
  withoutTold,
  writePacket,
} from '../../natmod-rules/debug/where/index.ts';
import { EM_386, EM_ARM, EM_XTENSA } from '../../natmod-rules/elf/constants.ts';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { withBoard, withoutMpremote } from '../board/support/firmware.ts';
import { withRig } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { CRASH_MODULE, IMPORT_CRASH_MODULE } from './support/crash-module.ts';
import { pathWithout } from './support/path-without.ts';
import { ON } from './support/places.ts';

for (const [arch, on] of [...ON, ['x86', 'program']] as const) {
  const title = `${arch}, ${on}: run says in which function and line MicroPython crashed, also without --debug`;
  const firmware = on === 'firmware' ? findFirmware(arch) : {};
  const needs = on === 'program' ? ({ runtime: arch } as const) : {};
  testWith({ compiler: arch, tool: ['make', 'qemu-x86_64'], ...needs }, title, (t) =>
    withRig(async (rig) => {
      if ('missing' in firmware) return t.fail(String(firmware.missing));
      const dir = rig.module('mod', CRASH_MODULE);
      const words = ['run', '--arch', arch, '--module', dir, '--out', rig.out, '--on', on, '--timeout', '50'];
      const own = await rig.natmod([...words, join(dir, 'own.py')]);
      t.is(own.status, 1);
      t.regex(own.stdout, /^before$/m, own.stderr);
      t.regex(own.stdout, /crashed in peek, \S*mod\.c:[46] \(mod\)\n/, own.stdout);
      t.regex(own.stdout, /^(RIP|EIP|PC|R15|MEPC) +0x\w+ +peek\+0x\w+ +\S*mod\.c:6$/m, own.stdout);
      t.notRegex(own.stdout, /natmod: mod /, 'what finds the place is not shown');
      const early = rig.module('early', IMPORT_CRASH_MODULE);
      const importing = await rig.natmod([...words.with(4, early), join(early, 'own.py')]);
      t.regex(importing.stdout, /crashed in prepare\S*, \S*mod\.c:4 \(mod\)\n/, importing.stdout);
      t.regex(importing.stdout, / mpy_init\+0x\w+ +\S*mod\.c:11$/m, 'and who has called it');
      if (arch !== 'x64') return;
      const called = await rig.natmod([...words, join(dir, 'firmware.py')]);
      t.regex(
        called.stdout,
        /crashed in (wipe|fill|the firmware; the code of mod that called it last is (wipe|fill))/,
        called.stdout,
      );
    }),
  );
}

testWith(
  { compiler: 'x64', runtime: 'x64', tool: ['make', 'qemu-x86_64'] },
  'test tells the place with the reason; without the emulator it names the package',
  (t) =>
    withRig(async (rig) => {
      const dir = rig.module('mod', { ...CRASH_MODULE, 'test_own.py': CRASH_MODULE['own.py'] });
      const words = ['test', '--arch', 'x64', '--module', dir, '--out', rig.out];
      const { stdout, status } = await rig.natmod(words);
      t.is(status, 1);
      t.regex(
        stdout,
        /mod x64 test_own\.py: MicroPython was ended by SIGSEGV \(host\)\n +crashed in peek, \S*mod\.c:6 \(mod\)/,
      );
      const bare = await rig.natmod(words, { PATH: pathWithout(/^qemu/, join(rig.dir, 'bin')) });
      t.regex(bare.stdout, /crashed somewhere: qemu-x86_64 is not on PATH\n.*apt-get install qemu-user/, bare.stdout);
    }),
);

testWith(
  { compiler: 'armv7m', tool: 'make' },
  'deploy --run --debug: a board tells at import where modules lie, and nobody sees it',
  async (t) => {
    const found = findFirmware('armv7m');
    if ('missing' in found) return t.pass(`no firmware: ${found.missing}`);
    await withRig((rig) =>
      withBoard(async (port) => {
        const dir = rig.module('mod', CRASH_MODULE);
        const words = ['deploy', '--port', port, '--module', dir, '--out', rig.out, '--arch', 'armv7m', '--run'];
        const env = { PATH: withoutMpremote };
        const run = await rig.natmod([...words, '--debug', join(dir, 'own.py')], env);
        t.is(run.status, 1);
        t.regex(run.stdout, /crashed in peek, \S*mod\.c:6 \(mod\)\n/, run.stdout + run.stderr);
        t.regex(run.stdout, /^R15 +0x\w+ +peek\+0x\w+ +\S*mod\.c:6$/m);
        t.notRegex(run.stdout, /natmod: mod /);
      }),
    );
  },
);

test('what a module tells is taken out of the output, however that comes', (t) => {
  const line = 'natmod: mod peek 31570 4 9c9d020037150300b49d0200\n';
  const text = `one\n${line}nat\nnatmod: no\n${line}two`;
  t.is(withoutTold(text), 'one\nnat\nnatmod: no\ntwo');
  for (let size = 1; size < 40; size += 3) {
    let shown = '';
    const show = hideTold((part) => (shown += part));
    for (let at = 0; at < text.length; at += size) show(text.slice(at, at + size));
    t.is(shown, 'one\nnat\nnatmod: no\ntwo', `in pieces of ${size}`);
  }
});

test('packets of a stub: whole ones, parts, and nonsense', (t) => {
  t.is(writePacket('g'), '$g#67');
  t.deepEqual(takePacket('+$T05thread:01;#aa+$OK#'), { packet: 'T05thread:01;', rest: '+$OK#' });
  t.is(takePacket('+$T05thr'), undefined);
  t.is(takePacket(`$a}\x03#00`)?.packet, 'a#');
  t.throws(() => takePacket(`$${'0'.repeat(2 ** 21)}`), { message: /no packets/ });
  t.is(readRegisters('E01', { machine: EM_ARM, is64: false }), undefined);
  t.is(readRegisters('00'.repeat(400), { machine: EM_XTENSA, is64: false }), undefined);
  const x86 = readRegisters(`${'00000000'.repeat(4)}78563412${'00000000'.repeat(3)}efbeadde`, {
    machine: EM_386,
    is64: false,
  });
  t.is(x86?.stackPointer, 0x12345678);
  t.deepEqual(x86?.registers[0], { name: 'EIP', value: 0xdeadbeef, role: 'fault' });
});

test('a dump has registers; words that a script prints are none', (t) => {
  t.true(hasCrashDump('ready\r\nHardFault exception caught:\r\nR0:   6FFFFF00 R1:   00030F40'));
  t.true(hasCrashDump('HardFault\r\nR0    20001234\r\n'));
  t.true(hasCrashDump('MACHINE EXCEPTION CAUGHT:\n\n RA=80404BE4  SP=8060FC80'));
  t.true(hasCrashDump("Guru Meditation Error: Core  1 panic'ed (LoadProhibited).\nPC      : 0x400d1234"));
  t.false(hasCrashDump('HardFault is what a bad pointer ends in\nPC means program counter\n'));
  t.is(crashDump('before\nHardFault\nR0    20001234\nPC 08001234\n'), 'HardFault\nR0    20001234\nPC 08001234\n');
});
