import type { Arch } from '../arch/index.ts';
import { qstrOf } from './qstrs.ts';
import { encodeRelocationsShort } from './relocations.ts';
import {
  MPY_SUB_VERSION,
  MPY_VERSION,
  type MpyFile,
  type MpyRelocation,
  SCOPE_BSS,
  SCOPE_RELOCATIONS,
  SCOPE_RODATA,
} from './types.ts';
import { writeMpy } from './write.ts';

export interface NativeModule {
  readonly arch: Arch;
  /** Extensions the code needs; 0 or nothing when none. */
  readonly archFlags?: number;
  /** Becomes qstr 0, such as `features0.mpy`. */
  readonly sourceName: string;
  /** Texts of qstr 1 and up. */
  readonly qstrs: readonly string[];
  /** Offset 0 is the entry. */
  readonly text: Uint8Array;
  readonly rodata: Uint8Array;
  /** Bytes. */
  readonly bssSize: number;
  /** In the order they are to be written. */
  readonly relocations: readonly MpyRelocation[];
  /** Write the relocations in the fewest bytes instead of as `mpy_ld.py` does. */
  readonly shortRelocations?: boolean;
}

/** Small integers of native code fit every firmware, also those with 32-bit objects. */
const SMALL_INT_BITS = 31;

/** A linked native module as the value that `writeMpy` takes. */
export function nativeModule(module: NativeModule): MpyFile {
  const scopeFlags =
    SCOPE_RELOCATIONS | (module.rodata.length > 0 ? SCOPE_RODATA : 0) | (module.bssSize > 0 ? SCOPE_BSS : 0);
  return {
    header: {
      version: MPY_VERSION,
      subVersion: MPY_SUB_VERSION,
      archNumber: module.arch.mpyNumber,
      archFlags: module.archFlags ?? 0,
      smallIntBits: SMALL_INT_BITS,
    },
    qstrs: [module.sourceName, ...module.qstrs].map(qstrOf),
    objects: [],
    root: {
      kind: 'native',
      text: module.text,
      scopeFlags,
      rodata: module.rodata,
      bssSize: module.bssSize,
      relocations: module.relocations,
      encodedRelocations: module.shortRelocations ? encodeRelocationsShort(module.relocations) : undefined,
      children: [],
    },
  };
}

/** The .mpy file of a linked native module, byte for byte as `mpy_ld.py` writes it unless told otherwise. */
export function writeNativeModule(module: NativeModule): Uint8Array {
  return writeMpy(nativeModule(module));
}
