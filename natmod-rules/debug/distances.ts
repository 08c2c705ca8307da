/**
 * Distances in debug information that the assembler has settled, for code that has moved since: lengths of functions
 * and blocks, lists and frames. Each keeps its bytes, so that nothing that refers to it has to change. What has a
 * relocation is right already.
 */
import { Cursor } from './bytes.ts';
import { type Attribute, type InfoUnit, walkDies } from './die-read.ts';
import { type Draft, Drafts, readLeb } from './draft.ts';
import type { Fields } from './fields.ts';
import { FORM, NUMBER_SIZES } from './forms.ts';
import { followFrames } from './frames.ts';
import type { CodePlace } from './line-read.ts';
import { followList, followOldList, type ListContext, type ListKind } from './lists.ts';
import type { InfoSection, ObjectInfo } from './object-info.ts';
import type { Places } from './places.ts';

/**
 * Puts all distances of an object right.
 * @param now its sections with relocations done, which are changed
 */
export function followCode(
  info: ObjectInfo,
  now: ReadonlyMap<InfoSection, Uint8Array>,
  fields: Fields,
  places: Places,
): void {
  const drafts = new Drafts(info, now, fields, places);
  const dies = drafts.get('.debug_info');
  const abbreviations = drafts.get('.debug_abbrev');
  if (dies !== undefined && abbreviations !== undefined) {
    const follower = new Follower(dies, drafts);
    const source = { info: dies.before, abbreviations: abbreviations.before, offsetAt: dies.relocated.offsetAt };
    walkDies(source, (unit, attributes, isUnit) => follower.visit(unit, attributes, isUnit));
  }
  const frames = drafts.get('.debug_frame');
  if (frames !== undefined) followFrames(frames, drafts, fields.wordSize, frames.relocated.offsetAt);
}

const LOW_PC = 0x11;
const HIGH_PC = 0x12;
const ENTRY_PC = 0x52;
const RANGES = 0x55;
const ADDR_BASE = 0x73;
const RNGLISTS_BASE = 0x74;
const LOCLISTS_BASE = 0x8c;

/**
 * Attributes of class loclist: location, string_length, return_addr, data_member_location, frame_base, segment, and so
 * on.
 */
const LOCATIONS: ReadonlySet<number> = new Set([
  0x02, 0x19, 0x2a, 0x38, 0x40, 0x46, 0x48, 0x4a, 0x4d, 0x7e, 0x83, 0x84,
]);

/** Bytes of an index into the table of addresses; 0 for one of variable length. */
const INDEXED: Readonly<Record<number, number>> = {
  [FORM.addrx]: 0,
  [FORM.addrx1]: 1,
  [FORM.addrx2]: 2,
  [FORM.addrx3]: 3,
  [FORM.addrx4]: 4,
};

/** Where a unit's tables begin when it does not say: behind the header of the only table there. */
const HEADER = { address: 8, list: 12 };

class Follower {
  readonly #dies: Draft;
  readonly #drafts: Drafts;
  #base: CodePlace | undefined;
  #addressBase = HEADER.address;
  #listBases = { ranges: HEADER.list, locations: HEADER.list };
  readonly #done = new Set<string>();

  constructor(dies: Draft, drafts: Drafts) {
    this.#dies = dies;
    this.#drafts = drafts;
  }

  visit(unit: InfoUnit, attributes: readonly Attribute[], isUnit: boolean): void {
    if (isUnit) this.#begin(unit, attributes);
    const low = this.#find(attributes, LOW_PC);
    const start = low && this.#placeOf(low, unit);
    for (const attribute of attributes) {
      if (attribute.name === HIGH_PC || attribute.name === ENTRY_PC) this.#followLength(attribute, start);
      else if (attribute.name === RANGES) this.#followList(attribute, 'ranges', unit);
      else if (LOCATIONS.has(attribute.name)) this.#followList(attribute, 'locations', unit);
    }
  }

  #begin(unit: InfoUnit, attributes: readonly Attribute[]): void {
    const offset = (name: number, usual: number) => {
      const attribute = this.#find(attributes, name);
      return attribute === undefined ? usual : this.#dies.relocated.offsetAt(attribute.offset);
    };
    this.#addressBase = offset(ADDR_BASE, HEADER.address);
    this.#listBases = { ranges: offset(RNGLISTS_BASE, HEADER.list), locations: offset(LOCLISTS_BASE, HEADER.list) };
    const low = this.#find(attributes, LOW_PC);
    this.#base = low && this.#placeOf(low, unit);
  }

  #find(attributes: readonly Attribute[], name: number): Attribute | undefined {
    return attributes.find((attribute) => attribute.name === name);
  }

  #placeOf({ form, offset }: Attribute, { addressSize }: InfoUnit): CodePlace | undefined {
    if (form === FORM.addr) return this.#dies.relocated.addressAt(offset, addressSize);
    const width = INDEXED[form];
    if (width === undefined) return undefined;
    const cursor = new Cursor(this.#dies.before, offset);
    let index = 0;
    if (width === 0) index = cursor.uleb();
    else for (let i = 0; i < width; i++) index += cursor.unsigned(1) * 256 ** i;
    return this.#drafts.indexedPlace(index, this.#addressBase, addressSize);
  }

  /** A constant counts from the start of what it is of. */
  #followLength({ form, offset }: Attribute, start: CodePlace | undefined): void {
    const width = NUMBER_SIZES[form];
    if (start === undefined || (width === undefined && form !== FORM.udata)) return;
    const cursor = new Cursor(this.#dies.before, offset);
    const leb = width === undefined ? readLeb(cursor) : undefined;
    const now = this.#drafts.between(start, 0, leb?.value ?? cursor.unsigned(width!));
    if (now === undefined) return;
    if (leb === undefined) this.#dies.write(offset, width!, now);
    else this.#dies.writeLeb(offset, leb.size, now);
  }

  #followList({ form, offset }: Attribute, kind: ListKind, { version, addressSize }: InfoUnit): void {
    const isOffset = form === FORM.sec_offset || (version < 4 && form === FORM.data4);
    if (!isOffset && form !== FORM.loclistx && form !== FORM.rnglistx) return;
    const name = LIST_SECTIONS[kind][version >= 5 ? 1 : 0]!;
    const draft = this.#drafts.get(name);
    if (draft === undefined) return;
    const at = isOffset ? this.#dies.relocated.offsetAt(offset) : this.#indexedList(draft, kind, offset);
    // Several entries may share a list.
    const key = `${name} ${at}`;
    if (this.#done.has(key)) return;
    this.#done.add(key);
    const context: ListContext = {
      drafts: this.#drafts,
      addressSize,
      base: this.#base,
      addressBase: this.#addressBase,
    };
    if (version >= 5) followList(draft, at, kind, context);
    else followOldList(draft, at, kind, context);
  }

  #indexedList(draft: Draft, kind: ListKind, offset: number): number {
    const index = new Cursor(this.#dies.before, offset).uleb();
    const base = this.#listBases[kind];
    return base + new Cursor(draft.before, base + 4 * index).unsigned(4);
  }
}

const LIST_SECTIONS: Readonly<Record<ListKind, readonly [string, string]>> = {
  ranges: ['.debug_ranges', '.debug_rnglists'],
  locations: ['.debug_loc', '.debug_loclists'],
};
