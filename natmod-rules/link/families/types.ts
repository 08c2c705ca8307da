/**
 * What the linker has to know of a CPU family, and how a relocation type is described. Letters are the psABIs': S
 * symbol, A addend, P place, G slot offset in the GOT, GOT its address.
 */
import type { Arch } from '../../arch/index.ts';
import type { Relocation } from '../../elf/object.ts';
import type { Conversion } from '../model/conversion.ts';
import type { BlockName, Chunk, Image, Resolve } from '../model/model.ts';
import type { AddressTables } from '../place/got.ts';
import type { Stubs } from '../place/stubs.ts';
import type { JumpRules } from '../shrink/jump-types.ts';
import type { OutlineRules } from '../shrink/outline-types.ts';
import type { Program } from '../shrink/program.ts';

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
  /** Fails because the instruction takes a fixed address. */
  absolute(): never;
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
  /** The upper part of an address that a `low-of-pair` may belong to. */
  readonly isUpperPart?: boolean;
  /** A difference that the assembler has settled: what lies between its two places must stay as it is. */
  readonly isSettled?: boolean;
  /** It marks padding of as many bytes as its addend says. */
  readonly isPadding?: boolean;
}

/** Everything that only one CPU family has. What is left out of it the family does not need, or cannot have done. */
export interface FamilyRules {
  /** As `mpy_ld.py` prints it: `EM_ARM`. */
  readonly machine: string;
  readonly types: ReadonlyMap<number, RelocationType>;
  /**
   * What to add to the addend of a distance to get the offset from the symbol that the source means; NaN if that cannot
   * be told.
   */
  readonly addendBias: number;
  /** The relocation type that stores S + A in a machine word. */
  wordType(wordSize: 4 | 8): number;
  /** A type that refers to its symbol directly and yet has a slot in the reference linker's GOT. */
  idleSlotType?(wordSize: 4 | 8): number;
  /** Bit 0 of a function's address: 1 says Thumb. */
  readonly functionBit: 0 | 1;
  /** Instructions stand at multiples of so many bytes. */
  readonly codeAlign: 1 | 2;

  /** Code at offset 0 of the text that jumps to `target` (bytes from there). May be longer for a far target. */
  entryJump(target: number, thumb1: boolean): Uint8Array;
  /** Bits of the signed distance that it can span. */
  readonly entryJumpBits: number;
  /**
   * Code that is entered at `entry` (0 when left out) and jumps to the address in its word; aligned as a machine word.
   */
  farJump(wordSize: 4 | 8): { readonly code: Uint8Array; readonly wordOffset: number; readonly entry?: number };
  /** The reference linker makes far jumps to the firmware's functions also when nothing calls them. */
  readonly hasIdleStubs: boolean;
  /** A function that returns 0. */
  returnZero(arch: Arch): Uint8Array;
  /**
   * Code that calls the firmware's raise_msg, and the byte offsets of the words with the type, the text and that
   * function.
   */
  raise(arch: Arch): {
    readonly code: Uint8Array;
    readonly type: number;
    readonly text: number;
    readonly raise: number;
  };
  /** What the module starts with when there are constructors. */
  startCode(arch: Arch, count: number): StartCode;
  /** Chunks of a function that libraries leave to whoever links them, its entry first. */
  provide?(arch: Arch, name: string): readonly Chunk[] | undefined;
  /** What takes the place of routines of static libraries where the fewest bytes are asked for. */
  shorterRoutines?(arch: Arch): ShorterRoutines | undefined;

  /** The byte offset of the first instruction that takes the thread pointer. */
  threadPointerUse(chunk: Chunk, wordSize: 4 | 8): number | undefined;

  /** Bytes: the largest alignment that the firmware's loader gives to a block. */
  largestAlign(block: BlockName, wordSize: 4 | 8): number;
  /** The module's own variables may lie beside the code, because nothing else works. */
  readonly variablesBesideCode: boolean;
  /** The firmware's garbage collector frees BSS and rodata unless a word of the code points to their start. */
  readonly mustHoldData: boolean;

