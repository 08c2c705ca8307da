/** How a relocation type is described. Letters are the psABIs': S symbol, A addend, P place, G slot offset in the GOT, GOT its address. */

export type Expression =
  /** Needs nothing: hints for relaxing linkers, differences that the assembler has settled. */
  | 'none'
  /** S + A, a whole machine word that the firmware's loader completes. */
  | 'word'
  /** S + A - P. */
  | 'pc'
  /** S + A - P, where S may also be a literal that the linker has moved (Xtensa). */
  | 'slot'
  /** G + A: the slot's offset in the GOT. */
  | 'got'
  /** GOT + G + A - P. */
  | 'got-pc'
  /** GOT + A - P. */
  | 'got-base-pc'
  /** S + A - GOT. */
  | 'got-relative'
  /** S + A, one half of a difference between two places in the module (RISC-V). */
  | 'difference'
  /** The low part of the value computed for the relocation at S (RISC-V). */
  | 'low-of-pair'
  /** A form that cannot work in a module, which is loaded at any address. */
  | 'absolute-code'
  | 'thread-local'
  /** Code for another instruction set of the same family. */
  | 'foreign-code';

/** The bytes a relocation changes. */
export interface Site {
  readonly view: DataView;
  /** Byte offset in `view`. */
  readonly at: number;
  /** P: address of the site in its block, in bytes. */
  readonly place: number;
  /** Bytes from the site to the end of its section. */
  readonly left: number;
  /** Fails unless lo <= value < hi; `multiple` asks for alignment of the value. */
  check(value: number, lo: number, hi: number, multiple?: number): void;
  /** Fails because the bytes at the site are no instruction that the relocation fits. */
  mismatch(expected: string): never;
}

export interface RelocationType {
  readonly name: string;
  readonly expression: Expression;
  /** Bytes it reads and writes. */
  readonly width: number;
  /** Writes the value of the expression. */
  readonly patch: (site: Site, value: number) => void;
  /** The part of the addend that lies in the bytes themselves. */
  readonly addend?: (view: DataView, at: number) => number;
  /** It is the target of a call or jump, and nothing else can be made of it. */
  readonly branch?: boolean;
}

export interface FamilyRules {
  readonly types: ReadonlyMap<number, RelocationType>;
  /** What to add to the addend of a distance to get the offset from the symbol that the source means; NaN if that cannot be told. */
  readonly addendBias: number;
  /** Code at offset 0 of the text that jumps to `target` (bytes from there). May be longer for a far target. */
  entryJump(target: number, thumb1: boolean): Uint8Array;
  /** Code that is entered at `entry` (0 when left out) and jumps to the address in its word; aligned as a machine word. */
  farJump(wordSize: 4 | 8): { readonly code: Uint8Array; readonly wordOffset: number; readonly entry?: number };
}

export type Row = readonly [number: number, name: string, expression: Expression, patch?: Patch];

/** A kind of field: its width, how to write it, and how to read an addend out of it. */
export interface Patch {
  readonly width: number;
  readonly write: (site: Site, value: number) => void;
  readonly addend?: (view: DataView, at: number) => number;
  readonly branch?: boolean;
}

export function relocationTypes(rows: readonly Row[]): ReadonlyMap<number, RelocationType> {
  return new Map(
    rows.map(([number, name, expression, patch]) => [
      number,
      {
        name,
        expression,
        width: patch?.width ?? 0,
        patch: patch?.write ?? (() => {}),
        addend: patch?.addend,
        branch: patch?.branch,
      },
    ]),
  );
}

/** A signed little-endian field of 1, 2, 4 or 8 bytes. */
export function signedField(width: 1 | 2 | 4 | 8): Patch {
  const limit = width >= 4 ? 2 ** 31 : 2 ** (8 * width - 1);
  return {
    width,
    write(site, value) {
      if (width === 8) {
        site.view.setBigInt64(site.at, BigInt(value), true);
        return;
      }
      site.check(value, -limit, limit);
      if (width === 4) site.view.setInt32(site.at, value, true);
      else if (width === 2) site.view.setInt16(site.at, value, true);
      else site.view.setInt8(site.at, value);
    },
  };
}

/** The same with an addend in the field itself, as REL records have it. */
export function signedFieldWithAddend(width: 1 | 2 | 4): Patch {
  const read = {
    1: (view: DataView, at: number) => view.getInt8(at),
    2: (view: DataView, at: number) => view.getInt16(at, true),
    4: (view: DataView, at: number) => view.getInt32(at, true),
  }[width];
  return { ...signedField(width), addend: read };
}

export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** Little-endian 16-bit pieces. */
export function halves(...values: number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((v) => [v & 0xff, (v >> 8) & 0xff]));
}

export function isInt(bits: number, value: number): boolean {
  return value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
}

/** Picks bits `hi..lo` of a value, as psABIs write value[hi:lo]. */
export function bits(value: number, hi: number, lo: number): number {
  return (value >> lo) & ((2 << (hi - lo)) - 1);
}
