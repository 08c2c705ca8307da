/** Library members on their way to code that can be loaded anywhere. */
import type { ObjectFile } from '../../elf/object.ts';

export interface Conversion {
  /** As the libraries have them. */
  readonly members: readonly ObjectFile[];
  /** As they are linked, in the same order. */
  readonly converted: readonly ObjectFile[];
  /** By member: addresses that have to be made elsewhere, because layout brought their halves apart; see `PartKeys`. */
  readonly outOfLine: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of the members that have to be converted anew. */
  readonly changed: ReadonlySet<string>;
  readonly round: number;
}

/** Nothing converted yet. */
export function startConversion(members: readonly ObjectFile[]): Conversion {
  return { members, converted: members, outOfLine: new Map(), changed: new Set(), round: 0 };
}
