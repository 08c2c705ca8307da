/** Fields of an object's debug information: the values that their relocations give them. */
import type { Arch } from '../arch/index.ts';
import * as elf from '../elf/constants.ts';
import type { ObjectFile, Relocation } from '../elf/object.ts';
import { Unreadable } from './bytes.ts';
import type { CodePlace, LineFields } from './line-read.ts';
import type { InfoSection } from './object-info.ts';
import type { Places } from './places.ts';
import { type FieldRelocation, fieldRelocation } from './relocations.ts';

export interface FieldContext {
  readonly arch: Arch;
  readonly object: ObjectFile;
  readonly places: Places;
  /** Offset in the module's section of a byte offset in one of the object's; undefined for sections of other kinds. */
  readonly debugAddress: (section: number, offset: number) => number | undefined;
}

/** In lists of ranges two zeros are the end, so that what went is an empty range somewhere else (as GNU ld has it). */
const TOMBSTONES: Readonly<Record<string, number>> = { '.debug_ranges': 1, '.debug_loc': 1 };

/** Fields of one section, in the object as the compiler made it. */
export interface Relocated extends LineFields {
  /** Whether a relocation gives the field at that byte offset its value. */
  isAt(offset: number): boolean;
  /** The offset of 4 bytes into another section that a field has. */
  offsetAt(offset: number): number;
}

export class Fields {
  readonly #context: FieldContext;

  constructor(context: FieldContext) {
    this.#context = context;
  }

  get wordSize(): number {
    return this.#context.arch.wordSize;
  }

  /** The bytes of a section with all relocations done. Throws `Unreadable` for one that is not known. */
  applied({ section, data, relocations }: InfoSection): Uint8Array {
    const bytes = Uint8Array.from(data);
    const tombstone = TOMBSTONES[section.name] ?? 0;
    const highs = new Map<number, number>();
    for (const relocation of relocations) {
      const rule = this.#ruleOf(relocation);
      if (rule.operation === 'none') continue;
      const field = new Field(bytes, relocation.offset, rule);
      if (rule.width === 0) this.#applyLeb(field, rule, relocation, highs);
      else field.write(this.#valueOf(relocation, rule, field.read(), tombstone));
    }
    return bytes;
  }

  /** What the fields of a section say before anything has moved. */
  relocatedIn({ data, relocations }: InfoSection): Relocated {
    const byOffset = new Map<number, Relocation[]>();
    for (const relocation of relocations) {
      if (this.#ruleOf(relocation).operation === 'none') continue;
      byOffset.set(relocation.offset, [...(byOffset.get(relocation.offset) ?? []), relocation]);
    }
    const find = (offset: number, operation: FieldRelocation['operation']) =>
      byOffset.get(offset)?.find((relocation) => this.#ruleOf(relocation).operation === operation);
    const read = (offset: number, width: number) => new Field(data, offset, { operation: 'set', width }).read();
    return {
      isAt: (offset) => byOffset.has(offset),
      addressAt: (offset, width) => {
        const relocation = find(offset, 'set');
        return relocation && this.#placeOf(relocation, read(offset, width));
      },
      offsetAt: (offset) => {
        const relocation = find(offset, 'set');
        return relocation === undefined ? read(offset, 4) : this.#placeOf(relocation, read(offset, 4)).offset;
      },
      distanceAt: (offset) => {
        const to = find(offset, 'add');
        const from = find(offset, 'subtract');
        const inField = read(offset, 2);
        if (to === undefined || from === undefined) return inField;
        return inField + this.#placeOf(to, 0).offset - this.#placeOf(from, 0).offset;
      },
    };
  }

  #ruleOf({ type }: Relocation): FieldRelocation {
    const rule = fieldRelocation(this.#context.arch.family, type);
    if (rule === undefined) throw new Unreadable(`a relocation of type ${type}, which is not known there`);
    return rule;
  }

  /**
   * Section and offset that a relocation names.
   * @param inField what the field holds, an addend where records have none
   */
  #placeOf({ symbol, addend }: Relocation, inField: number): CodePlace {
    const { arch } = this.#context;
    const thumb = arch.family === 'arm' && symbol.type === elf.STT_FUNC ? symbol.value % 2 : 0;
    return { section: symbol.shndx, offset: symbol.value - thumb + addend + (hasAddendInField(arch) ? inField : 0) };
  }

  #valueOf(relocation: Relocation, rule: FieldRelocation, inField: number, tombstone: number): number {
    const { operation } = rule;
    if (operation === 'thread') return inField;
    if (operation === 'distance' || operation === 'distance-back') return this.#distance(relocation, rule, inField);
    if (operation === 'set') return this.#addressOf(relocation, inField) ?? tombstone;
    if (operation === 'add') return inField + (this.#addressOf(relocation, 0) ?? tombstone);
    return inField - (this.#addressOf(relocation, 0) ?? 0);
  }

  #addressOf(relocation: Relocation, inField: number): number | undefined {
    const { debugAddress, places, object } = this.#context;
    const { section, offset } = this.#placeOf(relocation, inField);
    const { symbol } = relocation;
    if (section === elf.SHN_ABS) return offset;
    if (section === elf.SHN_COMMON) return places.addressOfSymbol(object, symbol);
    return debugAddress(section, offset) ?? places.addressOf(object, section, offset);
  }

  /** A distance within debug information stays what it is, because that does not move. */
  #distance(relocation: Relocation, { operation, width }: FieldRelocation, inField: number): number {
    const length = operation === 'distance' ? inField : inField === 0 ? 0 : inField - 2 ** (8 * width);
    const { object, places } = this.#context;
    const { section, offset } = this.#placeOf(relocation, 0);
    const start = places.addressOf(object, section, offset);
    const end = places.addressOf(object, section, offset + length);
    return start === undefined || end === undefined ? inField : end - start;
  }

  /** Both halves of a difference in a LEB128, which keeps its length (RISC-V). */
  #applyLeb(field: Field, { operation }: FieldRelocation, relocation: Relocation, highs: Map<number, number>): void {
    const address = this.#addressOf(relocation, 0) ?? 0;
    if (operation === 'set') highs.set(relocation.offset, address);
    else field.writeLeb((highs.get(relocation.offset) ?? 0) - address);
  }
}

