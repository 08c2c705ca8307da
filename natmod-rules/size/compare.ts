/** The difference between two builds. */
import { largestFirst, type Measure, type SizedSymbol, shortSource } from './measure.ts';
import { type Cell, COLUMNS, columnsOf, KIND_NAMES, oneLine, textTable } from './table.ts';

/** The same module and architecture in two builds; one of them may lack it. */
export interface Pair {
  readonly module: string;
  readonly arch: string;
  readonly before: Measure | undefined;
  readonly after: Measure | undefined;
}

/** Pairs in the order of `after`, and behind them what only `before` has. */
export function pairsOf(before: readonly Measure[], after: readonly Measure[]): Pair[] {
  const keyOf = ({ module, arch }: Measure) => `${arch}/${module}`;
  const old = new Map(before.map((m) => [keyOf(m), m]));
  const pairs = after.map((m): Pair => ({ module: m.module, arch: m.arch, before: old.get(keyOf(m)), after: m }));
  const known = new Set(after.map(keyOf));
  const gone = before.filter((m) => !known.has(keyOf(m)));
  return [...pairs, ...gone.map((m): Pair => ({ module: m.module, arch: m.arch, before: m, after: undefined }))];
}

/**
 * A table of new sizes, each with what was added or saved. Where one of the builds is known by its files only, blocks
 * are compared: constants and GOT that lie in the text block count as text then.
 */
export function differenceTable(pairs: readonly Pair[]): string {
  const byKind = pairs.every(({ before, after }) =>
    [before, after].every((m) => m === undefined || m.kinds !== undefined),
  );
  const heads = byKind ? COLUMNS : BLOCK_COLUMNS;
  const numbers = (m: Measure | undefined) => (m === undefined ? undefined : byKind ? columnsOf(m) : blockColumnsOf(m));
  const rows = pairs.map(({ module, arch, before, after }): Cell[] => {
    const old = numbers(before);
    const now = numbers(after);
    const word = old === undefined ? ' (new)' : now === undefined ? ' (gone)' : '';
    return [`${module}${word}`, arch, ...heads.map((_, i) => changed(old?.[i] ?? 0, now?.[i] ?? 0))];
  });
  // Sums of different modules would tell nothing.
  const both = pairs.filter((pair) => pair.before !== undefined && pair.after !== undefined);
  const sum = (side: 'before' | 'after', i: number) => both.reduce((n, pair) => n + (numbers(pair[side])?.[i] ?? 0), 0);
  const total =
    both.length > 1 ? [['total', '', ...heads.map((_, i) => changed(sum('before', i), sum('after', i)))]] : [];
  return textTable([['module', 'arch', ...heads], ...rows, ...total], 2);
}

const BLOCK_COLUMNS = ['text block', 'rodata block', 'BSS', 'relocs', 'records', 'other', 'file'];

function blockColumnsOf({ blocks, relocations, other, file }: Measure): number[] {
  return [blocks.text, blocks.rodata, blocks.bss, relocations.bytes, relocations.records, other, file];
}

function changed(before: number, after: number): string {
  return before === after ? `${after}` : `${after} (${signed(after - before)})`;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : `${value}`;
}

/** A symbol whose size is not what it was. */
export interface SymbolChange extends Pick<SizedSymbol, 'kind' | 'name' | 'source'> {
  /** Bytes; 0 where it is not there. */
  readonly before: number;
  readonly after: number;
}

/** What grew, shrank, came and went, the largest change first. Symbols are the same by source, kind and name. */
export function symbolChanges(before: Measure, after: Measure): SymbolChange[] {
  const changes = new Map<string, { symbol: SizedSymbol; before: number; after: number }>();
  const add = (symbols: readonly SizedSymbol[], side: 'before' | 'after') => {
    for (const symbol of symbols) {
      const key = `${symbol.kind}\0${symbol.source}\0${symbol.name}`;
      const entry = changes.get(key) ?? { symbol, before: 0, after: 0 };
      entry[side] += symbol.size;
      changes.set(key, entry);
    }
  };
  add(before.symbols, 'before');
  add(after.symbols, 'after');
  return [...changes.values()]
    .filter((change) => change.before !== change.after)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || largestFirst(a.symbol, b.symbol))
    .map(({ symbol: { kind, name, source }, before, after }) => ({ kind, name, source, before, after }));
}

export function symbolChangeTable(changes: readonly SymbolChange[]): string {
  const rows = changes.map(({ kind, name, source, before, after }) => [
    signed(after - before).padStart(7),
    `${before === 0 ? 'new' : before} → ${after === 0 ? 'gone' : after}`,
    KIND_NAMES[kind],
    oneLine(name),
    shortSource(source),
  ]);
  return textTable([[' change', 'size', 'kind', 'symbol', 'source'], ...rows], 5);
}
