/** Counts tests in what ava's reporter for people prints, which unlike its TAP survives tests that crash or exit. */

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed files that crashed or did not end count too
 * @property {string[]} skipped titles; tests that are only planned are among them
 */

// A terminal without Unicode gets other marks.
const PASS = /^ {2}[✔√] /;
const FAIL = /^ {2}[✘×] (?!\d+ tests? remaining in )/;
const SKIP = /^ {2}- \[(?:skip|todo)\] (.*)$/;

/**
 * @returns {{ line: (text: string) => void, end: (exitCode: number) => Counts }} `line` takes each line of ava's
 *   standard output, colours and all; `end` its exit status
 */
export function countAva() {
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, skipped: [] };
  return {
    line(text) {
      const plain = text.replaceAll(/\u001b\[[0-9;]*m/g, '').trimEnd();
      const skipped = SKIP.exec(plain)?.[1];
      if (skipped !== undefined) counts.skipped.push(skipped);
      else if (PASS.test(plain)) counts.passed += 1;
      else if (FAIL.test(plain)) counts.failed += 1;
    },
    end(exitCode) {
      // Failures of ava itself, such as no test at all, have no line of their own.
      const silentFailure = counts.failed === 0 && (exitCode !== 0 || counts.passed + counts.skipped.length === 0);
      return silentFailure ? { ...counts, failed: 1 } : counts;
    },
  };
}
