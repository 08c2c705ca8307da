import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { stopSignal, takePacket, writePacket } from '../../natmod-rules/debug/where/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { resumePacket } from './stub-client.ts';

/** A port that gdb connects to. What it says goes to the stub of an emulator, which natmod has talked to before. */
export interface GdbServer {
  readonly port: number;
  /** Ends when gdb has let the program run for the first time. */
  readonly resumed: Promise<void>;
  /** Ends when gdb is gone, whatever made it go, and the program runs on without it. */
  readonly gone: Promise<void>;
  close(): void;
}

const RESUME = /\$(vCont;[cCsSr]|[cs](?:#|[0-9a-f])|[CS][0-9a-f]{2})/;
const STOPPED = /\$[TSWX][0-9a-f]{2}/;
const DETACH = /\$D(?:;[0-9a-f]+)?#/;
const BREAKPOINT = /\$([Zz])([0-4],[0-9a-f]+,[0-9a-f]+)/g;

/**
 * @param port 0 for any that is free
 * @param interrupt stops the program where the stub itself does not heed gdb's Ctrl-C, as that of qemu-user
 * @throws NatmodError `no-port` when the port cannot be had
 */
export async function serveGdb(stub: Socket, port: number, interrupt?: () => void): Promise<GdbServer> {
  const server = createServer({ pauseOnConnect: true });
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  await listening.catch((error: NodeJS.ErrnoException) =>
    fail('no-port', `port ${port} cannot be listened on: ${error.code}`, undefined, 'take another with --gdb-port'),
  );
  let told = { resumed: () => {}, gone: () => {} };
  const resumed = new Promise<void>((resolve) => (told = { ...told, resumed: resolve }));
  const gone = new Promise<void>((resolve) => (told = { ...told, gone: resolve }));
  server.on('connection', (gdb: Socket) => {
    // One debugger at a time, and only the first finds the program as it was left for it.
    server.close();
    join(gdb, stub, interrupt, told);
  });
  stub.on('error', () => {});
  return {
    port: (server.address() as AddressInfo).port,
    resumed,
    gone,
    close() {
      closeQuietly(server);
      stub.destroy();
    },
  };
}

/**
 * Takes breakpoints away and lets the program run to its end. The packet that detaches would do, but qemu-user heeds it
 * only when the line is closed, too (7), or ends with a null pointer of its own (10).
 * @param breakpoints what follows the letter of the packets that set them
 */
function letGo(stub: Socket, breakpoints: Iterable<string>): void {
  const packets = [...[...breakpoints].map((one) => `z${one}`), 'c'];
  let received = '';
  // The stub takes no packet before its last answer is acknowledged.
  const acknowledge = () => {
    const packet = packets.shift();
    stub.write(`+${packet === undefined ? '' : writePacket(packet)}`, 'latin1');
  };
  stub.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1');
    for (let taken = takePacket(received); taken !== undefined; taken = takePacket(received)) {
      received = taken.rest;
      const signal = stopSignal(taken.packet);
      if (packets.length === 0 && signal !== undefined) packets.push(resumePacket(signal));
      acknowledge();
    }
  });
  acknowledge();
}

function closeQuietly(server: Server): void {
  try {
    server.close();
  } catch {
    // It has been closed already.
  }
}

function join(
  gdb: Socket,
  stub: Socket,
  interrupt: (() => void) | undefined,
  told: { readonly resumed: () => void; readonly gone: () => void },
): void {
  let isRunning = false;
  let isOpen = true;
  const breakpoints = new Set<string>();
  gdb.on('data', (bytes: Buffer) => {
    const text = bytes.toString('latin1');
    if (text === '\x03' && interrupt !== undefined) return interrupt();
    if (DETACH.test(text)) {
      gdb.write(`+${writePacket('OK')}`, 'latin1');
      return leave();
    }
    for (const [, letter, place = ''] of text.matchAll(BREAKPOINT)) {
      if (letter === 'Z') breakpoints.add(place);
      else breakpoints.delete(place);
    }
    stub.write(bytes);
    if (!RESUME.test(text)) return;
    isRunning = true;
    told.resumed();
  });
  const fromStub = (bytes: Buffer) => {
    if (isOpen) gdb.write(bytes);
    if (!STOPPED.test(bytes.toString('latin1'))) return;
    isRunning = false;
    // Whoever waited for it is no longer there.
    if (!isOpen) goOn();
  };
  stub.on('data', fromStub);
  const goOn = () => {
    stub.off('data', fromStub);
    letGo(stub, breakpoints);
  };
  stub.on('close', () => gdb.end());
  const leave = () => {
    if (!isOpen) return;
    isOpen = false;
    if (!isRunning) goOn();
    else if (interrupt === undefined) stub.write('\x03');
    else interrupt();
    told.resumed();
    told.gone();
  };
  gdb.on('close', leave).on('error', leave);
  gdb.resume();
}
