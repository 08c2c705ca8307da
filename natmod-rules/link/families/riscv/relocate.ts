/**
 * RISC-V, 32 and 64 bits, with compressed instructions. Addresses are built from two instructions: `auipc` adds the
 * upper 20 bits of a distance to the program counter, the next adds the lower 12, which are signed; so the upper part
 * is rounded. The relocation of the lower part names not the symbol but the `auipc` it belongs to. Differences between
 * labels come as pairs of ADD and SUB (or SET and SUB) relocations on the same field. Records are RELA. Document:
 * RISC-V ELF psABI specification, "Relocations".
 */

import { bits, halves, isInt, mark, type Patch, relocationTypes, type Site, signedField } from '../types.ts';
import { R_RISCV } from './constants.ts';

/** A 32-bit instruction: keeps the bits of `keep`, or's in what `encode` makes of the value. */
function instruction(keep: number, encode: (value: number) => number, lo: number, hi: number, multiple = 1): Patch {
  return {
    width: 4,
    write(site, value) {
      site.check(value, lo, hi, multiple);
      patch32(site, 0, keep, encode(value));
    },
  };
}

function branch(...parts: Parameters<typeof instruction>): Patch {
  return { ...instruction(...parts), branch: true };
}

function patch32(site: Site, at: number, keep: number, encoded: number): void {
  site.view.setUint32(site.at + at, ((site.view.getUint32(site.at + at, true) & keep) | encoded) >>> 0, true);
}

function compressed(keep: number, encode: (value: number) => number, reach: number): Patch {
  return {
    width: 2,
    branch: true,
    write(site, value) {
      site.check(value, -reach, reach, 2);
      site.view.setUint16(site.at, (site.view.getUint16(site.at, true) & keep) | encode(value), true);
    },
  };
}

/** What `auipc` or `lui` contributes to a value: rounded, because the lower part is signed. */
export function upperPart(value: number): number {
  return (value + 0x800) & ~0xfff;
}

const lower12 = (value: number) => (value & 0xfff) << 20;
const LO32 = -(2 ** 31) - 0x800;
const HI32 = 2 ** 31 - 0x800;

const upper: Patch = { ...instruction(0xfff, upperPart, LO32, HI32), isUpperPart: true };
const iType = instruction(0xfffff, lower12, -2048, 2048);
const sType = instruction(0x01fff07f, (v) => (bits(v, 11, 5) << 25) | (bits(v, 4, 0) << 7), -2048, 2048);
const bType = branch(
  0x01fff07f,
  (v) => (bits(v, 12, 12) << 31) | (bits(v, 10, 5) << 25) | (bits(v, 4, 1) << 8) | (bits(v, 11, 11) << 7),
  -(2 ** 12),
  2 ** 12,
  2,
);
const encodeJ = (v: number) =>
  (bits(v, 20, 20) << 31) | (bits(v, 10, 1) << 21) | (bits(v, 11, 11) << 20) | (bits(v, 19, 12) << 12);
const jType = branch(0xfff, encodeJ, -(2 ** 20), 2 ** 20, 2);

/** auipc + jalr. */
const callPair: Patch = {
  width: 8,
  branch: true,
  write(site, value) {
    site.check(value, LO32, HI32, 2);
    patch32(site, 0, 0xfff, upperPart(value));
    patch32(site, 4, 0xfffff, lower12(value));
  },
};

const encodeCj = (v: number) =>
  (bits(v, 11, 11) << 12) |
  (bits(v, 4, 4) << 11) |
  (bits(v, 9, 8) << 9) |
  (bits(v, 10, 10) << 8) |
  (bits(v, 6, 6) << 7) |
  (bits(v, 7, 7) << 6) |
  (bits(v, 3, 1) << 3) |
  (bits(v, 5, 5) << 2);
