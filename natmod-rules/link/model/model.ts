/** The data that linker passes hand to each other. Nothing here is changed after it is made. */
import type { Arch } from '../../arch/index.ts';
import type { ElfSymbol, ObjectFile, Relocation, Section } from '../../elf/object.ts';
import type { FamilyRules } from '../families/types.ts';
import type { Stubs } from '../place/stubs.ts';

/** The three blocks of memory a native module owns at run time; read-only data is in `text` unless the CPU forbids. */
export type BlockName = 'text' | 'rodata' | 'bss';

/** What a section is for, which decides its block. */
export type Role = 'text' | 'rodata' | 'data' | 'bss' | 'literal';

/**
 * The smallest thing that layout places: an input section, or something the linker makes (GOT, stub, common symbol).
 */
export interface Chunk {
  readonly name: string;
  /** Object it comes from, `<natmod>` for what the linker makes. */
  readonly object: string;
  readonly role: Role;
  /** Bytes. */
  readonly align: number;
  readonly size: number;
  /** Empty for BSS. */
  readonly data: Uint8Array;
  readonly relocations: readonly Relocation[];
  /** What a chunk of the linker's own making defines, or is called: `memset` for the way there. */
  readonly symbol?: string;
  /** Machine words that hold addresses, in chunks that the linker makes. */
  readonly words: readonly AddressWord[];
  readonly section?: Section;
  /** What `section` belongs to. */
  readonly from?: ObjectFile;
  /** It comes from a static library, and so holds no MicroPython objects. */
  readonly fromLibrary?: boolean;
}

/** A machine word at `offset` (bytes) of its chunk that shall hold the address of `target` plus `addend` bytes. */
export interface AddressWord {
  readonly offset: number;
  readonly target: Target;
  readonly addend: number;
}

/** What a symbol turns out to be. */
export type Target =
  | {
      readonly kind: 'chunk';
      readonly chunk: Chunk /** Bytes; bit 0 set for Thumb functions. */;
      readonly offset: number;
    }
  /** The value of one entry of the firmware's `mp_fun_table`. */
  | { readonly kind: 'table-entry'; readonly index: number }
  | { readonly kind: 'fun-table' | 'qstr-table' | 'obj-table' }
  /** An address known now: a symbol in ROM, an absolute symbol, 0 for an undefined weak one. */
  | { readonly kind: 'fixed'; readonly address: number; readonly weak?: boolean }
  | { readonly kind: 'got' };

/** Finds what a symbol stands for; never fails after symbol resolution. */
export type Resolve = (symbol: ElfSymbol) => Target;

export interface Placement {
  readonly block: BlockName;
  /** Byte offset in its block: S of the psABIs for offset 0 of the chunk. */
  readonly address: number;
}

export interface GotSlot {
  readonly target: Target;
  readonly addend: number;
  /** Byte offset in the GOT: G of the psABIs. */
  readonly offset: number;
}

/** Which GOT slot serves a relocation; what is not there needs none. */
export interface Got {
  readonly chunk: Chunk;
  readonly slots: readonly GotSlot[];
  slotOf(relocation: Relocation): GotSlot;
}

/** Where an Xtensa `l32r` of the literal at that offset of a literal section shall load from: chunk and byte offset. */
export type FindLiteral = (
  section: Section,
  offset: number,
) => { readonly chunk: Chunk; readonly offset: number } | undefined;

/** Everything that relocation needs to know. */
export interface Image {
  readonly arch: Arch;
  readonly rules: FamilyRules;
  /** In layout order. */
  readonly chunks: readonly Chunk[];
  readonly place: ReadonlyMap<Chunk, Placement>;
  readonly resolve: Resolve;
  readonly got: Got;
  readonly literal: FindLiteral;
  /** Code that jumps to mpy_init, empty when that comes first anyway. */
  readonly entryJump: Uint8Array;
  /** Where calls to what is outside the module go. */
  readonly stubs: Stubs;
  /** Bytes of each block. */
  readonly size: Readonly<Record<BlockName, number>>;
  /** The program as symbol resolution left it, to tell what became of its parts. */
  readonly before: Origin;
}

/** What a link started from. */
export interface Origin {
  readonly objects: readonly ObjectFile[];
  /** Everything the objects have for a module, also what was left out because nothing refers to it. */
  readonly selected: readonly Chunk[];
  /** What was not left out, with the symbols that it refers to. */
  readonly program: {
    readonly chunks: readonly Chunk[];
    readonly resolve: Resolve;
    readonly entry: Target & { kind: 'chunk' };
  };
  /** Where a place in one of those chunks has gone. */
  readonly follow: (target: Target) => Target;
}

export const LINKER = '<natmod>';

export function makeChunk(parts: Pick<Chunk, 'name' | 'role' | 'align' | 'size'> & Partial<Chunk>): Chunk {
  return {
    object: LINKER,
    data: new Uint8Array(parts.role === 'bss' ? 0 : parts.size),
    relocations: [],
    words: [],
    ...parts,
  };
}

/** Section and function (if known) at a byte offset, for messages. */
export function describeSymbol(symbol: ElfSymbol, sectionName?: string): string {
  return symbol.name !== '' ? symbol.name : (sectionName ?? 'an unnamed symbol');
}
