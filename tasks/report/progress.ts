import type { Report } from './report.ts';

const SECONDS_BETWEEN_LINES = 5;

/** Says now and then how far a long build is, where somebody looks; elsewhere it says nothing. */
export function createProgress(total: number, report: Report): { done(): void; end(): void } {
  let finished = 0;
  if (!process.stdout.isTTY || total < 2) return { done() {}, end() {} };
  const timer = setInterval(
    () => report.emit({ kind: 'progress', done: finished, total }),
    SECONDS_BETWEEN_LINES * 1000,
  );
  timer.unref();
  return {
    done() {
      finished++;
    },
    end() {
      clearInterval(timer);
    },
  };
}
