/** What the user wants to see of the linker's passes: the program behind one of them, and how long each takes. */
import type { PassEvent } from '../../natmod-rules/link/driver.ts';
import { passNames } from '../../natmod-rules/link/driver.ts';
import { dumpState } from '../../natmod-rules/link/explain/dump.ts';
import type { LinkOptions } from '../../natmod-rules/link/index.ts';
import { PIPELINE } from '../../natmod-rules/link/pipeline.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { isTraced, publishSpan } from '../system/spans.ts';

export interface PassWishes {
  /** Names of passes. */
  readonly dumpAfter: readonly string[];
  readonly timePasses: boolean;
  /** See that the program is whole behind every pass. */
  readonly check: boolean;
}

export interface PassWatch {
  /** What `link` is given for that. */
  readonly options: Pick<LinkOptions, 'observer' | 'check'>;
  /** To be called behind the link. */
  end(): void;
}

/** Whether the linker has to run for them. */
export function areWished({ dumpAfter, timePasses, check }: PassWishes): boolean {
  return dumpAfter.length > 0 || timePasses || check;
}

/** Errors: `unknown-pass`. */
export function checkPassNames({ dumpAfter }: PassWishes): void {
  const known = passNames(PIPELINE.steps);
  const wrong = dumpAfter.find((name) => !known.includes(name));
  if (wrong !== undefined)
    fail('unknown-pass', `the linker has no pass '${wrong}'`, undefined, `in order: ${known.join(' ')}`);
}

/**
 * @param subject what is linked
 * @param tell gets what was asked for, as lines
 */
export function watchPasses(wishes: PassWishes, subject: string, tell: (text: string) => void): PassWatch {
  // Our own tests see to it that no pass ever leaves a broken program.
  const check = wishes.check || process.env.NATMOD_TEST === '1';
  if (!areWished(wishes) && !isTraced()) return { options: { check }, end() {} };
  const times = new Map<string, { ms: number; runs: number }>();
  const passed: Required<NonNullable<LinkOptions['observer']>>['passed'] = (event, state) => {
    const { pass, start, end } = event;
    const before = times.get(pass) ?? { ms: 0, runs: 0 };
    times.set(pass, { ms: before.ms + end - start, runs: before.runs + 1 });
    if (isTraced()) publishSpan({ name: pass, category: 'pass', start, end, details: { subject, ...roundsOf(event) } });
    if (wishes.dumpAfter.includes(pass)) tell([headOf(subject, event), ...dumpState(state)].join('\n'));
  };
  return {
    options: { check, observer: { now: () => performance.now(), passed } },
    end() {
      if (wishes.timePasses) tell(timeTable(subject, times));
    },
  };
}

function roundsOf({ loops }: PassEvent): Record<string, number> {
  return Object.fromEntries(loops.map(({ loop, round }) => [loop, round]));
}

function headOf(subject: string, { pass, loops }: PassEvent): string {
  const rounds = loops.map(({ loop, round }) => `, round ${round} of ${loop}`).join('');
  return `${subject} behind ${pass}${rounds}:`;
}

function timeTable(subject: string, times: ReadonlyMap<string, { ms: number; runs: number }>): string {
  const total = [...times.values()].reduce((sum, { ms }) => sum + ms, 0);
  const rows = [...times].map(([pass, { ms, runs }]) => [ms, `${pass}${runs > 1 ? ` (${runs} times)` : ''}`] as const);
  const lines = [...rows, [total, 'in all'] as const].map(([ms, what]) => `${ms.toFixed(2).padStart(9)} ms  ${what}`);
  return [`${subject}, time of each pass:`, ...lines].join('\n');
}
