/**
 * Debug information that is being changed in place: its sections with relocations done, and what they said in the
 * object.
 */
import type { Cursor } from './bytes.ts';
import type { Fields, Relocated } from './fields.ts';
import type { CodePlace } from './line-read.ts';
import type { InfoSection, ObjectInfo } from './object-info.ts';
import type { Places } from './places.ts';

/**
 * One section. Offsets in bytes. Numbers keep the bytes they have; what has grown too large for that is cut to the
 * largest that fits, so that a range ends before its code does and tells nothing of the rest.
 */
export class Draft {
  /** As the compiler made it. */
  readonly before: Uint8Array;
  readonly relocated: Relocated;
  readonly #now: Uint8Array;

  constructor(section: InfoSection, now: Uint8Array, fields: Fields) {
    this.before = section.data;
    this.relocated = fields.relocatedIn(section);
    this.#now = now;
  }

  /** Writes a number that the assembler has settled; what has a relocation is right already. */
  write(offset: number, size: number, value: number): void {
    if (this.relocated.isAt(offset)) return;
    let rest = BigInt(Math.min(value, 2 ** (8 * size) - 1));
    for (let i = 0; i < size; i++, rest >>= 8n) this.#now[offset + i] = Number(rest & 0xffn);
  }

  /** Changes some bits of a byte. */
  writeBits(offset: number, mask: number, value: number): void {
    if (this.relocated.isAt(offset)) return;
    this.#now[offset] = (this.#now[offset]! & ~mask) | value;
  }

  /** Writes a LEB128 of as many bytes as are there. */
  writeLeb(offset: number, size: number, value: number): void {
    if (this.relocated.isAt(offset)) return;
    let rest = Math.min(value, 2 ** (7 * size) - 1);
    for (let i = 0; i < size; i++, rest = Math.floor(rest / 128))
      this.#now[offset + i] = (rest % 128) | (i < size - 1 ? 128 : 0);
  }
}

/** All sections of an object, and where its code has gone. */
export class Drafts {
  readonly #sections: ReadonlyMap<string, Draft>;
  readonly #info: ObjectInfo;
  readonly #places: Places;

  constructor(info: ObjectInfo, now: ReadonlyMap<InfoSection, Uint8Array>, fields: Fields, places: Places) {
    this.#info = info;
    this.#places = places;
    const drafts = info.sections.flatMap((section) => {
      const bytes = now.get(section);
      return bytes === undefined ? [] : [[section.section.name, new Draft(section, bytes, fields)] as const];
    });
    // Of several sections of a name (COMDAT groups) only those of types and macros come, which have no addresses.
    this.#sections = new Map(drafts.reverse());
  }

  get(name: string): Draft | undefined {
    return this.#sections.get(name);
  }

  /** Bytes between two places now that were `distance` bytes apart; undefined for code that went. */
  between(start: CodePlace, from: number, to: number): number | undefined {
    const at = (offset: number) => this.#places.addressOf(this.#info.object, start.section, start.offset + offset);
    const first = at(from);
    const last = at(to);
    return first === undefined || last === undefined ? undefined : last - first;
  }

  /** The place behind an index into `.debug_addr`. @param base where the unit's entries begin */
  indexedPlace(index: number, base: number, size: number): CodePlace | undefined {
    return this.get('.debug_addr')?.relocated.addressAt(base + index * size, size);
  }
}

/** A LEB128 with its place. */
export interface Leb {
  readonly value: number;
  readonly offset: number;
  readonly size: number;
}

export function readLeb(cursor: Cursor): Leb {
  const offset = cursor.at;
  const value = cursor.uleb();
  return { value, offset, size: cursor.at - offset };
}
