import { fail } from '../problem.ts';

/**
 * Little-endian reads of an object file, every one bounds-checked; a read past the end is a `truncated-object` error.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.file = file;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.bytes.length;
  }

  u8(offset: number): number {
    this.#need(offset, 1);
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.#need(offset, 2);
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.#need(offset, 4);
    return this.#view.getUint32(offset, true);
  }

  i32(offset: number): number {
    this.#need(offset, 4);
    return this.#view.getInt32(offset, true);
  }

  /** A 64-bit unsigned field as a number; values from 2^53 on cannot be meant and are an error. */
  u64(offset: number): number {
    this.#need(offset, 8);
    const high = this.#view.getUint32(offset + 4, true);
    if (high >= 0x200000) this.#corrupt(offset, 'a 64-bit field is impossibly large');
    return high * 0x100000000 + this.#view.getUint32(offset, true);
  }

  /** A 64-bit signed field as a number, exact within ±2^53. */
  i64(offset: number): number {
    this.#need(offset, 8);
    const high = this.#view.getInt32(offset + 4, true);
    if (high >= 0x200000 || high < -0x200000) this.#corrupt(offset, 'a 64-bit field is impossibly large');
    return high * 0x100000000 + this.#view.getUint32(offset, true);
  }

  /** A view (not a copy) of `length` bytes. */
  slice(offset: number, length: number): Uint8Array {
    this.#need(offset, length);
    return this.bytes.subarray(offset, offset + length);
  }

  #need(offset: number, length: number): void {
    if (offset >= 0 && length >= 0 && offset + length <= this.size) return;
    const where = { file: this.file, offset };
    fail('truncated-object', `the object file ends before it should (${this.size} bytes)`, where, REBUILD);
  }

  #corrupt(offset: number, message: string): never {
    return fail('corrupt-object', message, { file: this.file, offset }, REBUILD);
  }
}

/** What to do about an object file that cannot be read. */
export const REBUILD = 'delete the file and build it again';
