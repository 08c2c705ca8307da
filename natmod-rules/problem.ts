/**
 * What can go wrong through no fault of ours, as a value. Every layer reports user-caused failures as `Problem`s
 * carried by a `NatmodError`; `formatProblem` is the one printer. Any other exception is a bug in natmod and keeps its
 * stack.
 */

import type { ProblemCode } from './problems.ts';

export type { ProblemCode };

/** Where a problem is. Every field is optional; the printer shows those that are known. */
export interface Place {
  /** Object, source, archive or .mpy file, as the user named it. */
  readonly file?: string;
  /** Archive member inside `file`. */
  readonly member?: string;
  readonly section?: string;
  /** Byte offset inside `section`, or inside the file when there is no section. */
  readonly offset?: number;
  readonly symbol?: string;
  /** 1-based line of a text file. */
  readonly line?: number;
}

export interface Problem {
  readonly code: ProblemCode;
  /** One sentence without a final full stop: what is wrong. */
  readonly message: string;
  readonly where?: Place;
  /** What the user can do about it. */
  readonly hint?: string;
}

/** Carries one or more problems to the place that prints them. */
export class NatmodError extends Error {
  override readonly name = 'NatmodError';
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(formatProblem).join('\n'));
    this.problems = list;
  }
}

/** Throws one problem; the return type lets it stand where a value is wanted. */
export function fail(code: ProblemCode, message: string, where?: Place, hint?: string): never {
  throw new NatmodError({ code, message, where, hint });
}

/**
 * The problems that an error carries, for those who can go on with them.
 * @throws the error itself when it carries none: then it is a bug, and must not be lost
 */
export function problemsIn(error: unknown): readonly Problem[] {
  if (error instanceof NatmodError) return error.problems;
  throw error;
}

/** Does `work`; its problems come out as `change` makes them, and any other error as it is. */
export function changeProblems<T>(work: () => T, change: (problem: Problem) => Problem): T {
  try {
    return work();
  } catch (error) {
    throw new NatmodError(problemsIn(error).map(change));
  }
}

/** `file:member:(section+0x10): message`, with the hint indented below. */
export function formatProblem(problem: Problem): string {
  const place = formatPlace(problem.where);
  const head = place === '' ? problem.message : `${place}: ${problem.message}`;
  return printable(problem.hint === undefined ? head : `${head}\n  ${problem.hint.replaceAll('\n', '\n  ')}`);
}

/** Names come from files, and what a terminal would obey is shown in its place: `\\x1b`. Line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(CONTROL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

// C0 but tab and line feed, DEL, C1, and the marks that turn the direction of writing.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** The place in the notation linkers use; empty when nothing is known. */
export function formatPlace(where: Place | undefined): string {
  if (where === undefined) return '';
  let text = where.file ?? '';
  if (where.member !== undefined) text += `(${where.member})`;
  if (where.line !== undefined) text += `:${where.line}`;
  if (where.section !== undefined) {
    const offset = where.offset === undefined ? '' : `+0x${where.offset.toString(16)}`;
    text += `${text === '' ? '' : ':'}(${where.section}${offset})`;
  } else if (where.offset !== undefined) {
    text += `${text === '' ? '' : ' '}at offset 0x${where.offset.toString(16)}`;
  }
  return text;
}
