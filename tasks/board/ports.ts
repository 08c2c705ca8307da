import { isAbsolute } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { compareNumbered } from '../bootstrap/numbered.mjs';
import { namesIn } from '../system/if-there.ts';
import type { Link } from './link.ts';
import { openSerialPort } from './serial-port.ts';
import { openTcp } from './tcp.ts';
import { openTty } from './tty.ts';
import { openWebRepl } from './web-repl.ts';

export interface PortOptions {
  readonly baud?: number;
  /** For WebREPL. */
  readonly password?: string;
}

export const USUAL_BAUD = 115_200;

/**
 * Opens the line that the user named: a device such as `/dev/ttyACM0`, `COM3`, `socket://HOST:PORT` (or `tcp://`),
 * `ws://HOST[:PORT]` for WebREPL, or `auto` for the only board there is.
 * @throws NatmodError `no-port`, `port-busy`, `bad-option`
 */
export async function openPort(name: string, { baud = USUAL_BAUD, password = '' }: PortOptions = {}): Promise<Link> {
  if (name === 'auto') return openPort(onlyPort(findPorts()), { baud, password });
  if (/^(socket|tcp):\/\//.test(name)) {
    const { host, port } = addressOf(name, undefined);
    return openTcp(name, host, port);
  }
  if (/^ws:\/\//.test(name)) {
    const { host, port, path } = addressOf(name, 8266);
    return openWebRepl(name, { host, port, path, password });
  }
  if (/^COM\d+$/i.test(name)) return openSerialPort(name, baud);
  if (isAbsolute(name)) return openTty(name, baud);
  const hint = 'ports are auto, /dev/ttyACM0, COM3, socket://HOST:PORT and ws://HOST';
  return fail('bad-option', `'${name}' is no port`, undefined, hint);
}

/** Host and port of an address with a scheme; brackets around IPv6 are dropped. */
function addressOf(name: string, usualPort: number | undefined): { host: string; port: number; path: string } {
  try {
    // Only schemes that the standard knows have their parts read in full.
    const url = new URL(name.replace(/^[a-z]+:/, 'http:'));
    const typed = /:(\d+)(\/|$)/.exec(name.replace(/^[a-z]+:\/\//, ''))?.[1];
    const port = typed === undefined ? usualPort : Number(typed);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (host !== '' && port !== undefined && port > 0) return { host, port, path: url.pathname };
  } catch {
    // Told below.
  }
  return fail('bad-option', `'${name}' is no address`, undefined, 'write it as socket://HOST:PORT or ws://HOST');
}

const deviceNames: Readonly<Partial<Record<NodeJS.Platform, RegExp>>> = {
  linux: /^tty(ACM|USB)\d+$/,
  darwin: /^cu\.(usbmodem|usbserial|SLAB|wchusb)/,
};

/** Devices that boards appear as. */
export function findPorts(folder = '/dev', platform: NodeJS.Platform = process.platform): string[] {
  const wanted = deviceNames[platform];
  if (wanted === undefined) return [];
  return namesIn(folder)
    .filter((name) => wanted.test(name))
    .sort(compareNumbered)
    .map((name) => `${folder}/${name}`);
}

/** @throws NatmodError `no-port` unless there is exactly one */
export function onlyPort(ports: readonly string[]): string {
  if (ports.length === 1) return ports[0]!;
  if (ports.length === 0) {
    return fail('no-port', 'no board was found', undefined, 'plug one in, or name its port: --port /dev/ttyACM0');
  }
  return fail('no-port', `there are several boards: ${ports.join(', ')}`, undefined, 'name one with --port');
}
