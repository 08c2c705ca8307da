/** What is known of one Thumb instruction. Document: Armv7-M Architecture Reference Manual, A5 and A7. */

/** Where control goes, and what an instruction names. Offsets are byte offsets in the same section. */
export type Flow =
  | { readonly kind: 'next' }
  /** `b`, also with a condition; `cbz`, `cbnz`. */
  | { readonly kind: 'branch'; readonly form: BranchForm; readonly target: number }
  /** `bl`. `offset` is what its field says: the distance from 4 bytes behind its start. */
  | { readonly kind: 'call'; readonly offset: number }
  /** `blx` of a register. */
  | { readonly kind: 'call-register' }
  /** Out of the function: `bx`, or a load of the program counter from the stack. */
  | { readonly kind: 'leave' }
  /** `tbb`, `tbh`: a table of distances follows. */
  | { readonly kind: 'table'; readonly width: 1 | 2 }
  /** The start of an IT block: how many instructions belong to it. */
  | { readonly kind: 'it'; readonly count: number };

export type BranchForm = 'b.n' | 'b.w' | 'bcc.n' | 'bcc.w' | 'cbz';

/** A load from a literal pool. */
export interface LiteralLoad {
  /** `ldr` has two encodings; the others are loads of floating-point registers. */
  readonly form: 'ldr.n' | 'ldr.w' | 'vldr.32' | 'vldr.64';
  /** Byte offset in the section. */
  readonly at: number;
}

export interface Decoded {
  /** Bytes. */
  readonly size: 2 | 4;
  readonly flow: Flow;
  readonly literal?: LiteralLoad;
  /** It needs what is in the link register. */
  readonly usesLink: boolean;
  /** Whatever was in the link register is gone afterwards. */
  readonly definesLink: boolean;
}

export const LR = 14;
export const PC = 15;

/** An instruction with nothing special. @param size bytes */
export function plain(size: 2 | 4, usesLink = false, definesLink = false): Decoded {
  return { size, flow: { kind: 'next' }, usesLink, definesLink };
}

export function leave(size: 2 | 4, usesLink: boolean): Decoded {
  return { size, flow: { kind: 'leave' }, usesLink, definesLink: false };
}
