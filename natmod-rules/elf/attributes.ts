/**
 * Build attributes: what a compiler wrote into `.ARM.attributes` and `.riscv.attributes` about the code of an object.
 * Layout: "Addenda to, and Errata in, the ABI for the Arm Architecture", chapter 3 (build attributes), which RISC-V's
 * ELF psABI takes over.
 */
import { fail } from '../problem.ts';

/** Attributes of the whole file: tag to number or text. Those of single sections and symbols are left out. */
export type Attributes = ReadonlyMap<number, number | string>;

/** How a vendor's tags are told apart: whether the value is text, or a number and a text (`compatibility`). */
export type ValueKind = 'number' | 'text' | 'both';

const TAG_FILE = 1;
const MAX_VALUES = 10_000;

/** Tags of `aeabi`: 4, 5 and the odd ones beyond 32 are text, 32 is both, the rest are numbers. */
export function armValueKind(tag: number): ValueKind {
  if (tag === 32) return 'both';
  return tag === 4 || tag === 5 || (tag > 32 && tag % 2 === 1) ? 'text' : 'number';
}

/** Tags of `riscv`: the odd ones are text. */
export function riscvValueKind(tag: number): ValueKind {
  return tag % 2 === 1 ? 'text' : 'number';
}

/**
 * The file attributes that `vendor` (`aeabi`, `riscv`) has in such a section; empty when it has none, or the section is
 * of an unknown version. Throws a NatmodError (`bad-attributes`) with the offset in the section when the layout is
 * broken. `name` is the section, for messages.
 */
export function readAttributes(
  bytes: Uint8Array,
  vendor: string,
  kindOf: (tag: number) => ValueKind,
  place: { readonly file?: string; readonly member?: string; readonly section: string },
): Attributes {
  const values = new Map<number, number | string>();
  if (bytes.length === 0 || bytes[0] !== 0x41) return values;
  const bad = (what: string, offset: number): never =>
    fail('bad-attributes', what, { ...place, offset }, 'the object is damaged: compile it again');
  const reader = new AttributeReader(bytes, bad);
  for (let at = 1; at < bytes.length; ) {
    const end = at + reader.size(at, bytes.length, 5);
    reader.at = at + 4;
    const name = reader.text(end);
    for (let part = reader.at; name === vendor && part < end; ) {
      reader.at = part;
      const tag = reader.number(end);
      const partEnd = part + reader.size(reader.at, end, reader.at - part + 4, part);
      reader.at += 4;
      if (tag === TAG_FILE) readValues(reader, partEnd, kindOf, values, bad);
      part = partEnd;
    }
    at = end;
  }
  return values;
}

function readValues(
  reader: AttributeReader,
  end: number,
  kindOf: (tag: number) => ValueKind,
  values: Map<number, number | string>,
  bad: (what: string, offset: number) => never,
): void {
  while (reader.at < end) {
    if (values.size === MAX_VALUES) bad(`more than ${MAX_VALUES} attributes`, reader.at);
    const tag = reader.number(end);
    const kind = kindOf(tag);
    const value = kind === 'text' ? reader.text(end) : reader.number(end);
    if (kind === 'both') reader.text(end);
    values.set(tag, value);
  }
}

class AttributeReader {
  at = 0;
  private readonly bytes: Uint8Array;
  private readonly bad: (what: string, offset: number) => never;

  constructor(bytes: Uint8Array, bad: (what: string, offset: number) => never) {
    this.bytes = bytes;
    this.bad = bad;
  }

  /** The 32-bit size at `offset` of a part that starts at `start`, has at least `least` bytes and ends by `limit`. */
  size(offset: number, limit: number, least: number, start = offset): number {
    if (offset + 4 > limit) return this.bad('a size is cut off', offset);
    const { bytes } = this;
    const low = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16);
    const size = low + bytes[offset + 3]! * 0x100_0000;
    if (size < least || size > limit - start) return this.bad(`a part of ${size} bytes does not fit`, offset);
    return size;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  number(limit: number): number {
    const start = this.at;
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      if (this.at >= limit || scale > 2 ** 28) return this.bad('a number has no end', start);
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** A text that ends with a zero. */
  text(limit: number): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= limit) return this.bad('a text has no end', this.at);
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }
}