const cjType = compressed(0xe003, encodeCj, 2 ** 11);
const cbType = compressed(
  0xe383,
  (v) =>
    (bits(v, 8, 8) << 12) | (bits(v, 4, 3) << 10) | (bits(v, 7, 6) << 5) | (bits(v, 2, 1) << 3) | (bits(v, 5, 5) << 2),
  2 ** 8,
);

/** Adds (or subtracts, or stores) a value modulo the field's size; the psABI asks for no overflow check. */
function arithmetic(
  width: 1 | 2 | 4 | 8,
  combine: (old: bigint, value: bigint) => bigint,
  fieldBits = width * 8,
): Patch {
  const mask = (1n << BigInt(fieldBits)) - 1n;
  return {
    width,
    write({ view, at }, value) {
      let old = 0n;
      for (let i = width - 1; i >= 0; i--) old = (old << 8n) | BigInt(view.getUint8(at + i));
      let result = (old & ~mask) | (combine(old, BigInt(value)) & mask);
      for (let i = 0; i < width; i++, result >>= 8n) view.setUint8(at + i, Number(result & 0xffn));
    },
  };
}

const add = (old: bigint, value: bigint) => old + value;
const subtract = (old: bigint, value: bigint) => old - value;
const store = (_old: bigint, value: bigint) => value;

export const types = relocationTypes('R_RISCV_', R_RISCV, {
  NONE: 'none',
  32: ['word', signedField(4)],
  64: ['word', signedField(8)],
  BRANCH: ['pc', bType],
  JAL: ['pc', jType],
  CALL: ['pc', callPair],
  CALL_PLT: ['pc', callPair],
  GOT_HI20: ['got-pc', upper],
  TLS_GOT_HI20: 'thread-local',
  TLS_GD_HI20: 'thread-local',
  PCREL_HI20: ['pc', upper],
  PCREL_LO12_I: ['low-of-pair', iType],
  PCREL_LO12_S: ['low-of-pair', sType],
  HI20: 'absolute-code',
  LO12_I: 'absolute-code',
  LO12_S: 'absolute-code',
  TPREL_HI20: 'thread-local',
  TPREL_LO12_I: 'thread-local',
  TPREL_LO12_S: 'thread-local',
  TPREL_ADD: 'thread-local',
  ADD8: ['difference', arithmetic(1, add)],
  ADD16: ['difference', arithmetic(2, add)],
  ADD32: ['difference', arithmetic(4, add)],
  ADD64: ['difference', arithmetic(8, add)],
  SUB8: ['difference', arithmetic(1, subtract)],
  SUB16: ['difference', arithmetic(2, subtract)],
  SUB32: ['difference', arithmetic(4, subtract)],
  SUB64: ['difference', arithmetic(8, subtract)],
  GOT32_PCREL: ['got-pc', signedField(4)],
  ALIGN: ['none', mark('isPadding')],
  RVC_BRANCH: ['pc', cbType],
  RVC_JUMP: ['pc', cjType],
  RELAX: 'none',
  SUB6: ['difference', arithmetic(1, subtract, 6)],
  SET6: ['difference', arithmetic(1, store, 6)],
  SET8: ['difference', arithmetic(1, store)],
  SET16: ['difference', arithmetic(2, store)],
  SET32: ['difference', arithmetic(4, store)],
  '32_PCREL': ['pc', signedField(4)],
  PLT32: ['pc', { ...signedField(4), branch: true }],
  TLSDESC_HI20: 'thread-local',
  TLSDESC_LOAD_LO12: 'thread-local',
  TLSDESC_ADD_LO12: 'thread-local',
  TLSDESC_CALL: 'thread-local',
});

/** `c.j`, or auipc t6 + jalr t6 for a far target. */
export function entryJump(target: number): Uint8Array {
  if (isInt(12, target)) return halves(0xa001 | encodeCj(target));
  const auipc = upperPart(target) | 0xf97;
  const jalr = lower12(target) | 0xf8067;
  return halves(auipc, auipc >> 16, jalr, jalr >> 16);
}
