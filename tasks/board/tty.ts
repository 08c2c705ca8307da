import { closeSync, constants, openSync, readlinkSync, statSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { fail } from '../../natmod-rules/problem.ts';
import { findProgram } from '../system/find-program.ts';
import { namesIn, realPlace } from '../system/if-there.ts';
import { runProcess } from '../system/processes.ts';
import { type Link, makeLink } from './link.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such port; is the board plugged in?',
  EACCES: 'permission denied; on Linux the user must be in the group of the device, often `dialout`',
  EBUSY: 'another program uses it',
  ENXIO: 'nothing is connected to it',
  ENOTTY: 'it is no serial port',
};

/**
 * A line through a terminal device: a serial port or the pty of a program. The kernel passes all bytes as they are.
 * @param baud speed of a serial port; USB boards and ptys do not care
 * @throws NatmodError `no-port`, `port-busy`
 */
export async function openTty(path: string, baud: number): Promise<Link> {
  refuseOthers(path);
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  const [input, output] = [openDevice(path, flags), openDevice(path, flags)];
  let reader: ReadStream;
  let writer: WriteStream;
  try {
    reader = new ReadStream(input);
    writer = new WriteStream(output);
    reader.setRawMode(true);
    await setSpeed(path, baud);
  } catch {
    closeSync(input);
    closeSync(output);
    fail('no-port', `${path} is no terminal device`, undefined, 'name a serial port such as /dev/ttyACM0, or a pty');
  }
  const closed = new Set<number>();
  const { link, feed } = makeLink({
    name: path,
    send: (bytes) => new Promise((resolve) => writer.write(bytes, () => resolve())),
    async end() {
      const own = [...leftOpen(reader, input), ...leftOpen(writer, output)];
      await Promise.all(
        [reader, writer].map(
          (stream) =>
            new Promise((resolve) => (stream.destroyed ? resolve(0) : stream.once('close', resolve).destroy())),
        ),
      );
      for (const descriptor of own.filter((one) => !closed.has(one))) {
        closed.add(descriptor);
        closeSync(descriptor);
      }
    },
  });
  const ended = () => feed.ended('the board was unplugged or the other side has ended');
  for (const stream of [reader, writer]) stream.on('error', ended).on('close', ended);
  reader.on('end', ended);
  reader.on('data', (bytes: Buffer) => feed.data(bytes));
  try {
    // Another may have opened it at the same moment.
    refuseOthers(path);
  } catch (error) {
    await link.close();
    throw error;
  }
  return link;
}

/** @throws NatmodError `port-busy` */
function refuseOthers(path: string): void {
  const users = programsUsing(path);
  if (users.length === 0) return;
  fail('port-busy', `${path} is in use by ${users.join(', ')}`, undefined, 'end that program first');
}

/** Node opens a terminal once more under another number, and then leaves the one it was given to its owner. */
function leftOpen(stream: object, given: number): number[] {
  const used = (stream as { _handle?: { fd?: number } })._handle?.fd;
  return used === undefined || used === given ? [] : [given];
}

function openDevice(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return fail(code === 'EBUSY' ? 'port-busy' : 'no-port', `${path} cannot be opened: ${reasons[code] ?? code}`);
  }
}

/** Node sets no speed. Where there is no stty the port keeps the one it has, which does for USB. */
async function setSpeed(path: string, baud: number): Promise<void> {
  if (!/^\/dev\/(tty|cu)[^/]*$/.test(path)) return;
  const stty = findProgram('stty', '/');
  if (stty === undefined) return;
  const option = process.platform === 'linux' ? '-F' : '-f';
  await runProcess([stty, option, path, String(baud), 'raw', '-echo', 'clocal'], { cwd: '/', timeoutMs: 5_000 });
}

/**
 * Other programs that have a device open, as far as this user may see: two on one port would take each other's bytes.
 * Only Linux tells.
 */
export function programsUsing(path: string): string[] {
  // The program that has made a pty holds its other end, which has another name.
  const device = realPlace(path);
  const isPty = device.startsWith('/dev/pts/');
  const own = identityOf(device, isPty);
  const users: string[] = [];
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const open = namesIn(`/proc/${pid}/fd`)
      .map((fd) => `/proc/${pid}/fd/${fd}`)
      .some((fd) => linkTarget(fd) === device && identityOf(fd, isPty) === own);
    if (open) users.push(`process ${pid} (${linkTarget(`/proc/${pid}/exe`)?.replace(/^.*\//, '') ?? 'unknown'})`);
  }
  return users;
}

/** Tells terminals of one name apart: each container has its own. */
function identityOf(path: string, isPty: boolean): string | undefined {
  try {
    const { dev, rdev } = statSync(path);
    return isPty ? `${dev} ${rdev}` : `${rdev}`;
  } catch {
    // It has just gone, and is compared with nothing else.
    return undefined;
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // A process of another user, or one that has just ended.
    return undefined;
  }
}
