import { formatProblem, NatmodError, type Problem } from '../../natmod-rules/problem.ts';
import { letReadersGo } from '../bootstrap/closed-readers.mjs';

/** Ends a task after its problems were printed: gulp prints the one line and exits with status 1. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';

  constructor(summary: string) {
    super(summary);
    // Gulp prints the stack of an error. Everything there is to know has been printed already.
    this.stack = summary;
  }
}

/** Runs the body of a task. A failure the user can mend is printed once, without a stack; other errors pass. */
export async function runTask(body: () => Promise<void> | void): Promise<void> {
  // Gulp runs each task in a domain, which costs a good part of a build: every promise and every process is tracked. What a
  // domain would catch is a bug here, and its stack is told without.
  (process as { domain?: { exit(): void } }).domain?.exit();
  letReadersGo();
  try {
    await body();
  } catch (error) {
    if (!(error instanceof NatmodError)) throw error;
    printProblems(error.problems);
    throw new TaskFailure(hasTold ? 'stopped there' : 'nothing was done');
  }
}

const silent = process.argv.includes('--silent') || process.argv.includes('-S');

/** What a task did is told with lines. */
let hasTold = false;

/** One line in gulp's own style. */
export function printLine(text: string): void {
  hasTold = true;
  if (!silent) log(process.stdout, text);
}

/** As fancy-log does it for gulp. That makes a formatter of times for each line, which takes longer than linking a module. */
function log(stream: NodeJS.WriteStream, text: string): void {
  const time = new Date().toTimeString().slice(0, 8);
  stream.write(`[${wantsColor ? `\u001b[35m${time}\u001b[39m` : time}] ${text}\n`);
}

/** The one printer of failures and warnings. `subject` says what was being made. */
export function printProblems(problems: readonly Problem[], subject = '', kind: 'error' | 'warning' = 'error'): void {
  for (const problem of problems) {
    const label = kind === 'error' ? red('error') : yellow('warning');
    log(process.stderr, `${subject === '' ? '' : `${subject}: `}${label}: ${formatProblem(problem)}`);
  }
}

/** What a compiler printed, as it printed it. */
export function printOutput(text: string): void {
  const whole = shortened(text);
  if (whole !== '') process.stderr.write(whole.endsWith('\n') ? whole : `${whole}\n`);
}

const MAX_PRINTED = 100 * 1024;

/** What a program printed, as much of it as anybody could read. */
export function shortened(text: string): string {
  if (text.length <= MAX_PRINTED) return text;
  return `${text.slice(0, MAX_PRINTED)}\n[${text.length - MAX_PRINTED} more characters are left out]\n`;
}

/** Whether people look at standard error, where compilers print. */
export const wantsColor =
  !process.argv.includes('--no-color') &&
  (process.argv.includes('--color') || (process.stderr.isTTY === true && process.env.NO_COLOR === undefined));

function paint(code: number, text: string): string {
  return wantsColor ? `\u001b[${code}m${text}\u001b[39m` : text;
}

export const red = (text: string) => paint(31, text);
export const green = (text: string) => paint(32, text);
export const yellow = (text: string) => paint(33, text);
export const cyan = (text: string) => paint(36, text);

const printed = new Set<string>();

/** Prints what several modules have in common only the first time. */
export function printOnce(line: string): void {
  if (!printed.has(line)) printLine(line);
  printed.add(line);
}
