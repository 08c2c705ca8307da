import test, { type ExecutionContext } from 'ava';
import type { Family } from '../../natmod-rules/arch/index.ts';
import { Unfit, type UnfitCode } from '../../natmod-rules/link/explain/relocation.ts';
import { rulesOf } from '../../natmod-rules/link/families/index.ts';
import type { Site } from '../../natmod-rules/link/families/types.ts';
import { BRANCHES } from '../support/branches.ts';
import { buildError } from '../support/link-made.ts';
import { Random } from '../support/mutate-object.ts';

/** Writes a value into code as the relocation pass does, and gives the code. */
function patched(family: Family, type: number, code: readonly number[], value: number): DataView {
  const bytes = new Uint8Array(16);
  bytes.set(code);
  const view = new DataView(bytes.buffer);
  const site: Site = {
    view,
    at: 0,
    place: 0,
    left: 16,
    check(v, lo, hi, multiple = 1) {
      if (v < lo || v >= hi) throw new Unfit('out-of-range', { value: v, lo, hi });
      if (v % multiple !== 0) throw new Unfit('misaligned-value', { value: v, multiple });
    },
    absolute() {
      throw new Unfit('absolute-code');
    },
    mismatch(expected) {
      throw new Unfit('wrong-instruction', { expected });
    },
  };
  rulesOf(family).types.get(type)!.patch(site, value);
  return view;
}

function refused(t: ExecutionContext, work: () => unknown, code: UnfitCode = 'out-of-range'): void {
  t.is(t.throws(work, { instanceOf: Unfit })?.code, code);
}

for (const type of [10, 30]) {
  test(`arm: type ${type} reaches 16 MiB and no further`, (t) => {
    const { code, distance } = BRANCHES.find((b) => b.arch === 'armv7m' && b.type === type)!;
    for (const value of [-(2 ** 24), -(2 ** 23), -(2 ** 22) - 2, 2 ** 22, 2 ** 23 - 2, 2 ** 23, 2 ** 24 - 2]) {
      t.is(distance(patched('arm', type, code, value), 0), value + 4);
    }
    refused(t, () => patched('arm', type, code, 2 ** 24));
    refused(t, () => patched('arm', type, code, -(2 ** 24) - 2));
  });
}

test('arm: what a branch holds before is its addend', (t) => {
  for (const { code, type, arch, distance } of BRANCHES.filter((b) => b.arch === 'armv7m')) {
    const { addend } = rulesOf('arm').types.get(type)!;
    const view = new DataView(Uint8Array.from(code).buffer);
    t.is(addend!(view, 0), -4, `${arch} ${type}`);
    if (type === 52) continue;
    for (const value of [-256, -100, -2, 0, 2, 98, 254]) t.is(addend!(patched('arm', type, code, value), 0), value);
    t.is(distance(patched('arm', type, code, 96), 0), 100);
  }
});

test('arm: movw and movt take one half each and keep register and opcode', (t) => {
  const half = (view: DataView) => {
    const [high, low] = [view.getUint16(0, true), view.getUint16(2, true)];
    return ((high & 15) << 12) | (((high >> 10) & 1) << 11) | (((low >> 12) & 7) << 8) | (low & 255);
  };
  for (const value of [0, 1, -1, 0x12345678, -0x12345678, 0x7fffffff, -(2 ** 31), 0xffff, 0x10000]) {
    const low = patched('arm', 49, [0x40, 0xf2, 0x00, 0x03], value);
    const high = patched('arm', 50, [0xc0, 0xf2, 0x00, 0x03], value);
    t.is((half(high) << 16) | half(low), value | 0);
    t.is(low.getUint16(2, true) & 0x8f00, 0x0300);
    t.is(high.getUint16(0, true) & 0xfbf0, 0xf2c0);
  }
});

