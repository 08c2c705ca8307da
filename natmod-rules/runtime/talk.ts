/**
 * Conversations with a board as values: a protocol is a generator that says what it wants to send or to read, and
 * whoever runs it owns the line. So a protocol needs no clock and no device, and tests can play the board.
 */

/** What a protocol wants next. Times are in milliseconds. */
export type Step =
  /** Send these bytes; the answer is empty. */
  | { readonly kind: 'write'; readonly bytes: Uint8Array }
  /** Read up to and including the mark. With `show`, what comes before the mark is passed on as it comes. */
  | { readonly kind: 'until'; readonly mark: string; readonly timeoutMs: number; readonly show?: boolean }
  /** Read exactly so many bytes. */
  | { readonly kind: 'take'; readonly count: number; readonly timeoutMs: number }
  /** Read what is there already, at most so many bytes; never waits. */
  | { readonly kind: 'poll'; readonly count: number }
  /** Read and forget everything until the line is silent for that long, or for ten times as long in all. */
  | { readonly kind: 'drain'; readonly silenceMs: number };

/** A conversation: yields steps, gets the bytes read as a string of one character per byte. */
export type Talk<T> = Generator<Step, T, string>;

/** Thrown into a conversation when a step takes too long. */
export class LineTimeout extends Error {
  override readonly name = 'LineTimeout';
  /** What had come till then. */
  readonly received: string;

  constructor(received: string) {
    super('no answer in time');
    this.received = received;
  }
}

export function* write(bytes: Uint8Array | string): Talk<void> {
  yield { kind: 'write', bytes: typeof bytes === 'string' ? fromLatin1(bytes) : bytes };
}

/** The text before the mark. */
export function* readUntil(mark: string, timeoutMs: number, show = false): Talk<string> {
  const text = yield { kind: 'until', mark, timeoutMs, show };
  return text.slice(0, text.length - mark.length);
}

/** One character per byte. */
export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

export function toLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Text that came as bytes, as the board meant it. */
export function decodeText(latin1: string): string {
  return new TextDecoder().decode(fromLatin1(latin1));
}
