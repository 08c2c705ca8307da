import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ArchName } from '../../../natmod-rules/arch/index.ts';
import { takeBoard } from '../../../tasks/board/board.ts';
import { openPort } from '../../../tasks/board/ports.ts';
import { findFirmware } from '../../../tasks/bootstrap/firmware.mjs';
import type { TestFunction } from '../../support/needs.ts';

/** Firmware in QEMU on a line of its own. */
export interface RunningFirmware {
  /** What `openPort` takes. */
  readonly port: string;
  /** Seconds that QEMU has computed. */
  computed(): number;
  /** Ends QEMU at once, as pulling the plug does. */
  unplug(): Promise<void>;
}

/** Registers a test that runs only where MicroPython's firmware for the architecture was built. */
export function testOnFirmware(arch: ArchName, title: string, fn: TestFunction): void {
  const found = findFirmware(arch);
  if (!('missing' in found)) test(title, fn);
  else if (process.env.CI === 'true') test(title, (t) => t.fail(`cannot be skipped with CI=true: ${found.missing}`));
  else test.skip(`${title} [skipped: ${found.missing}]`, fn);
}

/** Of `/proc` on all Linux machines. */
const TICKS_PER_SECOND = 100;

/** Starts the firmware behind a pty, or a TCP port when QEMU shall listen on that. */
export async function startFirmware(arch: ArchName, serial: 'pty' | { tcp: number } = 'pty'): Promise<RunningFirmware> {
  const found = findFirmware(arch);
  if ('missing' in found) throw new Error(found.missing);
  const line = serial === 'pty' ? 'pty' : `tcp:127.0.0.1:${serial.tcp},server=on,wait=off`;
  const args = found.args.map((word) => (word === 'stdio' ? line : word));
  const child = spawn(found.command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('close', resolve));
  const unplug = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  const computed = () => {
    const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
    return (Number(user) + Number(system)) / TICKS_PER_SECOND;
  };
  if (serial !== 'pty') {
    await sleep(500);
    return { port: `socket://127.0.0.1:${serial.tcp}`, computed, unplug };
  }
  const port = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const path = /redirected to (\/dev\/\S+)/.exec(text)?.[1];
      if (path !== undefined) resolve(path);
    });
    child.once('error', reject).once('close', () => reject(new Error(`QEMU ended: ${text}`)));
  });
  return { port, computed, unplug };
}

/** PATH without the tool that tasks would take for copying. */
export const withoutMpremote = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((dir) => !existsSync(join(dir, 'mpremote')))
  .join(delimiter);

/** Lends a Cortex-M board with a file system of its own. */
export async function withBoard(work: (port: string) => Promise<void>): Promise<void> {
  const firmware = await startFirmware('armv7m');
  try {
    await addFlash(firmware.port);
    await work(firmware.port);
  } finally {
    await firmware.unplug();
  }
}

const WRITABLE = readFileSync(new URL('./writable.py', import.meta.url), 'utf8');
const PRETEND = readFileSync(new URL('./pretend.py', import.meta.url), 'utf8');

/** Gives the firmware a file system that can be written to, with `/flash/lib` on sys.path. */
export async function addFlash(port: string): Promise<void> {
  await runThere(port, WRITABLE);
}

/** Makes the firmware give another `sys.implementation._mpy`; with `undefined` it has none. The files stay there. */
export async function pretend(port: string, mpy: number | undefined): Promise<void> {
  await runThere(port, PRETEND.replace('MPY', mpy === undefined ? '' : `fake.implementation._mpy = ${mpy}`));
}

async function runThere(port: string, code: string): Promise<void> {
  const board = await takeBoard(await openPort(port));
  const { error } = await board.execute(code, { timeoutMs: 60_000 });
  await board.close();
  if (error !== '') throw new Error(error);
}
