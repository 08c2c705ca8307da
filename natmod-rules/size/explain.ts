/** What a link left out and why something stayed, as lines of text. */
import { sourceOfIntermediate } from '../compile/index.ts';
import type { Reductions, Step, Why } from '../link/explain/index.ts';
import { LINKER } from '../link/model/model.ts';
import { shortSource } from './measure.ts';
import { oneLine } from './table.ts';

/** One line for each thing that went, under a head for each kind of saving. */
export function reductionLines({ dropped, merged, folded, shortened, made, slots }: Reductions): string[] {
  const lines: string[] = [];
  const list = (head: string, items: readonly string[]) => {
    if (items.length > 0) lines.push(head, ...items.map((item) => `  ${item}`));
  };
  const bytes = (size: number) => `${size}`.padStart(6);
  const nameOf = (symbols: readonly string[], section: string) =>
    oneLine(symbols.length > 0 ? symbols.join(', ') : section);
  const biggestFirst = <T extends { readonly size: number }>(items: readonly T[]) =>
    [...items].sort((a, b) => b.size - a.size);
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  list(
    `left out, because nothing that mpy_init leads to refers to it: ${sum(dropped.map((d) => d.size))} bytes`,
    biggestFirst(dropped).map((d) => `${bytes(d.size)} ${nameOf(d.symbols, d.section)} (${placeOf(d)})`),
  );
  list(
    `the same as something else: ${sum(folded.map((f) => f.size))} bytes`,
    biggestFirst(folded).map(
      (f) => `${bytes(f.size)} ${nameOf(f.symbols, f.section)} (${placeOf(f)}) is ${oneLine(f.into)}`,
    ),
  );
  if (merged.before > merged.after) {
    const { sections, before, after } = merged;
    lines.push(`equal strings and constants once: ${before} bytes in ${sections} sections became ${after}`);
  }
  list(
    `shortened: ${sum(shortened.map((s) => s.before - s.size))} bytes`,
    [...shortened]
      .sort((a, b) => b.before - b.size - (a.before - a.size))
      .map((s) => `${bytes(s.before - s.size)} of ${s.before} ${nameOf(s.symbols, s.section)} (${placeOf(s)})`),
  );
  // Without a saving it is nothing of what was asked for.
  if (lines.length > 0) {
    list(
      `written by the linker for that, or to reach the firmware: ${sum(made.map((m) => m.size))} bytes`,
      biggestFirst(made).map((m) => `${bytes(m.size)} ${nameOf(m.symbols, m.section)}`),
    );
  }
  list(
    `not needed in the GOT: ${slots.length} ${slots.length === 1 ? 'slot' : 'slots'}`,
    [...slots].sort().map(oneLine),
  );
  return lines;
}

function placeOf({ object, section }: { readonly object: string; readonly section: string }): string {
  return oneLine(`${shortSource(sourceOfIntermediate(object, '.o'))}, ${section}`);
}

/**
 * Lines that answer for one meaning of a name.
 * @param near the name that may have been meant, for one that nothing has
 */
export function whyLines(name: string, why: Why, near?: string): string[] {
  switch (why.kind) {
    case 'reached':
      return [`${oneLine(name)} is in the module:`, ...chainLines(why.chain)];
    case 'kept-anyway':
      return [
        `${oneLine(name)} (${placeOf(why.at)}) is in the module, though nothing that mpy_init leads to refers to it:`,
        '  this link leaves nothing out',
      ];
    case 'dropped': {
      const { referredBy, size, at } = why;
      const listed = referredBy.length > 4 ? [...referredBy.slice(0, 4), `${referredBy.length - 4} more`] : referredBy;
      const reason =
        listed.length === 0
          ? 'nothing refers to it'
          : `only what was left out, too, refers to it: ${listed.map(oneLine).join(', ')}`;
      return [`${oneLine(name)} (${placeOf(at)}, ${size} bytes) was left out:`, `  ${reason}`];
    }
    case 'outside':
      return [`${oneLine(name)} is not in the module, it is ${why.what}; what refers to it:`, ...chainLines(why.chain)];
    case 'unknown': {
      const hint = near === undefined ? '' : `; did you mean ${oneLine(near)}?`;
      return [
        `there is no symbol ${oneLine(name)}${hint}`,
        '  a static function that the compiler put into its callers has none, nor has one that it found to be unused',
      ];
    }
  }
}

function chainLines(chain: readonly Step[]): string[] {
  const names = chain.map((step) => oneLine(step.symbol));
  const width = Math.max(...names.map((name) => name.length), 0);
  return chain.map((step, i) => {
    const by = step.by === undefined ? '' : `, in one section with ${oneLine(step.by)}`;
    const place = step.object === LINKER ? 'made by the linker' : placeOf(step);
    return `  ${i === 0 ? '' : '→ '}${names[i]!.padEnd(width + (i === 0 ? 2 : 0))}  ${place}${by}`;
  });
}
