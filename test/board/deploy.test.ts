import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { takeBoard } from '../../tasks/board/board.ts';
import { createDeployer } from '../../tasks/board/deploy.ts';
import { openPort } from '../../tasks/board/ports.ts';
import { putFile } from '../../tasks/board/put-file.ts';
import { projectDir } from '../../tasks/system/project.ts';
import { natmod as runNatmod, temporaryFolder } from '../run/support.ts';
import { addFlash, type RunningFirmware, startFirmware, testOnFirmware } from './support/firmware.ts';

const out = await temporaryFolder();

// Where mpremote is installed it would do the talking; these tests are of our own.
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((dir) => !existsSync(join(dir, 'mpremote')))
  .join(delimiter);
const natmod = (...args: string[]) => runNatmod([...args, '--out', out], { PATH });

async function withFirmware(
  arch: 'armv7m' | 'rv32imc',
  work: (firmware: RunningFirmware) => Promise<void>,
): Promise<void> {
  const firmware = await startFirmware(arch);
  try {
    await addFlash(firmware.port);
    await work(firmware);
  } finally {
    await firmware.unplug();
  }
}

for (const arch of ['armv7m', 'rv32imc'] as const) {
  testOnFirmware(arch, `${arch}: a module is built for the board, copied, checked, run, and not copied again`, (t) =>
    withFirmware(arch, async ({ port }) => {
      const first = await natmod('deploy', '--port', port, '--module', 'features0', '--run');
      t.is(first.status, 0, first.text);
      t.regex(first.text, /copied \/flash\/lib\/features0\.mpy, \d+ bytes/);
      t.regex(first.text, /features0 ok/);
      const second = await natmod('deploy', '--port', port, '--module', 'features0', '--reset');
      t.is(second.status, 0, second.text);
      t.regex(second.text, /already there \/flash\/lib\/features0\.mpy/);
      t.regex(second.text, /the board restarts/);
    }),
  );
}

testOnFirmware('armv7m', 'a module of another architecture is refused with both names', (t) =>
  withFirmware('armv7m', async ({ port }) => {
    const { status, text } = await natmod('deploy', '--port', port, '--module', 'features0', '--arch', 'x64');
    t.is(status, 1);
    t.regex(text, /the module is for x64, the firmware loads armv7em/);
    t.regex(text, /build with --arch armv7m/);
  }),
);

testOnFirmware('armv7m', 'a script that fails on the board fails the task and shows the traceback', (t) =>
  withFirmware('armv7m', async ({ port }) => {
    const { status, text } = await natmod('deploy', '--port', port, '--module', 'features0', '-c', 'print("änd")\n1/0');
    t.is(status, 1);
    t.regex(text, /änd\nTraceback[\s\S]*ZeroDivisionError/);
  }),
);

testOnFirmware('armv7m', 'a board that is unplugged in the middle: the message says so', async (t) => {
  const firmware = await startFirmware('armv7m');
  await addFlash(firmware.port);
  const board = await takeBoard(await openPort(firmware.port));
  let pieces = 0;
  const doomed = {
    ...board,
    async execute(code: string) {
      if (++pieces === 10) await firmware.unplug();
      return board.execute(code);
    },
  };
  const writing = putFile(doomed, '/flash/lib/big.mpy', new Uint8Array(60_000));
  const error = await t.throwsAsync(writing);
  t.regex(error.message, /line is closed[\s\S]*old \/flash\/lib\/big\.mpy is untouched/);
  await board.close();
});

testOnFirmware('armv7m', 'two programs on one port: the second is told who has it', (t) =>
  withFirmware('armv7m', async ({ port }) => {
    const line = await openPort(port);
    const { status, text } = await natmod('deploy', '--port', port, '--module', 'features0');
    t.is(status, 1);
    t.regex(text, new RegExp(`${port} is in use by process ${process.pid} \\(node\\)`));
    await line.close();
  }),
);

testOnFirmware('armv7m', 'what a broken copy has left is removed by the next', (t) =>
  withFirmware('armv7m', async ({ port }) => {
    const board = await takeBoard(await openPort(port));
    await board.execute("import os\nos.mkdir('/flash/lib')\nf=open('/flash/lib/m.mpy.part','wb')\nf.write(b'half')");
    t.true(await putFile(board, '/flash/lib/m.mpy', new Uint8Array(700).fill(7)));
    const { output } = await board.execute("print([f[0] for f in os.ilistdir('/flash/lib')])");
    t.is(output, "['m.mpy']\n");
    await board.close();
  }),
);

testOnFirmware('armv7m', 'out of memory on the board: the message says how large the file is', (t) =>
  withFirmware('armv7m', async ({ port }) => {
    const board = await takeBoard(await openPort(port));
    await board.execute('import gc\ngc.collect()\nfull=bytearray(gc.mem_free()-50000)');
    const error = await t.throwsAsync(putFile(board, '/flash/huge.mpy', new Uint8Array(60_000)));
    t.regex(error.message, /out of memory on the board while writing \/flash\/huge\.mpy \(60000 bytes\)/);
    const { output } = await board.execute("import os\nprint([f[0] for f in os.ilistdir('/flash')])");
    t.is(output, '[]\n');
    await board.close();
  }),
);

testOnFirmware('armv7m', 'pushing again and again: a script that hangs does not end it', (t) =>
  withFirmware('armv7m', async ({ port }) => {
    const built = await natmod('build', '--arch', 'armv7m', '--module', 'features0');
    t.is(built.status, 0, built.text);
    const file = join(out, 'armv7m', 'features0.mpy');
    const deployer = await createDeployer(port);
    const script = (text: string, timeoutMs = 60_000) => ({
      scriptName: 'main.py',
      script: Buffer.from(text),
      timeoutMs,
    });
    const first = await deployer.push([file], [script('import features0\nprint(features0.factorial(4))')]);
    t.deepEqual([first.deployed[0]?.isNew, first.outcomes[0]?.output], [true, '24\n']);
    await t.throwsAsync(deployer.push([file], [script('while True: input()', 3000)]), { message: /no end after 3 s/ });
    const last = await deployer.push([file], [script('print("alive")')]);
    t.deepEqual([last.deployed[0]?.isNew, last.outcomes[0]?.output], [false, 'alive\n']);
    await deployer.close();
  }),
);

test('no board, and what is no port', async (t) => {
  const absent = await natmod('deploy', '--port', '/dev/ttyNONE9', '--module', 'features0');
  t.is(absent.status, 1);
  t.regex(absent.text, /\/dev\/ttyNONE9 cannot be opened: there is no such port/);
  const file = await natmod('deploy', '--port', join(projectDir, 'package.json'), '--module', 'features0');
  t.regex(file.text, /is no terminal device/);
  const nonsense = await natmod('deploy', '--port', 'nonsense', '--module', 'features0');
  t.regex(nonsense.text, /'nonsense' is no port/);
});
