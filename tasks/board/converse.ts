import { LineTimeout, type Step, type Talk } from '../../natmod-rules/runtime/talk.ts';
import { type Link, lineClosed } from './link.ts';

/**
 * Runs a conversation over a line.
 * @param show gets output that the conversation passes on, one character per byte
 * @throws LineTimeout when a step takes too long and the conversation does not deal with it; NatmodError `line-closed`
 */
export async function converse<T>(link: Link, talk: Talk<T>, show: (text: string) => void = () => {}): Promise<T> {
  let next = talk.next();
  while (!next.done) {
    let answer: string;
    try {
      answer = await doStep(link, next.value, show);
    } catch (error) {
      next = talk.throw(error);
      continue;
    }
    next = talk.next(answer);
  }
  return next.value;
}

async function doStep(link: Link, step: Step, show: (text: string) => void): Promise<string> {
  switch (step.kind) {
    case 'write':
      await link.write(step.bytes);
      return '';
    case 'until':
      return readUntil(link, step, show);
    case 'take':
      return takeBytes(link, step.count, step.timeoutMs);
    case 'poll':
      return split(link, link.readAll(), step.count);
    case 'drain':
      return drain(link, step.silenceMs);
  }
}

/** Waits for more, or throws. */
async function more(link: Link, deadline: number, received: string): Promise<string> {
  for (;;) {
    const text = link.readAll();
    if (text !== '') return text;
    const reason = link.closed();
    if (reason !== undefined) lineClosed(link.name, reason, received);
    const left = deadline - Date.now();
    if (left <= 0) throw new LineTimeout(received);
    await link.waitForData(left);
  }
}

/**
 * Characters of an answer that are kept; of a longer one the middle is dropped, so that a board cannot fill the memory.
 */
const MAX_TEXT = 1024 * 1024;
const KEPT_TEXT = MAX_TEXT / 4;

async function readUntil(
  link: Link,
  { mark, timeoutMs, show: wanted }: Extract<Step, { kind: 'until' }>,
  show: (text: string) => void,
): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  let text = '';
  let shown = 0;
  for (;;) {
    if (text.length > MAX_TEXT) {
      // What was shown is gone for good; a mark that has begun is at the end.
      text = `${text.slice(0, KEPT_TEXT)}\r\n[...]\r\n${text.slice(-KEPT_TEXT)}`;
      shown = text.length - Math.min(KEPT_TEXT, mark.length - 1);
    }
    const from = Math.max(0, text.length - mark.length);
    text += await more(link, deadline, text);
    const at = text.indexOf(mark, from);
    const end = at < 0 ? text.length - mark.length + 1 : at;
    if (wanted && end > shown) {
      show(text.slice(shown, end));
      shown = end;
    }
    if (at < 0) continue;
    link.unread(text.slice(at + mark.length));
    return text.slice(0, at + mark.length);
  }
}

async function takeBytes(link: Link, count: number, timeoutMs: number): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  let text = '';
  while (text.length < count) text += await more(link, deadline, text);
  return split(link, text, count);
}

function split(link: Link, text: string, count: number): string {
  if (text.length > count) link.unread(text.slice(count));
  return text.slice(0, count);
}

async function drain(link: Link, silenceMs: number): Promise<string> {
  const deadline = Date.now() + silenceMs * 10;
  let text = '';
  for (;;) {
    await link.waitForData(silenceMs);
    const some = link.readAll();
    if (some === '' || Date.now() > deadline) return text;
    text = (text + some).slice(-4096);
  }
}
