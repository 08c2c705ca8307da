/**
 * What relaxation wants to know of a CPU family's code: what may change its length, and how. Sizes and offsets in
 * bytes.
 */
import type { ObjectFile, Relocation } from '../../elf/object.ts';
import type { Chunk } from '../model/model.ts';

/** One form of a jump. */
export interface Form {
  readonly code: Uint8Array;
  /** Type and byte offset (in `code`) of the relocation that sends it to its target. */
  readonly type: number;
  readonly offset: number;
  /** Bits of the signed distance that it holds, in bytes. */
  readonly bits: number;
}

export interface JumpSite {
  /** Byte offset in the chunk. */
  readonly at: number;
  readonly size: number;
  /** The relocation that names the target. */
  readonly jump: Relocation;
  /** Shortest first; the last reaches what the compiler's own did, or further. */
  readonly forms: readonly Form[];
}

/** Padding that keeps an alignment. */
export interface PaddingSite {
  readonly at: number;
  /** Bytes that are there now: one instruction less than the alignment. */
  readonly size: number;
}

export interface Sites {
  readonly jumps: readonly JumpSite[];
  readonly paddings: readonly PaddingSite[];
}

export interface JumpRules {
  /** @param isOpen the chunk's object is */
  find(chunk: Chunk, wordSize: 4 | 8, isOpen: boolean): Sites;
  /** Whether the assembler has left the distance of every jump of an object to the linker. */
  isOpen(object: ObjectFile, wordSize: 4 | 8): boolean;
  /** The shortest instruction that does nothing; paddings are made of it. */
  readonly nop: Uint8Array;
}
