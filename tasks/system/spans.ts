/**
 * What takes time, as spans on a channel of Node's: whoever does something publishes it, and nothing is kept unless
 * somebody listens. Two builds in one process that both listen see each other's spans.
 */
import { channel } from 'node:diagnostics_channel';
import { basename } from 'node:path';
import { writeWhole } from './files.ts';

/** Times are milliseconds of `performance.now()`. */
export interface Span {
  readonly name: string;
  /** Of what kind it is: `process`, `pass`, `module`. */
  readonly category: string;
  readonly start: number;
  readonly end: number;
  readonly details?: Readonly<Record<string, string | number>>;
}

const spans = channel('natmod:span');

/** Whether anybody wants to know. */
export function isTraced(): boolean {
  return spans.hasSubscribers;
}

export function publishSpan(span: Span): void {
  spans.publish(span);
}

/** Publishes a process that has ended; `start` is when it was started. */
export function publishProcess(command: readonly string[], start: number): void {
  if (!isTraced()) return;
  const name = basename(command[0] ?? '');
  publishSpan({ name, category: 'process', start, end: performance.now(), details: { command: command.join(' ') } });
}

/** Does something and publishes how long that took. */
export async function spanned<T>(
  span: Pick<Span, 'name' | 'category' | 'details'>,
  work: () => Promise<T>,
): Promise<T> {
  if (!isTraced()) return work();
  const start = performance.now();
  try {
    return await work();
  } finally {
    publishSpan({ ...span, start, end: performance.now() });
  }
}

/**
 * Does something and writes all spans of it to a file, in Chrome's format for traces: chrome://tracing and Perfetto
 * show it.
 * @param file undefined: nothing is written, and nothing costs anything
 */
export async function traceTo<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  if (file === undefined) return work();
  const found: Span[] = [];
  const take = (span: unknown) => {
    found.push(span as Span);
  };
  spans.subscribe(take);
  try {
    return await work();
  } finally {
    spans.unsubscribe(take);
    writeWhole(file, chromeTrace(found));
  }
}

/** Trace Event Format, complete events: times in microseconds, one row (`tid`) for what does not overlap. */
function chromeTrace(found: readonly Span[]): string {
  const rows = new Map<string, number[]>();
  const names: object[] = [];
  const events = [...found]
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .map(({ name, category, start, end, details }) => {
      const ends = rows.get(category) ?? [];
      rows.set(category, ends);
      const free = ends.findIndex((until) => until <= start);
      const row = free < 0 ? ends.length : free;
      ends[row] = end;
      const tid = `${category} ${row + 1}`;
      const times = { ts: Math.round(start * 1000), dur: Math.round((end - start) * 1000) };
      return { name, cat: category, ph: 'X', pid: process.pid, tid, ...times, args: details ?? {} };
    });
  const tids = [...new Set(events.map(({ tid }) => tid))].sort();
  const numbers = new Map(tids.map((tid, i) => [tid, i + 1]));
  for (const [tid, number] of numbers)
    names.push({ name: 'thread_name', ph: 'M', pid: process.pid, tid: number, args: { name: tid } });
  const traceEvents = [...names, ...events.map((event) => ({ ...event, tid: numbers.get(event.tid) }))];
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents })}\n`;
}
