import { fail, NatmodError } from '../../natmod-rules/problem.ts';
import {
  ASK_IMPLEMENTATION,
  type Executed,
  enterRawRepl,
  execute,
  type Implementation,
  LineTimeout,
  leaveRawRepl,
  readImplementation,
  softReset,
} from '../../natmod-rules/runtime/index.ts';
import { converse } from './converse.ts';
import type { Link } from './link.ts';

/** A MicroPython that runs code it is given: a board, firmware in an emulator, or what mpremote reaches. */
export interface Board {
  readonly name: string;
  /** Undefined for what runs until it ends by itself. */
  execute(code: string, options?: ExecuteOptions): Promise<Executed>;
  /** Restarts MicroPython and ends the line. */
  reset(): Promise<void>;
  /** Leaves MicroPython at its prompt and ends the line. */
  close(): Promise<void>;
}

export interface ExecuteOptions {
  /** 30 s when left out. */
  readonly timeoutMs?: number;
  /** Gets output as it comes, one character per byte. */
  readonly show?: (text: string) => void;
}

/** Emulators on a busy machine are slow. */
const USUAL_MS = 30_000;

/**
 * Interrupts what runs on the other end of a line and takes over its MicroPython. The line is closed when that fails.
 * @throws NatmodError `no-repl`, `line-closed`
 */
export async function takeBoard(link: Link): Promise<Board> {
  const repl = await converse(link, enterRawRepl()).catch(async (error) => {
    await link.close();
    throw error;
  });
  return {
    name: link.name,
    async execute(code, { timeoutMs = USUAL_MS, show } = {}) {
      const start = performance.now();
      try {
        return await converse(link, execute(repl, code, timeoutMs, show !== undefined), show && withLineEnds(show));
      } catch (error) {
        if (!(error instanceof LineTimeout)) throw error;
        // An answer that the protocol asks for at once has a time of its own.
        const isEarly = performance.now() - start < timeoutMs * 0.9;
        throw new BoardTimeout(link.name, isEarly ? undefined : timeoutMs, error.received);
      }
    },
    async reset() {
      await converse(link, softReset()).finally(() => link.close());
    },
    async close() {
      await converse(link, leaveRawRepl()).catch(() => {});
      await link.close();
    },
  };
}

/** Boards end lines with CR LF; the two may come one by one. */
function withLineEnds(show: (text: string) => void): (text: string) => void {
  let held = '';
  return (text) => {
    const all = held + text;
    held = all.endsWith('\r') ? '\r' : '';
    show(all.slice(0, all.length - held.length).replaceAll('\r\n', '\n'));
  };
}

/** The board did not come to an end in time. */
export class BoardTimeout extends NatmodError {
  readonly received: string;

  /** @param timeoutMs undefined when it stopped in the middle of the protocol */
  constructor(name: string, timeoutMs: number | undefined, received: string) {
    const tail = received.trim().slice(-300);
    const shown = tail === '' ? 'without any output' : `the last output was ${JSON.stringify(tail)}`;
    const what = timeoutMs === undefined ? 'the board has stopped answering' : `no end after ${timeoutMs / 1000} s`;
    super({ code: 'timeout', message: `${name}: ${what}; ${shown}` });
    this.received = received;
  }
}

/**
 * Runs code that must not fail.
 * @returns what it printed
 * @throws NatmodError `out-of-memory` or `board-error` with the traceback's last line
 */
export async function mustExecute(board: Board, code: string, what: string): Promise<string> {
  const { output, error } = await board.execute(code);
  if (error === '') return output;
  const last = error.trim().split('\n').at(-1) ?? '';
  if (/^MemoryError/.test(last)) fail('out-of-memory', `${board.name}: out of memory on the board while ${what}`);
  return fail('board-error', `${board.name}: ${what} failed: ${last}`);
}

/**
 * Asks the board what it is.
 * @throws NatmodError `board-error` when the answer makes no sense
 */
export async function askImplementation(board: Board): Promise<Implementation> {
  const text = await mustExecute(board, ASK_IMPLEMENTATION, 'asking for sys.implementation');
  return readImplementation(text) ?? fail('board-error', `${board.name}: strange answer ${JSON.stringify(text)}`);
}
