import { formatProblem, NatmodError } from '../../natmod-rules/problem.ts';

/**
 * Runs a program that is no task of gulp. A failure the user can mend is printed to standard error; other errors pass.
 * @returns exit status: that of the body, or 0; 1 after a failure
 */
export async function runProgram(name: string, body: () => Promise<number | undefined>): Promise<number> {
  try {
    return (await body()) ?? 0;
  } catch (error) {
    if (!(error instanceof NatmodError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${name}: error: ${formatProblem(problem)}\n`);
    return 1;
  }
}
