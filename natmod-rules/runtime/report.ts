/** Results of test runs as a table, as JSON and as JUnit XML. */

export interface TestResult {
  readonly module: string;
  readonly arch: string;
  /** File name of the test; empty when the module did not come so far. */
  readonly test: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason?: string;
  /** What the test printed, at least the end of it. */
  readonly output?: string;
  readonly seconds: number;
}

const MARKS = { passed: 'ok', failed: 'FAIL', skipped: '-' } as const;

/** One line per module, one column per architecture; a cell is as bad as the worst of its tests. */
export function resultTable(results: readonly TestResult[]): string {
  const arches = [...new Set(results.map((result) => result.arch))];
  const modules = [...new Set(results.map((result) => result.module))];
  const cell = (module: string, arch: string): string => {
    const statuses = results.filter((r) => r.module === module && r.arch === arch).map((r) => r.status);
    const worst = (['failed', 'passed', 'skipped'] as const).find((status) => statuses.includes(status));
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

/** How many of each: `12 passed, 1 failed, 3 skipped`. */
export function resultCounts(results: readonly TestResult[]): string {
  return (['passed', 'failed', 'skipped'] as const)
    .map((status) => ({ status, count: results.filter((result) => result.status === status).length }))
    .filter(({ status, count }) => count > 0 || status === 'passed')
    .map(({ status, count }) => `${count} ${status}`)
    .join(', ');
}

export function resultsAsJson(results: readonly TestResult[]): string {
  return `${JSON.stringify({ tests: results }, null, 2)}\n`;
}

/** The JUnit XML that continuous integration reads: one suite per architecture, one case per module and test. */
export function resultsAsJUnit(results: readonly TestResult[]): string {
  const arches = [...new Set(results.map((result) => result.arch))];
  const suites = arches.map((arch) => {
    const own = results.filter((result) => result.arch === arch);
    const cases = own.map(testCase).join('\n');
    return `  <testsuite name="${escapeXml(arch)}" ${countAttributes(own)}>\n${cases}\n  </testsuite>`;
  });
  const body = suites.length === 0 ? '' : `${suites.join('\n')}\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${countAttributes(results)}>\n${body}</testsuites>\n`;
}

function countAttributes(results: readonly TestResult[]): string {
  const count = (status: TestResult['status']) => results.filter((result) => result.status === status).length;
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const counts = `tests="${results.length}" failures="${count('failed')}" skipped="${count('skipped')}"`;
  return `${counts} time="${seconds.toFixed(3)}"`;
}

function testCase({ module, arch, test, status, reason = '', output = '', seconds }: TestResult): string {
  const name = escapeXml(test === '' ? module : test);
  const head = `    <testcase classname="${escapeXml(`${arch}.${module}`)}" name="${name}" time="${seconds.toFixed(3)}">`;
  const body: string[] = [];
  if (status === 'failed') body.push(`<failure message="${escapeXml(reason)}">${escapeXml(output)}</failure>`);
  if (status === 'skipped') body.push(`<skipped message="${escapeXml(reason)}"/>`);
  if (status === 'passed' && output !== '') body.push(`<system-out>${escapeXml(output)}</system-out>`);
  return `${head}${body.join('')}</testcase>`;
}

/** XML 1.0 has no place at all for most control characters. */
function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };
  const allowed = [...text].filter((c) => c >= ' ' || c === '\n' || c === '\t').join('');
  return allowed.replace(/[&<>"\n]/g, (c) => entities[c]!).replace(/[\ud800-\udfff\ufffe\uffff]/gu, '\ufffd');
}
