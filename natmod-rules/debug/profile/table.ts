/** Counted instructions as plain text, and what has changed since another run. */
import { oneLine, textTable } from '../../size/table.ts';
import type { Profile } from './profile.ts';

/** Lines of source that are listed; the page has all. */
const MOST_LINES = 10;

/** The functions of a module, and the lines that cost most. */
export function profileTable(profile: Profile): string {
  const { module, arch, instructions, functions, lines } = profile;
  const share = shareOf(instructions);
  const byFunction = functions.map((one) => [
    grouped(one.instructions),
    share(one.instructions),
    oneLine(one.name),
    one.place === undefined ? '' : oneLine(one.place),
  ]);
  const dearest = [...lines].sort((a, b) => b.instructions - a.instructions).slice(0, MOST_LINES);
  const byLine = dearest.map((one) => [
    grouped(one.instructions),
    share(one.instructions),
    `${oneLine(one.file)}:${one.line}`,
  ]);
  const head = `${module} ${arch}: ${grouped(instructions)} instructions`;
  const tables = [rightAligned([['instructions', '%', 'function', 'source'], ...byFunction])];
  if (byLine.length > 0) tables.push(rightAligned([['instructions', '%', 'line'], ...byLine]));
  return [head, ...tables].join('\n\n');
}

/** What each function took in another run, and takes now. */
export function profileChanges(before: Profile, after: Profile): string {
  const names = new Map<string, { before: number; after: number }>();
  const add = ({ functions }: Profile, side: 'before' | 'after') => {
    for (const { name, instructions } of functions) {
      const entry = names.get(name) ?? { before: 0, after: 0 };
      entry[side] += instructions;
      names.set(name, entry);
    }
  };
  add(before, 'before');
  add(after, 'after');
  const all = { name: 'all', before: before.instructions, after: after.instructions };
  const sorted = [...names].map(([name, both]) => ({ name, ...both }));
  sorted.sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || b.after - a.after);
  const rows = [all, ...sorted].map((one) => [
    grouped(one.before),
    grouped(one.after),
    one.before === 0 ? 'new' : one.after === 0 ? 'gone' : (one.after / one.before).toFixed(3),
    oneLine(one.name),
  ]);
  const head = `${after.module} ${after.arch}`;
  return `${head}\n\n${rightAligned([['before', 'now', 'ratio', 'function'], ...rows])}`;
}

/** Numbers stand on the right; the last columns, with names, on the left. */
function rightAligned(rows: readonly (readonly string[])[]): string {
  const isNumber = (column: number) => rows.slice(1).every((row) => /^(?:[\d,.]+|new|gone)$/.test(row[column] ?? ''));
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const padded = rows.map((row) => row.map((text, i) => (isNumber(i) ? text.padStart(widths[i]!) : text)));
  return textTable(padded, widths.length);
}

function shareOf(all: number): (part: number) => string {
  return (part) => (all === 0 ? '0.0' : ((100 * part) / all).toFixed(1));
}

/** `1,234,567`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
