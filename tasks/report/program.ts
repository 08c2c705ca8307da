import { formatProblem, problemsIn } from '../../natmod-rules/problem.ts';

/**
 * Runs a program that is no public task. A failure the user can mend is printed to standard error; other errors pass.
 * @returns exit status: that of the body, or 0; 1 after a failure
 */
export async function runProgram(name: string, body: () => Promise<number | undefined>): Promise<number> {
  try {
    return (await body()) ?? 0;
  } catch (error) {
    for (const problem of problemsIn(error)) process.stderr.write(`${name}: error: ${formatProblem(problem)}\n`);
    return 1;
  }
}

/** Prints what such a program was asked for. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Prints what is good to know about it, where nobody reads it as the answer. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}
