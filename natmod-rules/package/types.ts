/** A .mpy file as a value. The layout is that of MicroPython's `py/persistentcode.c`, file version 6. */

export interface MpyHeader {
  /** Version of the bytecode and of the file layout; 6. */
  readonly version: number;
  /** Version of the native ABI, 0-3; the firmware looks at it in native files only. */
  readonly subVersion: number;
  /** 0 when the file has no native code; see `MPY_ARCH_NAMES`. */
  readonly archNumber: number;
  /** Extensions of the architecture the code needs; 0 when the file names none. */
  readonly archFlags: number;
  /** The firmware must have small integers of at least this many bits. */
  readonly smallIntBits: number;
}

/** An interned string: the number of a static one (`STATIC_QSTRS[number - 1]`) or the UTF-8 bytes of any other. */
export type MpyQstr = { readonly static: number } | { readonly bytes: Uint8Array };

/** A constant object. Numbers are kept as the decimal text the file has. */
export type MpyObject =
  | { readonly kind: 'fun-table' | 'none' | 'false' | 'true' | 'ellipsis' }
  | { readonly kind: 'str' | 'bytes' | 'int' | 'float' | 'complex'; readonly bytes: Uint8Array }
  | { readonly kind: 'tuple'; readonly items: readonly MpyObject[] };

/** The loader adds the address that `kind` stands for to one machine word. */
export interface MpyRelocation {
  readonly base: 'text' | 'rodata';
  /** Which machine word (4 or 8 bytes) from the start of `base`. */
  readonly wordIndex: number;
  /** 0 text, 1 rodata, 2 BSS, 6 qstr table, 7 object table, 8 `mp_fun_table`, 9+n its member n. */
  readonly kind: number;
}

/** What stands before the opcodes of a Python function. */
export interface Prelude {
  readonly stateSize: number;
  readonly exceptionStackSize: number;
  readonly scopeFlags: number;
  readonly positionalArgs: number;
  readonly keywordOnlyArgs: number;
  readonly defaultArgs: number;
  /** Indices into the qstr table: the function's name, then those of its arguments. */
  readonly names: readonly number[];
  /** Byte offsets inside the code: end of the signature, start of the cell list, start of the opcodes. */
  readonly sizeOffset: number;
  readonly cellsOffset: number;
  readonly opcodesOffset: number;
}

export interface Bytecode {
  readonly kind: 'bytecode';
  /** Prelude and opcodes. */
  readonly code: Uint8Array;
  readonly prelude: Prelude;
  readonly children: readonly RawCode[];
}

/** Machine code that a linker or the viper emitter made; offset 0 of `text` is the entry. */
export interface NativeCode {
  readonly kind: 'native';
  readonly text: Uint8Array;
  /** 0x10 relocations follow, 0x20 a rodata size, 0x40 a BSS size. */
  readonly scopeFlags: number;
  readonly rodata: Uint8Array;
  /** Bytes. */
  readonly bssSize: number;
  readonly relocations: readonly MpyRelocation[];
  /** The relocations as the file has them, where that is not how `writeMpy` would encode them. */
  readonly encodedRelocations?: Uint8Array;
  readonly children: readonly RawCode[];
}

/** Machine code of the `@micropython.native` emitter. */
export interface NativePython {
  readonly kind: 'native-python';
  readonly text: Uint8Array;
  /** Byte offset of the prelude inside `text`; the offsets of `prelude` are relative to it. */
  readonly preludeOffset: number;
  readonly prelude: Prelude;
  readonly children: readonly RawCode[];
}

/** Machine code of the inline assemblers. */
export interface Assembly {
  readonly kind: 'assembly';
  readonly text: Uint8Array;
  readonly scopeFlags: number;
  readonly positionalArgs: number;
  readonly typeSignature: number;
  readonly children: readonly RawCode[];
}

export type RawCode = Bytecode | NativeCode | NativePython | Assembly;

export interface MpyFile {
  readonly header: MpyHeader;
  /** At least one; the first is the source name. */
  readonly qstrs: readonly MpyQstr[];
  readonly objects: readonly MpyObject[];
  readonly root: RawCode;
}

export const MPY_VERSION = 6;
export const MPY_SUB_VERSION = 3;
/** Bit 6 of the feature byte: a varint of architecture flags follows the header. */
export const ARCH_FLAGS_PRESENT = 0x40;

export const SCOPE_RELOCATIONS = 0x10;
export const SCOPE_RODATA = 0x20;
export const SCOPE_BSS = 0x40;

export const RELOCATION_BSS = 2;
export const RELOCATION_QSTR_TABLE = 6;
export const RELOCATION_OBJECT_TABLE = 7;
export const RELOCATION_FUN_TABLE = 8;
export const RELOCATION_FUN_TABLE_MEMBER = 9;

/** Names of the architecture numbers, also of those for which no module can be linked. */
export const MPY_ARCH_NAMES: readonly string[] = [
  'none',
  'x86',
  'x64',
  'armv6',
  'armv6m',
  'armv7m',
  'armv7em',
  'armv7emsp',
  'armv7emdp',
  'xtensa',
  'xtensawin',
  'rv32imc',
  'rv64imc',
];

/** Bytes of a machine word of an architecture number. */
export function wordSizeOf(archNumber: number): 4 | 8 {
  const name = MPY_ARCH_NAMES[archNumber];
  return name === 'x64' || name === 'rv64imc' ? 8 : 4;
}
