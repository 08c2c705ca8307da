/** Damage to object files, from single bits to fields of the tables that a linker follows. */
import type { LinkFixture } from './link-fixtures.ts';

/** Marsaglia's xorshift with 32 bits of state: the same numbers everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    return this.next() % Math.max(limit, 1);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** A changed copy of an object; `others` lend pieces. */
export function mutateObject(bytes: Uint8Array, random: Random, others: readonly LinkFixture[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  switch (random.below(8)) {
    case 0:
      return flipBits(copy, random);
    case 1:
      return copy.slice(0, random.below(copy.length));
    case 2:
      return splice(copy, random, random.pick(random.pick(others).objects).bytes);
    default: {
      for (let i = 1 + random.below(3); i > 0; i--) tweakField(copy, random);
      return copy;
    }
  }
}

function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  for (let i = 1 + random.below(8); i > 0; i--) {
    const at = random.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random.below(8));
  }
  return bytes;
}

function splice(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const from = random.below(other.length);
  const piece = other.subarray(from, from + 1 + random.below(64));
  const at = random.below(Math.max(bytes.length - piece.length, 1));
  bytes.set(piece.subarray(0, bytes.length - at), at);
  return bytes;
}

interface Field {
  readonly at: number;
  /** Bytes. */
  readonly size: number;
}

function tweakField(bytes: Uint8Array, random: Random): void {
  const view = new DataView(bytes.buffer);
  const field = pickField(view, random);
  if (field === undefined || field.at + field.size > bytes.length) return;
  const old = readField(view, field);
  const values = [
    0,
    1,
    2,
    3,
    0xff,
    0x7fff,
    0xffff,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    old + 1,
    old - 1,
    old * 2,
    old ^ 4,
  ];
  values.push(bytes.length, random.next(), random.below(64), random.below(256), random.below(4096));
  writeField(view, field, random.pick(values), random.below(50) === 0 ? random.next() : 0);
}

function readField(view: DataView, { at, size }: Field): number {
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

function writeField(view: DataView, { at, size }: Field, value: number, high: number): void {
  if (size === 1) view.setUint8(at, value);
  else if (size === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  if (size === 8) view.setUint32(at + 4, high, true);
}

/** Sizes of the fields of the ELF structures, in order, by class. */
const HEADER = { 32: [2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2], 64: [2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2] };
const SECTION = { 32: [4, 4, 4, 4, 4, 4, 4, 4, 4, 4], 64: [4, 4, 8, 8, 8, 8, 4, 4, 8, 8] };
const SYMBOL = { 32: [4, 4, 4, 1, 1, 2], 64: [4, 1, 1, 2, 8, 8] };
const RELA = { 32: [4, 1, 1, 2, 4], 64: [8, 4, 4, 8] };
const REL = { 32: [4, 1, 1, 2], 64: [8, 4, 4] };

function pickField(view: DataView, random: Random): Field | undefined {
  const bits = view.getUint8(4) === 2 ? 64 : 32;
  const table = bits === 64 ? Number(view.getBigUint64(40, true)) : view.getUint32(32, true);
  const count = view.getUint16(bits === 64 ? 60 : 48, true);
  const entry = bits === 64 ? 64 : 40;
  const kind = random.below(10);
  if (kind === 0) return fieldOf(16, HEADER[bits], random);
  const header = table + random.below(count) * entry;
  if (header + entry > view.byteLength) return undefined;
  if (kind < 5) return fieldOf(header, SECTION[bits], random);
  const wanted = kind < 7 ? [2] : [4, 9];
  for (let i = 0; i < count; i++) {
    const at = table + ((random.below(count) + i) % count) * entry;
    if (at + entry > view.byteLength) continue;
    const type = view.getUint32(at + 4, true);
    if (!wanted.includes(type)) continue;
    const offset = bits === 64 ? Number(view.getBigUint64(at + 24, true)) : view.getUint32(at + 16, true);
    const size = bits === 64 ? Number(view.getBigUint64(at + 32, true)) : view.getUint32(at + 20, true);
    const shape = { 2: SYMBOL, 4: RELA, 9: REL }[type]![bits];
    const length = shape.reduce((a, b) => a + b);
    return fieldOf(offset + random.below(Math.floor(size / length)) * length, shape, random);
  }
  return undefined;
}

function fieldOf(start: number, sizes: readonly number[], random: Random): Field {
  const index = random.below(sizes.length);
  return { at: start + sizes.slice(0, index).reduce((a, b) => a + b, 0), size: sizes[index]! };
}
