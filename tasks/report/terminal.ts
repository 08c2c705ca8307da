import { joinWords } from '../../natmod-rules/compile/index.ts';
import { formatProblem } from '../../natmod-rules/problem.ts';
import type { Event, Logger, Tone } from './events.ts';

/** Where a logger writes. */
export interface Streams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

const COLORS: Readonly<Record<Tone, number>> = { good: 32, bad: 31, doubtful: 33 };
const TIME_COLOR = 35;

/** Lines for people, in gulp's own style. */
export function terminalLogger(streams: Streams, color: boolean): Logger {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[39m` : text);
  return (event) => {
    const raw = rawText(event);
    if (raw !== undefined) return write(streams, raw.to, raw.text);
    const line = lineOf(event, (tone, word) => paint(COLORS[tone], word));
    if (line === undefined) return undefined;
    // As fancy-log does it for gulp. That makes a formatter of times for each line, which takes longer than linking a
    // module.
    const time = new Date().toTimeString().slice(0, 8);
    return write(streams, isFault(event) ? 'err' : 'out', `[${paint(TIME_COLOR, time)}] ${line}\n`);
  };
}

/** What is wrong and what was asked for, and nothing else. */
export function quietLogger(streams: Streams, color: boolean): Logger {
  const log = terminalLogger(streams, color);
  const kept: ReadonlySet<Event['kind']> = new Set(['problem', 'output', 'result', 'script', 'task']);
  return (event) => {
    if (kept.has(event.kind)) log(event);
  };
}

/** One JSON object for each event, on a line of its own, with the time. */
export function jsonLogger(streams: Streams): Logger {
  return (event) => {
    const shown =
      event.kind === 'script' ? { kind: event.kind, output: Buffer.from(event.output).toString('utf8') } : event;
    write(streams, 'out', `${JSON.stringify({ time: new Date().toISOString(), ...shown })}\n`);
  };
}

function write(streams: Streams, to: keyof Streams, text: string | Uint8Array): void {
  streams[to].write(text);
}

/** Text that is passed on as it is. */
function rawText(event: Event): { to: keyof Streams; text: string | Uint8Array } | undefined {
  if (event.kind === 'result') return { to: 'out', text: event.text };
  if (event.kind === 'script') return { to: 'out', text: event.output };
  if (event.kind === 'output') return { to: 'err', text: event.text.endsWith('\n') ? event.text : `${event.text}\n` };
  return undefined;
}

function isFault(event: Event): boolean {
  return event.kind === 'problem' || (event.kind === 'task' && !event.ok);
}

/** Undefined where people need no line. */
function lineOf(event: Event, paint: (tone: Tone, word: string) => string): string | undefined {
  switch (event.kind) {
    case 'problem': {
      const label = event.severity === 'error' ? paint('bad', 'error') : paint('doubtful', 'warning');
      return `${event.subject === '' ? '' : `${event.subject}: `}${label}: ${formatProblem(event)}`;
    }
    case 'built': {
      const { sizes, bytes, change, ms } = event;
      const parts = sizes === undefined ? '' : `text ${sizes.text}, rodata ${sizes.rodata}, bss ${sizes.bss}, `;
      const changed = change === undefined ? '' : ` (${change < 0 ? '' : '+'}${change})`;
      const time = ms === undefined ? '' : `, ${Math.round(ms)} ms`;
      return `${paint('good', event.word)} ${subject(event).padEnd(20)} ${parts}file ${bytes} bytes${changed}${time}`;
    }
    case 'up-to-date':
      return `${subject(event)} is up to date`;
    case 'left-out':
      return `${paint('doubtful', 'left out')} ${event.names.join(', ')}: ${event.reason}`;
    case 'summary':
      return counts(event);
    case 'progress':
      return `${event.done} of ${event.total} done`;
    case 'command':
      return joinWords(event.words);
    case 'status':
      return `${paint(event.tone, event.word)} ${event.text}`;
    case 'note':
      return event.text;
    case 'task':
      return event.ok ? undefined : `'${event.name}' failed: ${event.summary}`;
    default:
      return undefined;
  }
}

function subject({ module, arch }: { readonly module: string; readonly arch: string }): string {
  return arch === '' ? module : `${module} ${arch}`;
}

function counts({ built, upToDate, failed, leftOut }: Event & { kind: 'summary' }): string {
  const parts = built > 0 || upToDate === 0 ? [`${built} built`] : [];
  if (upToDate > 0) parts.push(`${upToDate} up to date`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (leftOut > 0) parts.push(`${leftOut} left out`);
  return parts.join(', ');
}
