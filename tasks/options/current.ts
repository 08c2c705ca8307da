import { problemsIn } from '../../natmod-rules/problem.ts';
import { openReport } from '../report/open.ts';
import { type Report, TaskFailure } from '../report/report.ts';
import type { CommandLine } from './command-line.ts';
import type { Options } from './options.ts';

/** The report that a command line asks for. Words that are wrong in it are told later, when its options are read. */
export function reportFor({ values, foreign, assignments }: CommandLine): Report {
  const asked = values.get('log')?.at(-1);
  const log = foreign.has('silent') || asked === 'quiet' ? 'quiet' : asked === 'json' ? 'json' : 'text';
  const color = foreign.has('no-color') ? false : foreign.has('color') ? true : undefined;
  const verbose = values.has('verbose') || assignments.some(({ name, value }) => name === 'V' && !/^0?$/.test(value));
  return openReport({ log, color, verbose });
}

/**
 * Runs the body of a task. A failure the user can mend is told once, without a stack; other errors pass.
 * @param read the options, which may be wrong
 * @throws TaskFailure
 */
export async function runBody(
  report: Report,
  read: () => Options,
  body: (options: Options) => Promise<void>,
): Promise<void> {
  try {
    await body(read());
  } catch (error) {
    if (error instanceof TaskFailure) throw error;
    report.problems(problemsIn(error));
    throw new TaskFailure(report.hasTold ? 'stopped there' : 'nothing was done');
  }
}
