/**
 * MicroPython's raw REPL and its raw-paste mode with flow control, as described in MicroPython's
 * `docs/reference/repl.rst`.
 */

import { fail } from '../problem.ts';
import { decodeText, LineTimeout, readUntil, type Talk, write } from './talk.ts';

const INTERRUPT = '\x03';
const RAW = '\x01';
const FRIENDLY = '\x02';
const END = '\x04';
const RAW_BANNER = 'raw REPL; CTRL-B to exit\r\n';
/** Raw-paste asks to be let in with this word. */
const PASTE = '\x05A\x01';

/** For something that may be no MicroPython. */
const ENTER_MS = 5_000;
/** For a MicroPython that answers at once, but may be emulated on a busy machine. */
const ANSWER_MS = 20_000;
/** Without flow control a slow board gets so many bytes at a time. */
const SLOW_BYTES = 64;

/** What a board can do on this line; found out once. */
export interface RawRepl {
  paste: boolean;
}

/** What came of one piece of code. */
export interface Executed {
  readonly output: string;
  /** Traceback of an uncaught exception; empty when all went well. */
  readonly error: string;
}

/**
 * Interrupts whatever runs and enters the raw REPL. Garbage on the line is skipped.
 * @param tries how often to ask before giving up, 1 or more
 * @throws NatmodError `no-repl` when nothing that speaks raw REPL answers
 */
export function* enterRawRepl(tries = 3): Talk<RawRepl> {
  let received = '';
  for (let attempt = 0; attempt < tries; attempt++) {
    try {
      yield* write(`\r${INTERRUPT}${INTERRUPT}`);
      yield { kind: 'drain', silenceMs: 100 };
      yield* write(`\r${RAW}`);
      yield* readUntil(`${RAW_BANNER}>`, attempt === 0 ? 1_000 : ENTER_MS);
      // Answers to earlier tries may still be on their way; what comes behind this one is an answer to what follows.
      yield* write(`print('natmod','ready',${attempt})${END}`);
      yield* readUntil(`natmod ready ${attempt}\r\n${END}${END}>`, ENTER_MS);
      return { paste: true };
    } catch (error) {
      if (!(error instanceof LineTimeout)) throw error;
      received = error.received;
    }
  }
  return fail('no-repl', `no MicroPython answers${heard(received)}`, undefined, WHAT_TO_CHECK);
}

const WHAT_TO_CHECK =
  'check that it is the right port, that no other program uses it, and that the board runs MicroPython; a reset may help';

/** Leaves the raw REPL for the friendly one. */
export function* leaveRawRepl(): Talk<void> {
  yield* write(`\r${FRIENDLY}`);
}

/** Restarts MicroPython on the board, which runs its boot.py and main.py, without waiting for the end of them. */
export function* softReset(): Talk<void> {
  yield* write(`\r${FRIENDLY}`);
  yield { kind: 'drain', silenceMs: 50 };
  yield* write(END);
}

/**
 * Runs Python code and waits for its end.
 * @param timeoutMs for the whole run of the code
 * @param show whether the output is passed on while it comes
 * @throws NatmodError `no-repl` when the board stops speaking the protocol; LineTimeout when the code takes too long
 */
export function* execute(repl: RawRepl, code: string, timeoutMs: number, show = false): Talk<Executed> {
  const bytes = new TextEncoder().encode(code);
  if (!(repl.paste && (yield* paste(repl, bytes)))) yield* sendSlowly(bytes);
  const output = yield* readUntil(END, timeoutMs, show);
  const error = yield* readUntil(END, timeoutMs);
  yield* readUntil('>', ANSWER_MS);
  return { output: tidy(output), error: tidy(error) };
}

/** @returns false when the board knows no raw-paste mode, so that nothing was sent */
function* paste(repl: RawRepl, bytes: Uint8Array): Talk<boolean> {
  yield* write(PASTE);
  const answer = yield { kind: 'take', count: 2, timeoutMs: ANSWER_MS };
  if (answer !== 'R\x01') {
    repl.paste = false;
    // Firmware before 1.14 takes the last byte for Ctrl-A and prints the banner, which begins with these letters.
    if (answer === 'ra') yield* readUntil('>', ANSWER_MS);
    else if (answer !== 'R\x00') unexpected('raw-paste mode', answer);
    return false;
  }
  const size = yield { kind: 'take', count: 2, timeoutMs: ANSWER_MS };
  const step = size.charCodeAt(0) | (size.charCodeAt(1) << 8);
  if (step === 0) unexpected('the size of the window', size);
  let window = step;
  for (let at = 0; at < bytes.length; ) {
    // Also between full windows: the board ends early when it cannot compile or has no memory left.
    for (;;) {
      const signal: string =
        window === 0 ? yield { kind: 'take', count: 1, timeoutMs: ANSWER_MS } : yield { kind: 'poll', count: 1 };
      if (signal === '') break;
      if (signal === END) return yield* pasteEnded();
      if (signal !== '\x01') unexpected('flow control', signal);
      window += step;
    }
    const count = Math.min(window, bytes.length - at);
    yield* write(bytes.subarray(at, at + count));
    at += count;
    window -= count;
  }
  yield* write(END);
  const rest = yield* readUntil(END, ANSWER_MS);
  if (/[^\x01]/.test(rest)) unexpected('the end of the code', rest);
  return true;
}

/** The board wants no more; the traceback follows as always. */
function* pasteEnded(): Talk<boolean> {
  yield* write(END);
  return true;
}

/** Raw mode has no flow control: the line would lose bytes if they came faster than the board reads. */
function* sendSlowly(bytes: Uint8Array): Talk<void> {
  for (let at = 0; at < bytes.length; at += SLOW_BYTES) {
    yield* write(bytes.subarray(at, at + SLOW_BYTES));
    yield { kind: 'drain', silenceMs: 5 };
  }
  yield* write(END);
  const answer = yield { kind: 'take', count: 2, timeoutMs: ANSWER_MS };
  if (answer !== 'OK') unexpected('the code', answer);
}

function unexpected(what: string, answer: string): never {
  return fail('no-repl', `the board does not speak raw REPL: strange answer to ${what}${heard(answer)}`);
}

function heard(received: string): string {
  return received === '' ? '' : `; it sent ${JSON.stringify(received.slice(-60))}`;
}

function tidy(latin1: string): string {
  return decodeText(latin1).replaceAll('\r\n', '\n');
}
