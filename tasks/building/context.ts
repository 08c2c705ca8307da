import type { Report } from '../report/report.ts';
import type { Flow } from './flow.ts';

/** What every task is given besides its options. */
export interface Context {
  readonly report: Report;
  readonly flow: Flow;
}
