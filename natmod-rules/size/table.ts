/** Sizes as plain text: columns of numbers, for terminals. */
import { KINDS, type Measure, shortSource, sourcesOf } from './measure.ts';

/** A cell; numbers stand on the right. */
export type Cell = string | number;

/** Columns of one width; the first row is the head. */
export function textTable(rows: readonly (readonly Cell[])[], leftColumns = 1): string {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, i) => Math.max(...texts.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) =>
        i < leftColumns || i >= widths.length ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i]!),
      )
      .join('  ')
      .trimEnd();
  return texts.map(line).join('\n');
}

/** Heads of the columns behind module and architecture. */
export const COLUMNS = ['text', 'rodata', 'data', 'BSS', 'GOT', 'relocs', 'records', 'other', 'file'] as const;

/** The numbers of those columns; undefined for what a file alone does not tell. */
export function columnsOf({ kinds, relocations, other, file }: Measure): (number | undefined)[] {
  return [...KINDS.map((kind) => kinds?.[kind]), relocations.bytes, relocations.records, other, file];
}

/** One line for each module and architecture, and the sums when there are several. */
export function sizeTable(measures: readonly Measure[]): string {
  const rows = measures.map((m): Cell[] => [m.module, m.arch, ...columnsOf(m).map((n) => n ?? '-')]);
  const sums = COLUMNS.map((_, i) => measures.reduce((sum, m) => sum + (columnsOf(m)[i] ?? 0), 0));
  const total = measures.length > 1 ? [['total', '', ...sums]] : [];
  return textTable([['module', 'arch', ...COLUMNS], ...rows, ...total], 2);
}

/** A module by source and by symbol, the largest first. */
export function symbolTables(measure: Measure): string {
  const sources = sourcesOf(measure);
  if (sources.length === 0) return 'no native code';
  const bySource = textTable([
    ['source', ...KINDS.map((kind) => KIND_NAMES[kind]), 'all'],
    ...sources.map(({ source, kinds, size }) => [shortSource(source), ...KINDS.map((kind) => kinds[kind]), size]),
  ]);
  const symbols = measure.symbols.map(({ size, kind, name, source }) => [
    `${size}`.padStart(6),
    KIND_NAMES[kind],
    oneLine(name),
    shortSource(source),
  ]);
  return `${bySource}\n\n${textTable([['  size', 'kind', 'symbol', 'source'], ...symbols], 4)}`;
}

export const KIND_NAMES = { text: 'text', rodata: 'rodata', data: 'data', bss: 'BSS', got: 'GOT' } as const;

/** Names come from objects, which may have anything in them; a terminal must not take it for a command. */
export function oneLine(name: string): string {
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
