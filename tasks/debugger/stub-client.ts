import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopSignal, takePacket, writePacket } from '../../natmod-rules/debug/where/index.ts';
import { fail } from '../../natmod-rules/problem.ts';

/** What natmod, in gdb's place, asks of an emulator's stub. */
export interface StubClient {
  /** Sends a packet and waits for the answer. @throws NatmodError `stub-gone` */
  ask(packet: string): Promise<string>;
  /** Bytes of memory; fewer where it ends. */
  memory(address: number, count: number): Promise<Uint8Array>;
  /** Lets the program run until it stops or ends. @returns the stub's packet */
  resume(signal?: number): Promise<string>;
  /** The line, for a gdb that goes on from here; this client must not be used afterwards. */
  release(): Socket;
  close(): void;
}

const CONNECT_MS = 15_000;

/**
 * Connects to a stub that listens on a socket in the file system.
 * @param isGone says that the emulator has ended
 * @throws NatmodError `stub-gone`
 */
export async function connectToStub(path: string, isGone: () => boolean): Promise<StubClient> {
  const socket = await openSocket(path, isGone);
  let received = '';
  let closed = false;
  let wake = () => {};
  const onData = (bytes: Buffer) => {
    received += bytes.toString('latin1');
    wake();
  };
  const onClose = () => {
    closed = true;
    wake();
  };
  socket.on('data', onData).on('close', onClose).on('error', onClose);
  const nextPacket = async (): Promise<string> => {
    for (;;) {
      const taken = takePacket(received);
      if (taken !== undefined) {
        received = taken.rest;
        socket.write('+');
        // Console output of the program.
        if (!/^O[0-9a-f]/.test(taken.packet)) return taken.packet;
      } else if (closed) return gone();
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const ask = (packet: string) => {
    socket.write(writePacket(packet), 'latin1');
    return nextPacket();
  };
  return {
    ask,
    async memory(address, count) {
      const answer = await ask(`m${address.toString(16)},${count.toString(16)}`);
      return /^E|^$/.test(answer) ? new Uint8Array(0) : Uint8Array.from(Buffer.from(answer, 'hex'));
    },
    resume: (signal) => ask(resumePacket(signal)),
    release() {
      socket.off('data', onData).off('close', onClose).off('error', onClose);
      return socket;
    },
    close: () => socket.destroy(),
  };
}

/** Lets the program run, with a signal that it is to get. */
export function resumePacket(signal?: number): string {
  return signal === undefined ? 'c' : `C${signal.toString(16).padStart(2, '0')}`;
}

function gone(): never {
  return fail('stub-gone', 'the emulator has ended, and its stub for gdb with it');
}

async function openSocket(path: string, isGone: () => boolean): Promise<Socket> {
  const deadline = Date.now() + CONNECT_MS;
  for (;;) {
    const socket = connect(path);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (isOpen) return socket;
    if (isGone() || Date.now() > deadline) return gone();
    await sleep(20);
  }
}

/**
 * Resumes a program until it crashes, passing on other signals.
 * @returns the signal; undefined when the program has ended
 */
export async function runUntilCrash(
  client: StubClient,
  isCrash: (signal: number) => boolean,
): Promise<number | undefined> {
  let signal: number | undefined;
  for (;;) {
    signal = stopSignal(await client.resume(signal));
    if (signal === undefined || isCrash(signal)) return signal;
  }
}
