import { crashDump, DUMP_BEGINNING, hasCrashDump } from '../../natmod-rules/debug/where/index.ts';
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
import { isOutOfMemory, lastLine } from '../../natmod-rules/runtime/messages.ts';
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
      const watch = watchForCrash(link);
      const shown = show && withLineEnds(show);
      const see = (text: string) => {
        watch.see(text);
        shown?.(text);
      };
      try {
        return await converse(link, execute(repl, code, timeoutMs, true), see);
      } catch (error) {
        if (watch.hasCrashed()) throw new BoardCrash(link.name, watch.output());
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
      // A board that does not answer any more is left as it is.
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

/** Output behind a dump is waited for so long. */
const DUMP_MS = 500;
/** Characters that are kept of what a script printed. */
const KEPT = 256 * 1024;

/** Ends the line when the dump of a crash has come: what follows is silence, or a board that starts anew. */
function watchForCrash(link: Link) {
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  return {
    output: () => output,
    hasCrashed: () => timer !== undefined,
    see(text: string) {
      output = (output + text).slice(-KEPT);
      if (timer === undefined && !hasCrashDump(output.slice(-text.length - DUMP_BEGINNING))) return;
      clearTimeout(timer);
      timer = setTimeout(() => link.close(), DUMP_MS);
    },
  };
}

/** MicroPython on the board has crashed; the line is closed. */
export class BoardCrash extends NatmodError {
  readonly received: string;

  constructor(name: string, received: string) {
    const [head = ''] = crashDump(received)?.trim().split(/\r?\n/) ?? [];
    super({ code: 'board-crashed', message: `${name}: MicroPython has crashed: ${head.replace(/:$/, '')}` });
    this.received = received;
  }
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
  const last = lastLine(error);
  if (isOutOfMemory(last)) fail('out-of-memory', `${board.name}: out of memory on the board while ${what}`);
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
