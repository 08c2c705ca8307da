/**
 * Lists of ranges and of locations, whose distances follow code that has moved: `.debug_rnglists` and `.debug_loclists`
 * of DWARF 5 (2.17.3, 2.6.2), `.debug_ranges` and `.debug_loc` of DWARF 2 to 4.
 */
import { Cursor, Unreadable } from './bytes.ts';
import { type Draft, type Drafts, type Leb, readLeb } from './draft.ts';
import type { CodePlace } from './line-read.ts';

/** What a list is read with. */
export interface ListContext {
  readonly drafts: Drafts;
  readonly addressSize: number;
  /** Where the unit's code begins; what distances in its lists count from. */
  readonly base: CodePlace | undefined;
  /** Where the unit's entries of `.debug_addr` begin. */
  readonly addressBase: number;
}

const KINDS = {
  ranges: { names: ['end', 'basex', 'startx-endx', 'startx-length', 'pair', 'base', 'start-end', 'start-length'] },
  locations: {
    names: [
      'end',
      'basex',
      'startx-endx',
      'startx-length',
      'pair',
      'default',
      'base',
      'start-end',
      'start-length',
      'view',
    ],
  },
} as const;

export type ListKind = keyof typeof KINDS;

/** Follows one list of DWARF 5. */
export function followList(draft: Draft, start: number, kind: ListKind, context: ListContext): void {
  const { drafts, addressSize, addressBase } = context;
  const cursor = new Cursor(draft.before, start);
  const place = () => {
    const found = draft.relocated.addressAt(cursor.at, addressSize);
    cursor.skip(addressSize);
    return found;
  };
  const indexed = () => drafts.indexedPlace(cursor.uleb(), addressBase, addressSize);
  let base = context.base;
  for (;;) {
    const entry = KINDS[kind].names[cursor.unsigned(1)];
    if (entry === 'end') return;
    if (entry === undefined) throw new Unreadable('a list with entries of unknown kind');
    if (entry === 'base') base = place();
    else if (entry === 'basex') base = indexed();
    else if (entry === 'startx-length' || entry === 'start-length') {
      const first = entry === 'start-length' ? place() : indexed();
      followLength(draft, readLeb(cursor), first, drafts);
    } else if (entry === 'pair' || entry === 'view') {
      const first = readLeb(cursor);
      const last = readLeb(cursor);
      if (entry === 'pair') followPair(draft, first, last, base, drafts);
    } else if (entry === 'startx-endx') {
      cursor.uleb();
      cursor.uleb();
    } else if (entry === 'start-end') cursor.skip(2 * addressSize);
    const hasLocation = kind === 'locations' && !['base', 'basex', 'view'].includes(entry);
    if (hasLocation) cursor.skip(cursor.uleb());
  }
}

function followLength(draft: Draft, length: Leb, start: CodePlace | undefined, drafts: Drafts): void {
  const now = start && drafts.between(start, 0, length.value);
  if (now !== undefined) draft.writeLeb(length.offset, length.size, now);
}

function followPair(draft: Draft, first: Leb, last: Leb, base: CodePlace | undefined, drafts: Drafts): void {
  for (const one of [first, last]) {
    const now = base && drafts.between(base, 0, one.value);
    if (now !== undefined) draft.writeLeb(one.offset, one.size, now);
  }
}

/** Follows one list of DWARF 2 to 4: pairs of addresses or of distances from the base, up to one of zeros. */
export function followOldList(draft: Draft, start: number, kind: ListKind, context: ListContext): void {
  const { drafts, addressSize } = context;
  const cursor = new Cursor(draft.before, start);
  const largest = 2 ** (8 * addressSize) - 1;
  let base = context.base;
  for (;;) {
    const at = cursor.at;
    const fields = [at, at + addressSize];
    const isAddress = fields.some((offset) => draft.relocated.isAt(offset));
    const [first = 0, last = 0] = fields.map(() => cursor.unsigned(addressSize));
    if (!isAddress && first === 0 && last === 0) return;
    if (first >= largest) {
      base = draft.relocated.addressAt(at + addressSize, addressSize);
      continue;
    }
    if (!isAddress && base !== undefined) {
      const now = [first, last].map((value) => drafts.between(base!, 0, value));
      if (now[0] !== undefined && now[1] !== undefined) {
        // Two zeros would be the end; a range without code may lie anywhere.
        const isNothing = now[1] === 0;
        for (const [i, offset] of fields.entries()) draft.write(offset, addressSize, isNothing ? 1 : now[i]!);
      }
    }
    if (kind === 'locations') cursor.skip(cursor.unsigned(2));
  }
}
