import { fail } from '../../natmod-rules/problem.ts';
import { importModule } from '../system/import-module.ts';
import { type Link, makeLink } from './link.ts';

/** The little that is used of the package `serialport`, which need not be installed. */
interface Port {
  open(done: (error: Error | null) => void): void;
  write(bytes: Uint8Array, done: () => void): void;
  close(done: () => void): void;
  on(event: 'data', listener: (bytes: Buffer) => void): void;
  on(event: 'close' | 'error', listener: () => void): void;
  readonly isOpen: boolean;
}
interface SerialPortPackage {
  readonly SerialPort: new (options: { path: string; baudRate: number; autoOpen: false; lock: true }) => Port;
}

/**
 * A line through the package `serialport`, which is needed where ports are no files (Windows).
 * @throws NatmodError `no-port`, `no-serialport` when the package is not installed
 */
export async function openSerialPort(path: string, baud: number): Promise<Link> {
  const { SerialPort } = await loadPackage(path);
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false, lock: true });
  const { link, feed } = makeLink({
    name: path,
    send: (bytes) => new Promise((resolve) => port.write(bytes, resolve)),
    end: () => (port.isOpen ? new Promise((resolve) => port.close(resolve)) : undefined),
  });
  await new Promise<void>((resolve, reject) =>
    port.open((error) => (error === null || error === undefined ? resolve() : reject(error))),
  ).catch((error: Error) => fail('no-port', `${path} cannot be opened: ${error.message}`));
  port.on('data', (bytes) => feed.data(bytes));
  port.on('error', () => feed.ended('the port failed'));
  port.on('close', () => feed.ended('the board was unplugged'));
  return link;
}

async function loadPackage(path: string): Promise<SerialPortPackage> {
  // Not a literal: the package is the user's choice, and no type checker must look for it.
  const name = 'serialport';
  try {
    return (await importModule(name)) as SerialPortPackage;
  } catch {
    return fail('no-serialport', `${path} needs the npm package serialport`, undefined, 'npm install serialport');
  }
}
