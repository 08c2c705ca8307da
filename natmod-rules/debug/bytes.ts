/**
 * Reading and writing tables of debug information: little-endian numbers and LEB128 (DWARF 5, 7.6), every read
 * bounds-checked.
 */

/** Debug information that is damaged, or of a kind that is not known; the message is a part of a sentence. */
export class Unreadable extends Error {}

/** Walks over bytes. A read past the end is `Unreadable`. */
export class Cursor {
  at: number;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.#end = Math.min(end, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.#end;
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes. */
  unsigned(width: number): number {
    const at = this.#take(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, true);
    if (width === 4) return this.#view.getUint32(at, true);
    if (width === 8) return Number(this.#view.getBigUint64(at, true));
    throw new Unreadable(`a number of ${width} bytes`);
  }

  signedByte(): number {
    return this.#view.getInt8(this.#take(1));
  }

  skip(count: number): void {
    this.#take(count);
  }

  uleb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.unsigned(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      if (shift > 63) throw new Unreadable('a number of over 64 bits');
    }
  }

  sleb(): number {
    const start = this.at;
    const value = this.uleb();
    const bits = 7 * (this.at - start);
    return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }

  #take(count: number): number {
    const { at } = this;
    if (count < 0 || at + count > this.#end) throw new Unreadable('a table that ends before it should');
    this.at = at + count;
    return at;
  }
}

/** Collects bytes. */
export class Sink {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  byte(...values: number[]): void {
    for (const value of values) this.#bytes.push(value & 0xff);
  }

  unsigned(value: number, width: number): void {
    const field = new DataView(new ArrayBuffer(8));
    field.setBigUint64(0, BigInt(value), true);
    for (let i = 0; i < width; i++) this.#bytes.push(field.getUint8(i));
  }

  uleb(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes.push((rest % 0x80) | 0x80);
    this.#bytes.push(rest);
  }

  sleb(value: number): void {
    let rest = value;
    for (;;) {
      const byte = ((rest % 0x80) + 0x80) % 0x80;
      rest = Math.floor(rest / 0x80);
      if ((rest === 0 && byte < 0x40) || (rest === -1 && byte >= 0x40)) {
        this.#bytes.push(byte);
        return;
      }
      this.#bytes.push(byte | 0x80);
    }
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
