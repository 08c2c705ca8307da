/** What a link left out, kept once or made shorter. */

import { type Chunk, type Image, LINKER } from '../model/model.ts';
import { buildGot } from '../place/got.ts';
import { Lineage } from './lineage.ts';

/** A section with its symbols. */
export interface SectionOf {
  readonly object: string;
  readonly section: string;
  /** Bytes. */
  readonly size: number;
  readonly symbols: readonly string[];
}

export interface Reductions {
  /** Nothing that mpy_init leads to refers to these. */
  readonly dropped: readonly SectionOf[];
  /** Equal constants kept once, unused ones left out: bytes before and after, of all objects together. */
  readonly merged: { readonly sections: number; readonly before: number; readonly after: number };
  /** Functions and constants that are the same as others and gave way to them. */
  readonly folded: readonly (SectionOf & { readonly into: string })[];
  /** Sections that lost bytes where they stand, with their size before. */
  readonly shortened: readonly (SectionOf & { readonly before: number })[];
  /** What the linker wrote instead: stubs, and routines of code that was repeated. */
  readonly made: readonly SectionOf[];
  /** What a plain link would have had in the GOT, and this one has not. */
  readonly slots: readonly string[];
}

/** All of it, by the order of the objects. A plain link has nothing to tell. */
export function reductionsOf(image: Image): Reductions {
  const lineage = new Lineage(image);
  const { selected, program } = image.before;
  const kept = new Set(program.chunks);
  const describe = (chunk: Chunk): SectionOf => {
    const symbols = [...new Set(lineage.table.symbolsOf(chunk).map((symbol) => symbol.name))];
    return { object: chunk.object, section: chunk.name, size: chunk.size, symbols };
  };
  const folded: Reductions['folded'][number][] = [];
  const shortened: Reductions['shortened'][number][] = [];
  const merged = { sections: 0, before: 0, after: 0 };
  const results = new Set<Chunk>();
  for (const chunk of program.chunks) {
    const heir = lineage.heirOf(chunk);
    if (heir === undefined || heir === chunk) continue;
    if (heir.from === undefined && heir.section !== undefined) {
      merged.sections++;
      merged.before += chunk.size;
      results.add(heir);
    } else if (chunk.from === undefined) {
      // What the linker makes of its own routines is its own business.
    } else if (lineage.sameSection(heir) !== chunk) {
      folded.push({ ...describe(chunk), into: lineage.nameOf({ kind: 'chunk', chunk: heir, offset: 0 }) });
    } else if (heir.size < chunk.size) {
      shortened.push({ ...describe(chunk), size: heir.size, before: chunk.size });
    }
  }
  for (const { size } of results) merged.after += size;
  const dropped = selected.filter((chunk) => !kept.has(chunk) && chunk.size > 0).map(describe);
  const isMade = (chunk: Chunk) => chunk.object === LINKER && chunk.section === undefined && chunk.role === 'text';
  const made = image.chunks
    .filter((chunk) => chunk !== image.got.chunk && chunk.size > 0 && isMade(chunk))
    .map((chunk) => ({ ...describe(chunk), symbols: lineage.partsOf(chunk).map((part) => part.name) }));
  return { dropped, merged, folded, shortened, made, slots: removedSlots(image, lineage) };
}

function removedSlots(image: Image, lineage: Lineage): string[] {
  // Xtensa's literals are slots of another kind, which no pass takes out.
  if (image.rules.buildLiterals !== undefined) return [];
  const { program, follow } = image.before;
  const left = new Map<string, number>();
  for (const { target } of image.got.slots) {
    const name = lineage.nameOf(target);
    left.set(name, (left.get(name) ?? 0) + 1);
  }
  return buildGot(image.arch, image.rules, program.chunks, program.resolve).slots.flatMap(({ target }) => {
    const name = lineage.nameOf(follow(target));
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count > 0 ? [] : [name];
  });
}
