import { fail } from '../problem.ts';
import { VARINT_LIMIT } from './varint.ts';

/**
 * Walks through the bytes of one file; no read goes past the end, and every error names the file and the byte offset.
 */
export class MpyReader {
  readonly file: string;
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.file = file;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(what: string): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) return this.#truncated(what, 1);
    this.#offset++;
    return value;
  }

  /** A view, not a copy, of the next `count` bytes. */
  bytes(count: number, what: string): Uint8Array {
    if (count > this.remaining) return this.#truncated(what, count);
    this.#offset += count;
    return this.#bytes.subarray(this.#offset - count, this.#offset);
  }

  /** A view of what was read since `start`. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#offset);
  }

  /**
   * A varint in its shortest form and below 2^32; all tools write it so, and only so can a file be written back equal.
   */
  varint(what: string): number {
    const start = this.#offset;
    let value = 0;
    for (;;) {
      const byte = this.byte(what);
      if (byte === 0x80 && this.#offset === start + 1) {
        return this.malformed(`${what} is not encoded in its shortest form`, start);
      }
      value = value * 128 + (byte & 0x7f);
      if (value >= VARINT_LIMIT) return this.malformed(`${what} does not fit 32 bits`, start);
      if (byte < 0x80) return value;
    }
  }

  /** A varint that counts things of at least one byte each, so that a false one cannot ask for much memory. */
  count(what: string): number {
    const start = this.#offset;
    const value = this.varint(what);
    if (value > this.remaining) {
      return this.malformed(`${what} is ${value}, but only ${this.remaining} bytes follow`, start);
    }
    return value;
  }

  malformed(message: string, offset: number = this.#offset): never {
    return fail('mpy-malformed', message, { file: this.file, offset });
  }

  #truncated(what: string, needed: number): never {
    return fail(
      'mpy-truncated',
      `the file ends inside ${what}: ${needed} more ${needed === 1 ? 'byte is' : 'bytes are'} needed, ${this.remaining} left`,
      { file: this.file, offset: this.#offset },
      'copy or build the file again',
    );
  }
}
