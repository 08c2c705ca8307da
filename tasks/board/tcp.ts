import { connect } from 'node:net';
import { fail } from '../../natmod-rules/problem.ts';
import { type Link, makeLink } from './link.ts';

const CONNECT_MS = 10_000;

/**
 * A line over TCP: a board behind a serial server, or QEMU with `-serial tcp:…,server`.
 * @param name how the user wrote the address
 * @throws NatmodError `no-port`
 */
export async function openTcp(name: string, host: string, port: number): Promise<Link> {
  const socket = connect({ host, port, noDelay: true });
  const { link, feed } = makeLink({
    name,
    send: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    end() {
      socket.destroy();
    },
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), CONNECT_MS);
    socket.once('connect', resolve).once('error', reject);
    socket.once('close', () => clearTimeout(timer)).once('connect', () => clearTimeout(timer));
  }).catch((error: NodeJS.ErrnoException) => {
    socket.destroy();
    fail('no-port', `${name} cannot be reached: ${error.code ?? error.message}`);
  });
  socket.on('data', (bytes: Buffer) => feed.data(bytes));
  socket.on('error', (error: NodeJS.ErrnoException) => feed.ended(`the connection broke (${error.code})`));
  socket.on('close', () => feed.ended('the other side closed the connection'));
  return link;
}
