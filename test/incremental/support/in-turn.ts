import { testWith as withTools } from '../../support/needs.ts';

let previous = Promise.resolve();

/** Registers tests that run one after the other, because each sets variables of the process. */
export const testInTurn: typeof withTools = (requirements, title, fn) =>
  withTools(requirements, title, (t) => {
    t.timeout(240_000);
    const run = previous.then(() => fn(t));
    previous = run.then(
      () => {},
      () => {},
    );
    return run;
  });
