/** Cables that break or are noisy, and boards without memory: real MicroPython behind a bad line. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeBoard } from '../../tasks/board/board.ts';
import { openPort } from '../../tasks/board/ports.ts';
import { natmod as runNatmod, temporaryFolder } from '../run/support.ts';
import { testOnFirmware, withBoard, withoutMpremote } from './support/firmware.ts';
import { type Faults, startProxy } from './support/proxy.ts';

const out = await temporaryFolder();
const natmod = (...args: string[]) =>
  runNatmod([...args, '--module', 'features1', '--out', out], { PATH: withoutMpremote });
const noise = Uint8Array.from({ length: 700 }, (_, n) => (n * 73 + (n >> 3)) & 0xff);

async function deployThrough(board: string, faults: Faults, ...more: string[]) {
  const proxy = await startProxy(board, faults);
  try {
    return await natmod('deploy', '--port', proxy.port, ...more);
  } finally {
    await proxy.close();
  }
}

async function ask(port: string, code: string): Promise<string> {
  const board = await takeBoard(await openPort(port));
  const { output, error } = await board.execute(code);
  await board.close();
  return output + error;
}

const LIST = "import os\nprint(sorted(f[0] for f in os.ilistdir('/flash')))";

testOnFirmware('armv7m', 'a cable that breaks in the middle: the old module stays, the next copy clears up', (t) =>
  withBoard(async (port) => {
    await ask(
      port,
      "import os\nos.mkdir('/flash/lib')\nf=open('/flash/lib/features1.mpy','wb')\nf.write(b'old')\nf.close()",
    );
    // In the middle of the second piece of the file, which the board is reading then.
    const broken = await deployThrough(port, { breakAt: /_nm_f\.write[\s\S]*_nm_f\.write[\s\S]{200}/ });
    t.is(broken.status, 1, broken.text);
    t.regex(
      broken.text,
      /the line is closed: [\s\S]*the old \/flash\/lib\/features1\.mpy is untouched; the next deploy removes/,
    );
    t.is(await ask(port, LIST), "['features1.mpy', 'features1.mpy.part']\n");
    t.is(await ask(port, "print(open('/flash/lib/features1.mpy','rb').read())"), "b'old'\n");
    const again = await natmod('deploy', '--port', port, '--run');
    t.is(again.status, 0, again.text);
    t.is(await ask(port, LIST), "['features1.mpy']\n");
    const size = (await readFile(join(out, 'armv7m', 'features1.mpy'))).length;
    t.is(await ask(port, "print(len(open('/flash/lib/features1.mpy','rb').read()))"), `${size}\n`);
  }),
);

testOnFirmware('armv7m', 'garbage on the line: skipped at the start, told in the middle', (t) =>
  withBoard(async (port) => {
    const start = await deployThrough(port, { noiseFirst: noise });
    t.is(start.status, 0, start.text);
    t.regex(start.text, /copied \/flash\/lib\/features1\.mpy/);
    await ask(port, "import os\nos.remove('/flash/lib/features1.mpy')");
    const middle = await deployThrough(port, { noiseAt: { pattern: /_nm_f\.write/, noise } });
    t.is(middle.status, 1, middle.text);
    t.regex(middle.text, /error: .*(strange answer|failed|damaged|no end)/);
    t.notRegex(middle.text, /copied|TypeError|at async/);
    t.false((await ask(port, LIST)).includes("'features1.mpy'"));
    const again = await natmod('deploy', '--port', port, '--run');
    t.is(again.status, 0, again.text);
    t.is(await ask(port, LIST), "['features1.mpy']\n");
  }),
);

testOnFirmware('armv7m', 'out of memory when the module is imported: the message says how large it is', (t) =>
  withBoard(async (port) => {
    const copied = await natmod('deploy', '--port', port);
    t.is(copied.status, 0, copied.text);
    const size = (await readFile(join(out, 'armv7m', 'features1.mpy'))).length;
    const fill = [
      'import gc',
      'gc.collect()',
      'full=[bytearray(gc.mem_free()-9000)]',
      'try:',
      ' while 1: full.append(bytearray(256))',
      'except MemoryError: pass',
      'import features1',
    ];
    const { status, text } = await natmod('deploy', '--port', port, '-c', fill.join('\n'));
    t.is(status, 1, text);
    t.true(text.includes(`out of memory on the board (features1.mpy is ${size} bytes): MemoryError`), text);
  }),
);
