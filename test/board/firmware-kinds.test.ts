/**
 * Firmware that loads no native code, or other than what was built: real MicroPython that says something else of
 * itself. And what firmware does while nobody types.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { takeBoard } from '../../tasks/board/board.ts';
import { openPort } from '../../tasks/board/ports.ts';
import { natmod as runNatmod, temporaryFolder } from '../run/support.ts';
import { addFlash, pretend, startFirmware, testOnFirmware, withBoard, withoutMpremote } from './support/firmware.ts';

const out = await temporaryFolder();
const natmod = (...args: string[]) =>
  runNatmod([...args, '--module', 'features0', '--out', out], { PATH: withoutMpremote });

/** `sys.implementation._mpy` of firmware for an architecture. */
function mpyNumber(arch: ArchName, { version = 6, subVersion = 3, flags = 0 } = {}): number {
  return version | (subVersion << 8) | (archByName(arch).mpyNumber << 10) | (flags << 16);
}

async function filesOf(port: string): Promise<string> {
  const board = await takeBoard(await openPort(port));
  const { output } = await board.execute("import os\nprint([f[0] for f in os.ilistdir('/flash')])");
  await board.close();
  return output;
}

testOnFirmware('armv7m', 'firmware without native modules: every task says so, and nothing is copied', (t) =>
  withBoard(async (port) => {
    for (const number of [undefined, 6 | (3 << 8)]) {
      await pretend(port, number);
      for (const task of ['deploy', 'run', 'test', 'repl', 'watch']) {
        const more = task === 'watch' ? ['--deploy'] : [];
        const { status, text } = await natmod(task, ...more, '--port', port);
        t.is(status, 1, task);
        t.regex(
          text,
          /this firmware loads no native modules \(sys\.implementation\._mpy names no architecture\)/,
          task,
        );
      }
      const named = await natmod('deploy', '--port', port, '--arch', 'armv7m');
      t.is(named.status, 1);
      t.regex(named.text, /the module is for armv7m, the firmware loads no native code at all/);
    }
    t.is(await filesOf(port), '[]\n');
  }),
);

testOnFirmware('armv7m', 'another architecture, ABI or .mpy version: the error names both sides', (t) =>
  withBoard(async (port) => {
    const refused = async (number: number, arch: ArchName, task = 'deploy') => {
      await pretend(port, number);
      const { status, text } = await natmod(task, '--port', port, '--arch', arch);
      t.is(status, 1, text);
      return text;
    };
    t.regex(
      await refused(mpyNumber('xtensawin'), 'armv7m'),
      /is for armv7m, the firmware loads xtensawin[\s\S]*--arch xtensawin/,
    );
    t.regex(
      await refused(mpyNumber('armv6m'), 'armv7m'),
      /is for armv7m, the firmware loads armv6m[\s\S]*--arch armv6m/,
    );
    t.regex(
      await refused(mpyNumber('armv7m', { subVersion: 2 }), 'armv7m'),
      /has native ABI 6\.3, the firmware has 6\.2/,
    );
    t.regex(
      await refused(mpyNumber('armv7m', { version: 5 }), 'armv7m'),
      /is of \.mpy version 6, the firmware loads version 5/,
    );
    t.regex(await refused(mpyNumber('armv6m'), 'armv7m', 'run'), /is for armv7m, the firmware loads armv6m/);
    t.is(await filesOf(port), '[]\n');
  }),
);

testOnFirmware('armv7m', 'soft-float modules on firmware with floats in registers: a warning, once', (t) =>
  withBoard(async (port) => {
    const warning = /warning armv7m passes C floats in other registers than this firmware/g;
    for (const arch of ['armv7emsp', 'armv7emdp'] as const) {
      await pretend(port, mpyNumber(arch));
      const { status, text } = await natmod('deploy', '--port', port, '--arch', 'armv7m', '--run');
      t.is(status, 0, text);
      t.is(text.match(warning)?.length, 1, text);
    }
    await pretend(port, mpyNumber('armv7emdp'));
    const ran = await natmod('run', '--port', port, '--arch', 'armv7m');
    t.is(ran.status, 0, ran.text);
    t.is(ran.text.match(warning)?.length, 1, ran.text);
    await pretend(port, mpyNumber('armv7m'));
    const soft = await natmod('deploy', '--port', port, '--arch', 'armv7m');
    t.is(soft.status, 0, soft.text);
    t.notRegex(soft.text, /warning/);
  }),
);

testOnFirmware('rv32imc', 'extensions of the CPU that the firmware lacks', async (t) => {
  const firmware = await startFirmware('rv32imc');
  try {
    await addFlash(firmware.port);
    await pretend(firmware.port, mpyNumber('rv32imc', { flags: 2 }));
    const args = ['deploy', '--port', firmware.port, '--arch', 'rv32imc'];
    const refused = await natmod(...args, 'ARCH_FLAGS=zba');
    t.is(refused.status, 1, refused.text);
    t.regex(
      refused.text,
      /the module needs extensions 0x1 of the CPU, the firmware has 0x2[\s\S]*build without ARCH_FLAGS/,
    );
    t.is((await natmod(...args, 'ARCH_FLAGS=zcmp')).status, 0);
  } finally {
    await firmware.unplug();
  }
});

for (const arch of ['armv7m', 'rv32imc'] as const) {
  testOnFirmware(arch, `an emulated board for ${arch} that waits for its next line computes nothing`, async (t) => {
    const { port, computed, unplug } = await startFirmware(arch);
    try {
      for (const line of ['first', 'second']) {
        const board = await takeBoard(await openPort(port));
        t.is((await board.execute(`print('${line}')`)).output, `${line}\n`);
        await board.close();
        const before = computed();
        await sleep(1000);
        // One that asks for a character over and over takes what there is of a core.
        t.true(computed() - before < 0.08, `${computed() - before} s of CPU in a second`);
      }
    } finally {
      await unplug();
    }
  });
}