test('riscv: upper and lower part of a distance make up the distance', (t) => {
  const random = new Random(7);
  const values = [0, 1, -1, 2047, 2048, 2049, -2048, -2049, 4095, 4096, 0x7ffff7ff, -(2 ** 31), ...many(random, 500)];
  for (const value of values.filter((v) => v < 2 ** 31 - 0x800)) {
    const upper = patched('riscv', 23, [0x97, 0x05, 0, 0], value);
    const high = upper.getInt32(0, true) & 0xfffff000;
    t.is(upper.getUint32(0, true) & 0xfff, 0x597);
    const low = (value - high) | 0;
    const i = patched('riscv', 24, [0x13, 0x85, 0x05, 0], low);
    const s = patched('riscv', 25, [0x23, 0xa0, 0xb5, 0], low);
    t.is(i.getInt32(0, true) >> 20, low);
    t.is(i.getUint32(0, true) & 0xfffff, 0x58513 & 0xfffff);
    t.is(((s.getInt32(0, true) >> 25) << 5) | ((s.getUint32(0, true) >> 7) & 31), low);
    t.is(s.getUint32(0, true) & 0x01fff07f, 0xb5a023 & 0x01fff07f);
  }
  refused(t, () => patched('riscv', 23, [0x97, 0, 0, 0], 2 ** 31 - 0x800));
  refused(t, () => patched('riscv', 23, [0x97, 0, 0, 0], -(2 ** 31) - 0x801));
  refused(t, () => patched('riscv', 24, [0x13, 0, 0, 0], 2048));
  refused(t, () => patched('riscv', 25, [0x23, 0, 0, 0], -2049));
});

test('riscv: differences are added and subtracted within their field', (t) => {
  t.is(patched('riscv', 33, [250], 10).getUint8(0), 4);
  t.is(patched('riscv', 37, [4], 10).getUint8(0), 250);
  t.is(patched('riscv', 34, [0xff, 0xff], 2).getUint16(0, true), 1);
  t.is(patched('riscv', 38, [0, 0], 1).getUint16(0, true), 0xffff);
  t.is(patched('riscv', 35, [0xff, 0xff, 0xff, 0xff], 3).getUint32(0, true), 2);
  t.is(patched('riscv', 39, [1, 0, 0, 0], 0x12345).getInt32(0, true), 1 - 0x12345);
  t.is(patched('riscv', 36, [], 2 ** 40).getBigInt64(0, true), 2n ** 40n);
  t.is(patched('riscv', 40, [], 5).getBigInt64(0, true), -5n);
  // Two bits of the byte belong to an opcode of call frame information.
  t.is(patched('riscv', 53, [0xc1], 0x3f).getUint8(0), 0xff);
  t.is(patched('riscv', 52, [0xc1], 2).getUint8(0), 0xff);
  t.is(patched('riscv', 54, [9], 0x1234).getUint8(0), 0x34);
  t.is(patched('riscv', 55, [9, 9], 0x12345).getUint16(0, true), 0x2345);
  t.is(patched('riscv', 56, [9, 9, 9, 9], -1).getInt32(0, true), -1);
});

test('x86 and x64: fields hold exactly what fits', (t) => {
  for (const [family, type] of [
    ['x64', 2],
    ['x64', 9],
    ['x86', 2],
    ['x86', 9],
  ] as const) {
    for (const value of [0, -1, 2 ** 31 - 1, -(2 ** 31)])
      t.is(patched(family, type, [], value).getInt32(0, true), value);
    refused(t, () => patched(family, type, [], 2 ** 31));
    refused(t, () => patched(family, type, [], -(2 ** 31) - 1));
  }
  for (const value of [2 ** 31, -(2 ** 40)]) t.is(patched('x64', 24, [], value).getBigInt64(0, true), BigInt(value));
  for (const [family, type] of [
    ['x64', 13],
    ['x86', 21],
  ] as const) {
    t.is(patched(family, type, [], -32768).getInt16(0, true), -32768);
    t.is(patched(family, type, [7, 7, 7], 1).getUint8(2), 7, 'the next byte stays');
    refused(t, () => patched(family, type, [], 32768));
  }
});

test('xtensa: an instruction without a distance is refused, and so is half of one', (t) => {
  for (const code of [
    [0x00, 0, 0],
    [0x02, 0, 0],
    [0x36, 0x41, 0],
    [0x0c, 0x02],
    [0x0d, 0xf0],
  ]) {
    refused(t, () => patched('xtensa', 20, code, 8), 'wrong-instruction');
  }
  refused(t, () => patched('xtensa', 20, [0x05, 0, 0], 6), 'misaligned-value');
  refused(t, () => patched('xtensa', 20, [0x21, 0, 0], -6), 'misaligned-value');
  refused(t, () => patched('xtensa', 20, [0x21, 0, 0], 4));
});

test('x86: a GOT offset in an instruction without a base register is refused', (t) => {
  t.regex(
    buildError('x86', [0xff, 0x15, 0, 0, 0, 0], 43, 2)!,
    /R_386_GOT32X against 'x' asks for a fixed address, and a module is loaded anywhere/,
  );
  t.is(buildError('x86', [0xff, 0x93, 0, 0, 0, 0], 43, 2), undefined);
});

function many(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next() | 0);
}
