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

const FLAGS = [false, true];
/** Most instructions of a module: each kind is there once. */
const PLAIN = FLAGS.flatMap((usesLink) =>
  FLAGS.flatMap((definesLink) => both({ kind: 'next' }, usesLink, definesLink)),
);
const LEAVE = FLAGS.flatMap((usesLink) => both({ kind: 'leave' }, usesLink, false));

function both(flow: Flow, usesLink: boolean, definesLink: boolean): readonly Decoded[] {
  return ([2, 4] as const).map((size) => ({ size, flow, usesLink, definesLink }));
}

/** An instruction with nothing special. @param size bytes */
export function plain(size: 2 | 4, usesLink = false, definesLink = false): Decoded {
  return PLAIN[(usesLink ? 4 : 0) + (definesLink ? 2 : 0) + (size >> 2)]!;
}

export function leave(size: 2 | 4, usesLink: boolean): Decoded {
  return LEAVE[(usesLink ? 2 : 0) + (size >> 2)]!;
}

/** An instruction after which control need not go on to the next. */
export function flowing(flow: Flow, size: 2 | 4, usesLink = false, definesLink = false): Decoded {
  return { size, flow, usesLink, definesLink };
}

/** A load from a pool. @param at byte offset of the literal */
export function load(form: LiteralLoad['form'], size: 2 | 4, at: number): Decoded {
  const { flow, usesLink, definesLink } = plain(size);
  return { size, flow, literal: { form, at }, usesLink, definesLink };
}
