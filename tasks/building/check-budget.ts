import { fail, type Problem } from '../../natmod-rules/problem.ts';
import type { Budget } from '../../natmod-rules/size/index.ts';
import { nearest } from '../options/nearest.ts';
import { type Report, TaskFailure } from '../report/report.ts';

interface Bounded {
  readonly module: string;
  readonly arch: string;
}

/**
 * Tells of every module that is over its bound.
 * @throws NatmodError `bad-option` for a bound of a module that is not there
 * @throws TaskFailure when one is over it
 */
export function checkBudget<T extends Bounded>(
  all: readonly T[],
  budget: Budget,
  report: Report,
  problemOf: (one: T, budget: Budget) => Problem | undefined,
): void {
  const known = new Set(all.map(({ module }) => module));
  for (const name of budget.named.keys()) {
    if (known.has(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? `built were ${[...known].join(', ')}` : `did you mean ${near}?`;
    fail('bad-option', `--budget names '${name}', and no such module was built`, undefined, hint);
  }
  const over = all.flatMap((one) => {
    const problem = problemOf(one, budget);
    if (problem === undefined) return [];
    report.problems([problem], `${one.module} ${one.arch}`);
    return [`${one.module} (${one.arch})`];
  });
  if (over.length > 0) throw new TaskFailure(`over budget: ${over.join(', ')}`);
}
