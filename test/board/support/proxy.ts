import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPort } from '../../../tasks/board/ports.ts';

/** A bad cable between a program on TCP and a board on a pty, which stays on when the cable breaks. */
export interface Proxy {
  readonly port: string;
  /** What the program has sent over the cable in all, one character per byte. */
  sent(): string;
  close(): Promise<void>;
}

export interface Faults {
  /** The cable breaks as soon as what was sent over it matches. */
  readonly breakAt?: RegExp;
  /** The board seems to send this first. */
  readonly noiseFirst?: Uint8Array;
  /** As soon as what was sent matches, the board seems to send the noise. */
  readonly noiseAt?: { readonly pattern: RegExp; readonly noise: Uint8Array };
}

/** @param board port of the board */
export async function startProxy(board: string, { breakAt, noiseFirst, noiseAt }: Faults): Promise<Proxy> {
  let sent = '';
  let noisy = noiseAt;
  let busy: Promise<void> = Promise.resolve();
  const serve = async (socket: Socket) => {
    const line = await openPort(board);
    let open = true;
    socket.on('error', () => {}).on('close', () => (open = false));
    if (noiseFirst !== undefined) socket.write(noiseFirst);
    socket.on('data', (bytes: Buffer) => {
      sent += bytes.toString('latin1');
      if (breakAt?.test(sent)) {
        socket.destroy();
        open = false;
        return;
      }
      if (noisy?.pattern.test(sent)) {
        socket.write(noisy.noise);
        noisy = undefined;
      }
      line.write(bytes).catch(() => {});
    });
    while (open) {
      await line.waitForData(20);
      const text = line.readAll();
      if (text !== '' && open) socket.write(text, 'latin1');
    }
    // What is on its way to the board arrives.
    await sleep(100);
    await line.close();
  };
  const server: Server = createServer((socket) => {
    busy = busy.then(() => serve(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: `socket://127.0.0.1:${(server.address() as { port: number }).port}`,
    sent: () => sent,
    async close() {
      server.close();
      await busy;
    },
  };
}
