/** Objects on their way to code that can be loaded anywhere. */
import type { ObjectFile } from '../../elf/object.ts';

export interface Conversion {
  /** As compilers made them: the module's own, and then members of libraries. */
  readonly objects: readonly ObjectFile[];
  /** As they are linked, in the same order. */
  readonly converted: readonly ObjectFile[];
  /** By object: addresses that have to be made elsewhere, because layout brought their halves apart; see `PartKeys`. */
  readonly outOfLine: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of the objects that have to be converted anew. */
  readonly changed: ReadonlySet<string>;
  readonly round: number;
}

/** Nothing converted yet. */
export function startConversion(objects: readonly ObjectFile[]): Conversion {
  return { objects, converted: objects, outOfLine: new Map(), changed: new Set(), round: 0 };
}
