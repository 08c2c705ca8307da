/** What a build needs to know of one architecture. One data file of this shape per `-march` name of mpy-cross. */

export type ArchName =
  | 'x86'
  | 'x64'
  | 'armv6m'
  | 'armv7m'
  | 'armv7emsp'
  | 'armv7emdp'
  | 'xtensa'
  | 'xtensawin'
  | 'rv32imc'
  | 'rv64imc';

/** CPU families that share relocations; each has a folder in `link/families/`. */
export type Family = 'x86' | 'x64' | 'arm' | 'xtensa' | 'riscv';

export type FloatImpl = 'none' | 'float' | 'double';

export interface Arch {
  readonly name: ArchName;
  readonly family: Family;
  /** Architecture number of the .mpy feature byte (bits 2-5). */
  readonly mpyNumber: number;
  /** Bytes of a machine word, a pointer and a GOT entry. */
  readonly wordSize: 4 | 8;
  /** `e_machine` of its object files. */
  readonly elfMachine: number;
  /** Compiler prefixes to look for, best first: `arm-none-eabi-` means `arm-none-eabi-gcc`. */
  readonly prefixes: readonly string[];
  /** Plain compiler names that serve when the host itself has this architecture. */
  readonly nativeOn?: { readonly hostArch: string; readonly compilers: readonly string[] };
  /** Flags every compilation needs: CPU, ABI, what position independence asks for. */
  readonly flags: readonly string[];
  /** Flags for the smallest module; the linker must link in its compact form then. */
  readonly compactFlags: readonly string[];
  /**
   * Flags for the fewest bytes, for modules that are compiled with -Os. Found by trying what makes real modules
   * smaller.
   */
  readonly sizeFlags: readonly string[];
  /** Those of them that cost instructions: found by counting. */
  readonly costlyFlags: readonly string[];
  /** Default of MICROPY_FLOAT_IMPL. */
  readonly floatImpl: FloatImpl;
  /** Read-only data travels in its own block, because code memory cannot be read bytewise. */
  readonly separateRodata: boolean;
  /** The CPU takes jumps of Thumb-1 only. */
  readonly thumb1?: boolean;
  /** Calls turn a window of registers (Xtensa's windowed ABI, instead of call0). */
  readonly isWindowed?: boolean;
  /** Bits of the architecture-flags varint that users may name (`ARCH_FLAGS=zba,zcmp`). */
  readonly archFlags?: Readonly<Record<string, number>>;
  /** Debian packages that bring the compiler. */
  readonly debianPackages: readonly string[];
  /** How to get a compiler where there is no Debian package, in one sentence. */
  readonly howToGet?: string;
}
