import type { Problem } from '../../natmod-rules/problem.ts';
import type { Event, Logger, Tone } from './events.ts';

/** Ends a task after its problems were told: what is left to say fits into one line, and the exit status is 1. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';

  constructor(summary: string) {
    super(summary);
    // Gulp prints the stack of an error. Everything there is to know has been told already.
    this.stack = summary;
  }
}

/**
 * What tasks and the code below them tell goes through one of these. It belongs to one run; nothing is shared by two.
 */
export class Report {
  readonly #log: Logger;
  readonly #said = new Set<string>();
  #hasTold = false;

  /** Whether people look at standard error, where compilers print. */
  readonly color: boolean;
  /** Whether command lines and the like are wanted. */
  readonly verbose: boolean;

  /** @param log gets what is told */
  constructor(log: Logger, { color = false, verbose = false }: { color?: boolean; verbose?: boolean } = {}) {
    this.#log = log;
    this.color = color;
    this.verbose = verbose;
  }

  emit(event: Event): void {
    if (event.kind !== 'problem' && event.kind !== 'output' && event.kind !== 'task') this.#hasTold = true;
    this.#log(event);
  }

  /** Whether anything was told of what was done. */
  get hasTold(): boolean {
    return this.#hasTold;
  }

  note(text: string): void {
    this.emit({ kind: 'note', text });
  }

  /** Tells what several modules have in common only the first time. */
  noteOnce(text: string): void {
    if (!this.#said.has(text)) this.note(text);
    this.#said.add(text);
  }

  statusOnce(tone: Tone, word: string, text: string): void {
    if (!this.#said.has(text)) this.status(tone, word, text);
    this.#said.add(text);
  }

  status(tone: Tone, word: string, text: string): void {
    this.emit({ kind: 'status', tone, word, text });
  }

  /** @param subject what was being made */
  problems(problems: readonly Problem[], subject = '', severity: 'error' | 'warning' = 'error'): void {
    for (const problem of problems) this.emit({ kind: 'problem', severity, subject, ...problem });
  }

  /** A program is about to be started. */
  command(words: readonly string[]): void {
    if (this.verbose) this.emit({ kind: 'command', words });
  }

  /** What a program printed. */
  output(text: string): void {
    if (text !== '') this.emit({ kind: 'output', text: shortened(text) });
  }

  /** What the user asked to see. */
  show(text: string): void {
    this.emit({ kind: 'result', text });
  }
}

const MAX_PRINTED = 100 * 1024;

/** What a program printed, as much of it as anybody could read. */
export function shortened(text: string): string {
  if (text.length <= MAX_PRINTED) return text;
  return `${text.slice(0, MAX_PRINTED)}\n[${text.length - MAX_PRINTED} more characters are left out]\n`;
}

/** For callers that want values only. */
export const silentReport = (): Report => new Report(() => {});
