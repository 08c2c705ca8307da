import { fail, NatmodError } from '../../natmod-rules/problem.ts';

/**
 * A line to a MicroPython: bytes in both directions. What has come and was not read yet is kept, up to a bound.
 * Transports make one and feed it.
 */
export interface Link {
  /** How the user knows it: a port, an address or a command. */
  readonly name: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Everything that has come and was not read, taken out of the buffer as one character per byte. */
  readAll(): string;
  /** Puts text back in front of what comes next. */
  unread(text: string): void;
  /** Ends when something has come, the line has closed, or the time is over, whichever is first. */
  waitForData(timeoutMs: number): Promise<void>;
  /** Why the line is closed, as a sentence; undefined while it is open. */
  closed(): string | undefined;
  /** Closes the line for good and ends what this side has started. Safe to call twice. */
  close(): Promise<void>;
}

/** What a transport has to do. */
export interface Wire {
  readonly name: string;
  send(bytes: Uint8Array): Promise<void>;
  end(): Promise<void> | void;
}

/** What a transport calls. */
export interface LinkFeed {
  data(bytes: Uint8Array): void;
  /** @param reason a sentence such as `the board was unplugged` */
  ended(reason: string): void;
}

/** More than this of output that nobody reads is not kept; the oldest goes first. */
const MAX_BUFFER = 8 * 1024 * 1024;

/** Joins a transport with the buffer that protocols read from. */
export function makeLink(wire: Wire): { link: Link; feed: LinkFeed } {
  let buffer = '';
  let reason: string | undefined;
  let wake = () => {};
  const feed: LinkFeed = {
    data(bytes) {
      buffer += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
      if (buffer.length > MAX_BUFFER) buffer = buffer.slice(-MAX_BUFFER / 2);
      wake();
    },
    ended(why) {
      reason ??= why;
      wake();
    },
  };
  const link: Link = {
    name: wire.name,
    async write(bytes) {
      if (reason !== undefined) lineClosed(wire.name, reason);
      await wire.send(bytes);
    },
    readAll() {
      const text = buffer;
      buffer = '';
      return text;
    },
    unread(text) {
      buffer = text + buffer;
    },
    async waitForData(timeoutMs) {
      if (buffer !== '' || reason !== undefined || timeoutMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = () => {};
    },
    closed: () => reason,
    async close() {
      reason ??= 'it was closed';
      wake();
      await wire.end();
    },
  };
  return { link, feed };
}

/** @throws NatmodError `line-closed` always */
export function lineClosed(name: string, reason: string, lastOutput = ''): never {
  const tail = lastOutput.trim().slice(-300);
  const shown = tail === '' ? '' : `; the last it sent was ${JSON.stringify(tail)}`;
  return fail('line-closed', `${name}: the line is closed: ${reason}${shown}`);
}

export function isLineClosed(error: unknown): boolean {
  return error instanceof NatmodError && error.problems[0]?.code === 'line-closed';
}
