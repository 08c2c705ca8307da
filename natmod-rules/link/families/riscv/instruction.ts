/** A RISC-V instruction as data-flow analysis sees it. */
export interface Instruction {
  /** Bytes. */
  readonly length: 2 | 4;
  /** Bit n: the value of register n counts, in some way other than `terms` and `base` tell. */
  readonly reads: number;
  /**
   * Registers that are summed up, each once, perhaps with constants or registers of `reads`, into the register written.
   */
  readonly terms: readonly number[];
  /** Register to which a signed 12-bit immediate is added; also in `terms` if that sum is what is written. */
  readonly base?: number;
  /** Where the immediate of `base` is. */
  readonly form?: 'I' | 'S';
  /** Bit n: register n gets another value. */
  readonly writes: number;
  readonly flow: Flow;
}

export type Flow =
  | { readonly kind: 'next' }
  /** An instruction that traps for good. */
  | { readonly kind: 'stop' }
  /** Distances are in bytes, from the instruction itself. */
  | { readonly kind: 'branch'; readonly distance: number }
  /** A call if `link` is not register 0. */
  | { readonly kind: 'jump'; readonly distance: number; readonly link: number }
  | { readonly kind: 'indirect'; readonly register: number; readonly link: number };

const NEXT: Flow = { kind: 'next' };

export type Effects = Partial<Omit<Instruction, 'length'>>;

/** Fills in what an instruction does not do; register 0 is never read or written. */
export function instruction(length: 2 | 4, effects: Effects): Instruction {
  const { reads = 0, terms = [], base, form, writes = 0, flow = NEXT } = effects;
  return { length, reads: reads & ~1, terms, base, form, writes: writes & ~1, flow };
}

/** Bit mask of registers. */
export function mask(...registers: number[]): number {
  return registers.reduce((bits, r) => bits | (1 << r), 0);
}
