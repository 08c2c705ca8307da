/**
 * A model of what the firmware does with a native .mpy file: reads it, puts text and the block of BSS and rodata at
 * made-up addresses, and adds to each relocated word what the file asks for. Written from the description of the format
 * alone, and so a second opinion on what linker and packager write.
 */

/** Made-up addresses, far from each other and with zeroes where offsets go. */
export const TEXT = 0x40000000;
export const DATA = 0x20000000;
export const QSTR_TABLE = 0x30000000;
export const OBJECT_TABLE = 0x38000000;
export const FUN_TABLE = 0x50000000;

/** The value of entry `n` of the function table: the address of a function or type of the firmware. */
export function funTableEntry(n: number): number {
  return 0x60000000 + 16 * n;
}

export interface LoadedModule {
  readonly archNumber: number;
  readonly wordSize: 4 | 8;
  readonly qstrs: readonly string[];
  readonly text: Uint8Array;
  /** BSS and behind it rodata, which starts at `rodata` (an address). */
  readonly data: Uint8Array;
  readonly bssSize: number;
  readonly rodata: number;
  readonly rodataSize: number;
  u8(address: number): number;
  u16(address: number): number;
  u24(address: number): number;
  u32(address: number): number;
  i32(address: number): number;
  /** A machine word. */
  word(address: number): number;
  /** A zero-terminated string. */
  string(address: number): string;
}

class FileReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw new Error('the file ends too early');
    return value;
  }

  varint(): number {
    let value = 0;
    for (;;) {
      const byte = this.byte();
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    this.at += length;
    if (this.at > this.#bytes.length) throw new Error('the file ends too early');
    return this.#bytes.slice(this.at - length, this.at);
  }

  get atEnd(): boolean {
    return this.at === this.#bytes.length;
  }
}

const WIDE = [2, 12];

/** Loads the one native raw code of a file. Throws an Error for whatever the firmware would not take. */
export function loadMpy(bytes: Uint8Array): LoadedModule {
  const file = new FileReader(bytes);
  if (file.byte() !== 0x4d || file.byte() !== 6) throw new Error('no .mpy file of version 6');
  const feature = file.byte();
  if ((feature & 3) !== 3) throw new Error('another sub-version');
  const archNumber = (feature >> 2) & 15;
  if (file.byte() !== 31) throw new Error('small integers of another size');
  if ((feature & 0x40) !== 0) file.varint();
  const wordSize = WIDE.includes(archNumber) ? 8 : 4;
  const qstrCount = file.varint();
  if (file.varint() !== 0) throw new Error('a native module with objects');
  const qstrs = Array.from({ length: qstrCount }, () => readQstr(file));
  const kind = file.varint();
  if ((kind & 7) !== 2) throw new Error('no native code without children');
  const text = file.take(kind >> 3);
  const flags = file.varint();
  const rodataSize = (flags & 0x20) !== 0 ? file.varint() : 0;
  const bssSize = (flags & 0x40) !== 0 ? file.varint() : 0;
  const rodataOffset = Math.ceil(bssSize / wordSize) * wordSize;
  const data = new Uint8Array(rodataOffset + rodataSize);
  data.set(file.take(rodataSize), rodataOffset);
  const module = new Memory({
    archNumber,
    wordSize,
    qstrs,
    text,
    data,
    bssSize,
    rodata: DATA + rodataOffset,
    rodataSize,
  });
  if ((flags & 0x10) !== 0) relocate(file, module);
  if (!file.atEnd) throw new Error('bytes behind the end');
  return module;
}

function readQstr(file: FileReader): string {
  const head = file.varint();
  if ((head & 1) !== 0) return `static ${head >> 1}`;
  const text = Buffer.from(file.take(head >> 1)).toString();
  if (file.byte() !== 0) throw new Error('a qstr without an end');
  return text;
}

function relocate(file: FileReader, module: Memory): void {
  let address = 0;
  for (;;) {
    const op = file.byte();
    if (op === 0xff) return;
    if ((op & 1) !== 0) {
      const place = file.varint();
      address = ((place & 1) !== 0 ? module.rodata : TEXT) + (place >> 1) * module.wordSize;
    }
    const kind = op >> 1;
    const repeat = kind <= 5 && (kind & 1) !== 0 ? file.varint() : 1;
    for (let i = 0; i < repeat; i++, address += module.wordSize) module.add(address, baseOf(kind, module));
  }
}

function baseOf(kind: number, module: Memory): number {
  if (kind > 8) return funTableEntry(kind - 9);
  return [TEXT, TEXT, module.rodata, module.rodata, DATA, DATA, QSTR_TABLE, OBJECT_TABLE, FUN_TABLE][kind]!;
}

type Parts = Pick<
  LoadedModule,
  'archNumber' | 'wordSize' | 'qstrs' | 'text' | 'data' | 'bssSize' | 'rodata' | 'rodataSize'
>;

class Memory implements LoadedModule {
  readonly archNumber: number;
  readonly wordSize: 4 | 8;
  readonly qstrs: readonly string[];
  readonly text: Uint8Array;
  readonly data: Uint8Array;
  readonly bssSize: number;
  readonly rodata: number;
  readonly rodataSize: number;

  constructor(parts: Parts) {
    this.archNumber = parts.archNumber;
    this.wordSize = parts.wordSize;
    this.qstrs = parts.qstrs;
    this.text = parts.text;
    this.data = parts.data;
    this.bssSize = parts.bssSize;
    this.rodata = parts.rodata;
    this.rodataSize = parts.rodataSize;
  }

  u8(address: number): number {
    return this.#view(address, 1).getUint8(0);
  }

  u16(address: number): number {
    return this.#view(address, 2).getUint16(0, true);
  }

  u24(address: number): number {
    return this.u16(address) + this.u8(address + 2) * 0x10000;
  }

  u32(address: number): number {
    return this.#view(address, 4).getUint32(0, true);
  }

  i32(address: number): number {
    return this.u32(address) | 0;
  }

  word(address: number): number {
    return this.wordSize === 4 ? this.u32(address) : Number(this.#view(address, 8).getBigUint64(0, true));
  }

  string(address: number): string {
    let text = '';
    for (let at = address; this.u8(at) !== 0; at++) text += String.fromCharCode(this.u8(at));
    return text;
  }

  /** Completes one word as the loader does: whole and aligned. */
  add(address: number, base: number): void {
    if (address % this.wordSize !== 0)
      throw new Error(`a relocation at 0x${address.toString(16)}, which is not aligned`);
    const view = this.#view(address, this.wordSize);
    if (this.wordSize === 4) view.setUint32(0, (view.getUint32(0, true) + base) >>> 0, true);
    else view.setBigUint64(0, view.getBigUint64(0, true) + BigInt(base), true);
  }

  #view(address: number, length: number): DataView {
    for (const [start, block] of [
      [TEXT, this.text],
      [DATA, this.data],
    ] as const) {
      const at = address - start;
      if (at >= 0 && at + length <= block.length) return new DataView(block.buffer, block.byteOffset + at, length);
    }
    throw new Error(`0x${address.toString(16)} is not in the module`);
  }
}
