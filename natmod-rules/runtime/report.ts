/** Results of test runs as a table, as JSON and as JUnit XML. */

import { ARCHES } from '../arch/index.ts';

export interface TestResult {
  readonly module: string;
  readonly arch: string;
  /** File name of the test; empty when the module did not come so far. */
  readonly test: string;
  /**
   * Where no MicroPython can run it: `native` when a list of calls gave what it should, `loaded` when there is no list,
   * and only the entry point was called.
   */
  readonly status: 'passed' | 'native' | 'failed' | 'skipped' | 'loaded';
  /** Why it failed, was skipped, or was only loaded. */
  readonly reason?: string;
  /** What the test printed, at least the end of it. */
  readonly output?: string;
  readonly seconds: number;
}

const MARKS = { passed: 'ok', native: 'ok (native part)', loaded: 'loaded', failed: 'FAIL', skipped: '-' } as const;
/** The worst that can be said of tests comes first; one that ran says more than one that did not. */
const WORST_FIRST = ['failed', 'passed', 'native', 'loaded', 'skipped'] as const;

/** One line per module, one column per architecture; a cell is as bad as the worst of its tests. */
export function resultTable(results: readonly TestResult[]): string {
  const arches = archesOf(results);
  const modules = [...new Set(results.map((result) => result.module))];
  const cell = (module: string, arch: string): string => {
    const statuses = results.filter((r) => r.module === module && r.arch === arch).map((r) => r.status);
    const worst = WORST_FIRST.find((status) => statuses.includes(status));
    return worst === undefined ? '' : MARKS[worst];
  };
  const rows = [['', ...arches], ...modules.map((module) => [module, ...arches.map((arch) => cell(module, arch))])];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** In the order in which they are listed everywhere. */
function archesOf(results: readonly TestResult[]): string[] {
  const place = (name: string) => ARCHES.findIndex((arch) => arch.name === name);
  return [...new Set(results.map((result) => result.arch))].sort((a, b) => place(a) - place(b));
}

/** How many of each: `12 passed, 2 loaded, 1 failed, 3 skipped`. */
export function resultCounts(results: readonly TestResult[]): string {
  return (['passed', 'native', 'loaded', 'failed', 'skipped'] as const)
    .map((status) => ({ status, count: results.filter((result) => result.status === status).length }))
    .filter(({ status, count }) => count > 0 || status === 'passed')
    .map(({ status, count }) => `${count} ${status === 'native' ? 'passed in the native part' : status}`)
    .join(', ');
}

export function resultsAsJson(results: readonly TestResult[]): string {
  return `${JSON.stringify({ tests: results }, null, 2)}\n`;
}

/**
 * The JUnit XML that continuous integration reads, as the schema `junit-10.xsd` of Jenkins has it: one suite per
 * architecture, one case per module and test. A module that was only loaded is a case that passed, with the reason as
 * its output.
 */
export function resultsAsJUnit(results: readonly TestResult[]): string {
  const arches = archesOf(results);
  const suites = arches.map((arch) => {
    const own = results.filter((result) => result.arch === arch);
    const cases = own.map(testCase).join('\n');
    const skipped = own.filter((result) => result.status === 'skipped').length;
    const counts = `${countAttributes(own)} skipped="${skipped}"`;
    return `  <testsuite name="${escapeXml(arch)}" ${counts}>\n${cases}\n  </testsuite>`;
  });
  const body = suites.length === 0 ? '' : `${suites.join('\n')}\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${countAttributes(results)}>\n${body}</testsuites>\n`;
}

function countAttributes(results: readonly TestResult[]): string {
  const failures = results.filter((result) => result.status === 'failed').length;
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  return `tests="${results.length}" failures="${failures}" errors="0" time="${seconds.toFixed(3)}"`;
}

function testCase({ module, arch, test, status, reason = '', output = '', seconds }: TestResult): string {
  const name = escapeXml(test === '' ? module : test);
  const head = `    <testcase classname="${escapeXml(`${arch}.${module}`)}" name="${name}" time="${seconds.toFixed(3)}">`;
  const body: string[] = [];
  if (status === 'failed') body.push(`<failure message="${escapeXml(reason)}">${escapeXml(output)}</failure>`);
  if (status === 'skipped') body.push(`<skipped message="${escapeXml(reason)}"/>`);
  const said = status === 'passed' ? output : status === 'loaded' || status === 'native' ? reason : '';
  if (said !== '') body.push(`<system-out>${escapeXml(said)}</system-out>`);
  return `${head}${body.join('')}</testcase>`;
}

/** XML 1.0 has no place at all for most control characters. */
function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };
  const allowed = [...text].filter((c) => c >= ' ' || c === '\n' || c === '\t').join('');
  return allowed.replace(/[&<>"\n]/g, (c) => entities[c]!).replace(/[\ud800-\udfff\ufffe\uffff]/gu, '\ufffd');
}
