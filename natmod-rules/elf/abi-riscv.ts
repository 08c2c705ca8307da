/**
 * RISC-V: `e_flags` and the architecture string of `.riscv.attributes` (Tag_RISCV_arch, 5) against what a module's CPU
 * has. Documents: RISC-V ELF psABI, chapters "File header" and "Attributes"; ISA naming conventions.
 */
import type { Arch } from '../arch/index.ts';
import type { Conflict } from './abi.ts';
import { readAttributes, riscvValueKind } from './attributes.ts';

export interface RiscvAbi {
  readonly is64: boolean;
  /** Registers that carry floating-point arguments. */
  readonly floats: 'soft' | 'single' | 'double' | 'quad';
  /** Sixteen integer registers only (RV32E). */
  readonly reduced: boolean;
  /** Compressed instructions, as the header says. */
  readonly compressed: boolean;
  /** `rv32`, `rv64`, and the extensions without versions: `i m a c zicsr`; undefined when the object does not say. */
  readonly base?: string;
  readonly extensions?: readonly string[];
  readonly description: string;
}

const TAG_ARCH = 5;
const EF_RVC = 0x1;
const EF_FLOAT_ABI = 0x6;
const EF_RVE = 0x8;
const FLOATS = ['soft', 'single', 'double', 'quad'] as const;
/** Extensions of both RISC-V architectures of .mpy files, and the names of their parts. */
const ALLOWED = 'i m a c zicsr zifencei zmmul zaamo zalrsc zca zicntr zihpm'.split(' ');
const MAX_EXTENSIONS = 200;
const MAX_ISA_TEXT = 4000;

export function riscvAbi(
  flags: number,
  is64: boolean,
  section: Uint8Array,
  place: { file?: string; member?: string; section: string },
): RiscvAbi {
  const text = readAttributes(section, 'riscv', riscvValueKind, place).get(TAG_ARCH);
  const isa = typeof text === 'string' ? parseIsa(text) : undefined;
  const floats = FLOATS[(flags & EF_FLOAT_ABI) >> 1]!;
  const abi = { is64, floats, reduced: (flags & EF_RVE) !== 0, compressed: (flags & EF_RVC) !== 0, ...isa };
  const name = isa === undefined ? `RISC-V, ${is64 ? 64 : 32} bits` : `RISC-V ${isaName(isa)}`;
  return { ...abi, description: `${name}, ${floats} floats${abi.reduced ? ', 16 registers' : ''}` };
}

/** What in the object a module of that architecture cannot take. */
export function riscvConflict(arch: Arch, abi: RiscvAbi, more: readonly string[]): Conflict | undefined {
  const fails = (text: string): Conflict => ({ text, certain: true });
  if (abi.floats !== 'soft') {
    return fails(`passes ${abi.floats}-precision floats in FPU registers, ${arch.name} modules use soft floats`);
  }
  if (abi.reduced) return fails(`uses the calling convention of RV32E, ${arch.name} modules use all registers`);
  const bits = arch.wordSize === 8 ? 'rv64' : 'rv32';
  if (abi.base !== undefined && abi.base !== bits) return fails(`contains ${abi.base} code, ${arch.name} is ${bits}`);
  const allowed = new Set([...ALLOWED, ...more]);
  const foreign = (abi.extensions ?? []).filter((name) => !allowed.has(name));
  if (foreign.length === 0) return undefined;
  const names = foreign
    .slice(0, 8)
    .map((name) => `'${name}'`)
    .join(', ');
  return { text: `may contain instructions of ${names}, which ${arch.name} does not have`, certain: false };
}

/** `rv32imac_zicsr`, without versions. */
function isaName(isa: { base: string; extensions: readonly string[] }): string {
  const letters = isa.extensions.filter((name) => name.length === 1).join('');
  return [isa.base + letters, ...isa.extensions.filter((name) => name.length > 1)].join('_');
}

/** Splits `rv32i2p1_m2p0_zicsr2p0` or `rv32imac`; undefined when the text has another form. */
function parseIsa(text: string): { base: string; extensions: string[] } | undefined {
  if (text.length > MAX_ISA_TEXT) return undefined;
  const match = /^(rv\d{2,3})([a-z][a-z\d_]*)$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const extensions: string[] = [];
  for (const part of match[2]!.split('_')) {
    for (const name of splitPart(part)) {
      if (extensions.length < MAX_EXTENSIONS && !extensions.includes(name)) extensions.push(name);
    }
  }
  return { base: match[1]!, extensions };
}

/** Single letters may stand together (`imac`); names of several letters start with z, s or x and stand alone. */
function splitPart(part: string): string[] {
  if (/^[zsx][a-z]/.test(part)) return [part.replace(/\d+(?:p\d+)?$/, '')];
  const letters = part.replace(/\d+(?:p\d+)?/g, '').split('');
  return letters.flatMap((letter) => (letter === 'g' ? ['i', 'm', 'a', 'f', 'd', 'zicsr', 'zifencei'] : [letter]));
}
