import type { MpyReader } from './reader.ts';
import { encodeRelocations, isRelocationKind, RELOCATIONS_END } from './relocations.ts';
import { type MpyRelocation, RELOCATION_BSS } from './types.ts';

/** What can be relocated. */
export interface Relocatable {
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  /** Bytes. */
  readonly wordSize: number;
}

interface Found {
  readonly relocations: readonly MpyRelocation[];
  readonly encodedRelocations?: Uint8Array;
}

/**
 * Reads relocations to their end mark. Every one is inside text or rodata, and there are no more of them than words
 * there, so counts in the file cannot make the list long.
 */
export function readRelocations(reader: MpyReader, place: Relocatable): Found {
  const words = {
    text: Math.floor(place.text.length / place.wordSize),
    rodata: Math.floor(place.rodata.length / place.wordSize),
  };
  const relocations: MpyRelocation[] = [];
  const start = reader.offset;
  let base: 'text' | 'rodata' = 'text';
  let wordIndex = -1;
  for (;;) {
    const offset = reader.offset;
    const operation = reader.byte('the relocations');
    if (operation === RELOCATIONS_END) break;
    if ((operation & 1) !== 0) {
      const address = reader.varint('the address of a relocation');
      base = address % 2 === 0 ? 'text' : 'rodata';
      wordIndex = Math.floor(address / 2);
    } else if (wordIndex < 0) {
      return reader.malformed('the first relocation has no address', offset);
    }
    const { kind, counted } = kindOf(operation >> 1);
    if (!isRelocationKind(kind)) return reader.malformed(`unknown relocation kind ${kind}`, offset);
    const count = counted ? reader.varint('the number of relocations') : 1;
    if (wordIndex + count > words[base]) {
      return reader.malformed(`a relocation of word ${wordIndex + count - 1}, but ${base} has ${words[base]}`, offset);
    }
    if (relocations.length + count > words.text + words.rodata) {
      return reader.malformed('there are more relocations than words', offset);
    }
    for (let i = 0; i < count; i++) relocations.push({ base, wordIndex: wordIndex++, kind });
  }
  return withEncoding(relocations, reader.since(start));
}

/** Numbers up to 5 are a section and whether a count follows; all others are the kind itself. */
function kindOf(operation: number): { kind: number; counted: boolean } {
  const isSection = operation <= RELOCATION_BSS * 2 + 1;
  return isSection ? { kind: operation >> 1, counted: (operation & 1) !== 0 } : { kind: operation, counted: false };
}

function withEncoding(relocations: readonly MpyRelocation[], original: Uint8Array): Found {
  const usual = encodeRelocations(relocations);
  const same = usual.length === original.length && usual.every((byte, i) => byte === original[i]);
  return same ? { relocations } : { relocations, encodedRelocations: original };
}
