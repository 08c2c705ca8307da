import { NatmodError, type Problem } from '../../natmod-rules/problem.ts';

/** The first problem that something ends in; undefined when it ends well. Other errors pass. */
export async function problemOf(body: () => unknown): Promise<Problem | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    if (error instanceof NatmodError) return error.problems[0];
    throw error;
  }
}