/** With REL records the addend is in the field; the assembler for Xtensa may put a part of it there besides. */
function hasAddendInField({ family }: Arch): boolean {
  return family === 'x86' || family === 'arm' || family === 'xtensa';
}

/** A little-endian unsigned field. */
class Field {
  readonly #view: DataView;
  readonly #at: number;
  readonly #rule: FieldRelocation;

  constructor(bytes: Uint8Array, at: number, rule: FieldRelocation) {
    if (at + Math.max(rule.width, 1) > bytes.length) throw new Unreadable('a relocation outside of its section');
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
    this.#rule = rule;
  }

  read(): number {
    const { width, mask } = this.#rule;
    let value = 0;
    for (let i = Math.min(width, this.#view.byteLength - this.#at) - 1; i >= 0; i--)
      value = value * 256 + this.#view.getUint8(this.#at + i);
    return mask === undefined ? value : value & mask;
  }

  /** Keeps as many bits as there is room for. */
  write(value: number): void {
    const { width, mask } = this.#rule;
    const kept = mask === undefined ? 0 : this.#view.getUint8(this.#at) & ~mask;
    let rest = BigInt.asUintN(8 * width, BigInt(value));
    for (let i = 0; i < width; i++, rest >>= 8n) this.#view.setUint8(this.#at + i, Number(rest & 0xffn));
    if (mask !== undefined) this.#view.setUint8(this.#at, kept | (this.#view.getUint8(this.#at) & mask));
  }

  writeLeb(value: number): void {
    let at = this.#at;
    let rest = value;
    for (;;) {
      if (at >= this.#view.byteLength || rest < 0) throw new Unreadable('a number that does not fit its place');
      const more = this.#view.getUint8(at) >= 0x80;
      this.#view.setUint8(at, (rest % 128) | (more ? 128 : 0));
      rest = Math.floor(rest / 128);
      at++;
      if (!more) break;
    }
    if (rest !== 0) throw new Unreadable('a number that does not fit its place');
  }
}
