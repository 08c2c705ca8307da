/**
 * Walks over the entries of `.debug_info` (DWARF 5, chapter 7.5): which attributes they have, in which form, and where.
 */
import { Cursor, Unreadable } from './bytes.ts';
import { FORM, NUMBER_SIZES } from './forms.ts';

export interface Attribute {
  readonly name: number;
  readonly form: number;
  /** Byte offset of its value in `.debug_info`, and the size of that. */
  readonly offset: number;
  readonly size: number;
}

export interface InfoUnit {
  readonly version: number;
  readonly addressSize: number;
}

/** Attributes of one entry; the first entry of a unit describes the unit. */
export type Visit = (unit: InfoUnit, attributes: readonly Attribute[], isUnit: boolean) => void;

/** What `.debug_info` and `.debug_abbrev` of an object hold, and what relocations add. */
export interface DieSource {
  readonly info: Uint8Array;
  readonly abbreviations: Uint8Array;
  /** Value of the offset in the 4 bytes at a place of `.debug_info`, in the object's own section. */
  offsetAt(offset: number): number;
}

interface Abbreviation {
  readonly hasChildren: boolean;
  readonly attributes: readonly { readonly name: number; readonly form: number }[];
}

/** Visits all entries. Throws `Unreadable`. */
export function walkDies(source: DieSource, visit: Visit): void {
  const tables = new Map<number, ReadonlyMap<number, Abbreviation>>();
  for (let at = 0; at < source.info.length; ) {
    const head = new Cursor(source.info, at);
    const length = head.unsigned(4);
    if (length >= 0xfffffff0) throw new Unreadable('64-bit DWARF');
    const end = head.at + length;
    if (end > source.info.length) throw new Unreadable('a unit that ends before it should');
    const { version, addressSize, table } = readUnitHead(head, source);
    let abbreviations = tables.get(table);
    if (abbreviations === undefined) {
      abbreviations = readAbbreviations(source.abbreviations, table);
      tables.set(table, abbreviations);
    }
    walkUnit(new Cursor(source.info, head.at, end), { version, addressSize }, abbreviations, visit);
    at = end;
  }
}

function readUnitHead(head: Cursor, { offsetAt }: DieSource): InfoUnit & { readonly table: number } {
  const version = head.unsigned(2);
  if (version < 2 || version > 5) throw new Unreadable(`DWARF ${version}`);
  const kind = version >= 5 ? head.unsigned(1) : 1;
  const early = version >= 5 ? head.unsigned(1) : 0;
  const table = offsetAt(head.at);
  head.skip(4);
  const addressSize = version >= 5 ? early : head.unsigned(1);
  // Units of types have a signature and an offset, skeletons and split ones an identifier.
  if (kind === 2 || kind === 6) head.skip(12);
  else if (kind === 4 || kind === 5) head.skip(8);
  return { version, addressSize, table };
}

function walkUnit(
  cursor: Cursor,
  unit: InfoUnit,
  abbreviations: ReadonlyMap<number, Abbreviation>,
  visit: Visit,
): void {
  let isUnit = true;
  while (!cursor.isAtEnd) {
    const code = cursor.uleb();
    if (code === 0) continue;
    const abbreviation = abbreviations.get(code);
    if (abbreviation === undefined) throw new Unreadable('an entry of unknown kind');
    const attributes = abbreviation.attributes.map(({ name, form }): Attribute => {
      const indirect = form === FORM.indirect ? cursor.uleb() : form;
      const offset = cursor.at;
      skipForm(cursor, indirect, unit);
      return { name, form: indirect, offset, size: cursor.at - offset };
    });
    visit(unit, attributes, isUnit);
    isUnit = false;
  }
}

function readAbbreviations(bytes: Uint8Array, start: number): ReadonlyMap<number, Abbreviation> {
  const found = new Map<number, Abbreviation>();
  const cursor = new Cursor(bytes, start);
  for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
    cursor.uleb();
    const hasChildren = cursor.unsigned(1) !== 0;
    const attributes: { name: number; form: number }[] = [];
    for (;;) {
      const name = cursor.uleb();
      const form = cursor.uleb();
      if (form === FORM.implicit_const) cursor.sleb();
      if (name === 0 && form === 0) break;
      attributes.push({ name, form });
    }
    found.set(code, { hasChildren, attributes });
  }
  return found;
}

/**
 * Bytes of forms of fixed size; 'address', 'leb' and blocks by the size of their length. DWARF 5, 7.5.6, and GNU's
 * forms.
 */
const FORMS: Readonly<Record<number, number | 'address' | 'leb' | 'block' | 'text'>> = {
  ...NUMBER_SIZES,
  [FORM.addr]: 'address',
  [FORM.string]: 'text',
  [FORM.block]: 'block',
  [FORM.flag]: 1,
  [FORM.sdata]: 'leb',
  [FORM.strp]: 4,
  [FORM.udata]: 'leb',
  [FORM.ref1]: 1,
  [FORM.ref2]: 2,
  [FORM.ref4]: 4,
  [FORM.ref8]: 8,
  [FORM.ref_udata]: 'leb',
  [FORM.sec_offset]: 4,
  [FORM.exprloc]: 'block',
  [FORM.flag_present]: 0,
  [FORM.strx]: 'leb',
  [FORM.addrx]: 'leb',
  [FORM.ref_sup4]: 4,
  [FORM.strp_sup]: 4,
  [FORM.data16]: 16,
  [FORM.line_strp]: 4,
  [FORM.ref_sig8]: 8,
  [FORM.implicit_const]: 0,
  [FORM.loclistx]: 'leb',
  [FORM.rnglistx]: 'leb',
  [FORM.ref_sup8]: 8,
  [FORM.strx1]: 1,
  [FORM.strx2]: 2,
  [FORM.strx3]: 3,
  [FORM.strx4]: 4,
  [FORM.addrx1]: 1,
  [FORM.addrx2]: 2,
  [FORM.addrx3]: 3,
  [FORM.addrx4]: 4,
  [FORM.GNU_addr_index]: 'leb',
  [FORM.GNU_str_index]: 'leb',
  [FORM.GNU_ref_alt]: 4,
  [FORM.GNU_strp_alt]: 4,
};

const BLOCK_LENGTHS: Readonly<Record<number, number>> = { [FORM.block1]: 1, [FORM.block2]: 2, [FORM.block4]: 4 };

function skipForm(cursor: Cursor, form: number, { version, addressSize }: InfoUnit): void {
  const lengthSize = BLOCK_LENGTHS[form];
  if (lengthSize !== undefined) {
    cursor.skip(cursor.unsigned(lengthSize));
    return;
  }
  if (form === FORM.ref_addr) {
    cursor.skip(version === 2 ? addressSize : 4);
    return;
  }
  const kind = FORMS[form];
  if (kind === undefined) throw new Unreadable(`a value of form 0x${form.toString(16)}`);
  if (kind === 'leb') cursor.uleb();
  else if (kind === 'block') cursor.skip(cursor.uleb());
  else if (kind === 'address') cursor.skip(addressSize);
  else if (kind === 'text') while (cursor.unsigned(1) !== 0);
  else cursor.skip(kind);
}
