import { letReadersGo } from '../bootstrap/closed-readers.cjs';
import { sayTo } from '../bootstrap/report.mjs';
import { Report } from './report.ts';
import { jsonLogger, quietLogger, terminalLogger } from './terminal.ts';

/** How to tell, as the user asked for it. */
export interface ReportWishes {
  readonly log: 'text' | 'quiet' | 'json';
  /** Undefined: as the terminal is. */
  readonly color?: boolean;
  readonly verbose?: boolean;
}

/** The report of this process: on its standard output and standard error. */
export function openReport({ log, color, verbose }: ReportWishes): Report {
  const streams = { out: process.stdout, err: process.stderr };
  letReadersGo();
  if (log !== 'text') sayTo(process.stderr);
  if (log === 'json') return new Report(jsonLogger(streams), { verbose });
  const colored = color ?? (process.stderr.isTTY === true && process.env.NO_COLOR === undefined);
  return new Report((log === 'quiet' ? quietLogger : terminalLogger)(streams, colored), { color: colored, verbose });
}