  /** Code for a fixed address, made fit to be loaded anywhere. */
  readonly conversion?: {
    convert(conversion: Conversion): Conversion;
    /** What layout has brought out of reach of each other. */
    findFar(conversion: Conversion, image: Image): Conversion;
  };
  /** In place of a GOT: the literals of the code. */
  buildLiterals?(arch: Arch, pieces: readonly Chunk[], stubs: Stubs, resolve: Resolve): AddressTables;
  /** Code that reaches variables in other blocks by a distance loads their addresses from the GOT. */
  loadAddresses?(program: Program, blockOf: BlockOf): Program;
  /** The chunk with what is near reached without a GOT slot; undefined when nothing changes. */
  reachDirectly?(chunk: Chunk, isNear: (relocation: Relocation) => boolean, program: Program): Chunk | undefined;
  /**
   * Functions get the address of the GOT in fewer bytes.
   * @param isMerged the GOT will have one slot for each target, that of the firmware's function table first
   */
  shareGotBase?(program: Program, isMerged: boolean): Program;
  /** Functions save their registers in fewer bytes. */
  shortenPrologues?(program: Program): Program;
  /** Undefined for code with a convention that leaves no register to outlined code. */
  outline?(arch: Arch): OutlineRules | undefined;
  /** Code is taken apart, and what is equal in it is shared. */
  rebuildCode?(program: Program, wishes: RebuildWishes): Program;
  /** Code without gaps, where the CPU takes it at any byte. */
  packCode?(program: Program): Program;
  /** Jumps that may get shorter. */
  readonly jumps?: JumpRules;
}

/** Routines that take the same arguments and give the same results as those of a library, in fewer bytes. */
export interface ShorterRoutines {
  readonly chunk: Chunk;
  /** Byte offsets in it by the names of functions. */
  readonly entries: ReadonlyMap<string, number>;
  /** A module that defines this takes part in what the library's routines do, and keeps them. */
  readonly unless: string;
}

/** What to do with code that is taken apart. */
export interface RebuildWishes {
  /** Keep repeated code once. */
  readonly outline: boolean;
  /** One literal pool for several functions. */
  readonly shareLiterals: boolean;
  /** mpy_init will come first, then all code, then the rest. */
  readonly sorted: boolean;
}

export type BlockOf = (chunk: Chunk) => BlockName;

/** A routine that calls the functions of a table and then jumps to mpy_init. */
export interface StartCode {
  readonly code: Uint8Array;
  /**
   * The table is a row of machine words. 'behind' the code, aligned as one, it has the functions, a word of 0 and
   * mpy_init; 'before' it, the functions and mpy_init.
   */
  readonly table: 'before' | 'behind';
}

/** A kind of field: its width, how to write it, and how to read an addend out of it. */
export interface Patch {
  readonly width: number;
  readonly write: (site: Site, value: number) => void;
  readonly addend?: (view: DataView, at: number) => number;
  readonly branch?: boolean;
  readonly isUpperPart?: boolean;
  readonly isSettled?: boolean;
  readonly isPadding?: boolean;
}

/** Of a mark that changes nothing itself. */
export function mark(kind: 'isSettled' | 'isPadding'): Patch {
  return { width: 0, write: () => {}, [kind]: true };
}

/** What a relocation type means, and the field it changes if it changes any. */
export type Row = Expression | readonly [Expression, Patch];

/**
 * The table of a family.
 * @param prefix of the names in the psABI: `R_ARM_`
 * @param numbers of all types that the family knows, by the rest of the name
 */
export function relocationTypes<Name extends string>(
  prefix: string,
  numbers: Readonly<Record<Name, number>>,
  rows: Readonly<Record<Name, Row>>,
): ReadonlyMap<number, RelocationType> {
  const names = Object.keys(numbers) as Name[];
  return new Map(
    names.map((name) => {
      const row: Row = rows[name];
      const [expression, patch] = typeof row === 'string' ? [row] : row;
      const width = patch?.width ?? 0;
      return [
        numbers[name],
        { ...patch, name: `${prefix}${name}`, expression, width, patch: patch?.write ?? (() => {}) },
      ];
    }),
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
  const made = new Uint8Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    made[2 * i] = values[i]!;
    made[2 * i + 1] = values[i]! >> 8;
  }
  return made;
}

export function isInt(bits: number, value: number): boolean {
  return value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
}

/** Picks bits `hi..lo` of a value, as psABIs write value[hi:lo]. */
export function bits(value: number, hi: number, lo: number): number {
  return (value >> lo) & ((2 << (hi - lo)) - 1);
}
