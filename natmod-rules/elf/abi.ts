/**
 * Whether an object fits an architecture: the CPU, the registers that carry floating-point values, and the instructions
 * it may contain. A library of the wrong variant links without a sound otherwise and fails on the board.
 */
import type { Arch } from '../arch/index.ts';
import type { Place, Problem } from '../problem.ts';
import { type ArmAbi, armAbi, armConflict } from './abi-arm.ts';
import { type RiscvAbi, riscvAbi, riscvConflict } from './abi-riscv.ts';
import { EM_ARM, EM_RISCV, EM_XTENSA, machineName } from './constants.ts';
import type { ObjectFile } from './object.ts';

/** What is known of an object from its header and its attributes section. */
export interface ObjectTraits {
  /** `e_machine`. */
  readonly machine: number;
  /** 64-bit class. */
  readonly is64: boolean;
  /** `e_flags`. */
  readonly flags: number;
  /** Bytes of the section that `attributeSection` names, if the object has it. */
  readonly attributes?: Uint8Array;
  /** For messages. */
  readonly file?: string;
  readonly member?: string;
}

export interface ObjectAbi {
  readonly traits: ObjectTraits;
  /** Short words for people: `ARM v7E-M, hard floats (single precision)`. */
  readonly description: string;
  readonly arm?: ArmAbi;
  readonly riscv?: RiscvAbi;
  /** Xtensa: windowed registers or call0, when the object says. */
  readonly xtensa?: 'windowed' | 'call0';
}

export interface CompatibilityOptions {
  /** RISC-V extensions that ARCH_FLAGS allows besides those of the architecture: `zba`, `zcmp`. */
  readonly extensions?: readonly string[];
}

/** What an object has that a module of an architecture cannot take. */
export interface Conflict {
  /** The start of a sentence: `uses the call0 ABI, xtensawin modules use windowed`. */
  readonly text: string;
  /**
   * It fails on every CPU whose firmware is of that architecture. Otherwise a stronger CPU may run it, and it may be
   * meant.
   */
  readonly certain: boolean;
}

/** The section that tells about the ABI on that machine; undefined when only the header does. */
export function attributeSection(machine: number): string | undefined {
  if (machine === EM_ARM) return '.ARM.attributes';
  if (machine === EM_RISCV) return '.riscv.attributes';
  return machine === EM_XTENSA ? '.xtensa.info' : undefined;
}

/** The traits of an object that has been read; `file` and `member` name it in messages, its own name if left out. */
export function traitsOf(
  object: ObjectFile,
  place: { readonly file?: string; readonly member?: string } = {},
): ObjectTraits {
  const { machine, is64, flags } = object.header;
  const wanted = attributeSection(machine);
  const attributes = object.sections.find((section) => section.name === wanted)?.data;
  return { machine, is64, flags, attributes, file: place.file ?? object.name, member: place.member };
}

/** Reads what an object says of its ABI. Throws a NatmodError (`bad-attributes`) when its attributes are broken. */
export function abiOf(traits: ObjectTraits): ObjectAbi {
  const { machine, is64, flags, file, member } = traits;
  const attributes = traits.attributes ?? new Uint8Array(0);
  const place = { file, member, section: attributeSection(machine) ?? '' };
  if (machine === EM_ARM) {
    const arm = armAbi(attributes, place);
    return { traits, arm, description: arm.description };
  }
  if (machine === EM_RISCV) {
    const riscv = riscvAbi(flags, is64, attributes, place);
    return { traits, riscv, description: riscv.description };
  }
  if (machine === EM_XTENSA) {
    const xtensa = xtensaAbi(attributes);
    return { traits, xtensa, description: xtensa === undefined ? 'Xtensa' : `Xtensa, ${xtensa} ABI` };
  }
  return { traits, description: `${machineName(machine)}${is64 ? '' : ', 32 bits'}` };
}

/**
 * What keeps an object out of a module of that architecture, or undefined. The problem (`wrong-machine` or `wrong-abi`)
 * names the object, its ABI, and the compiler options of one that fits.
 */
export function checkCompatible(arch: Arch, abi: ObjectAbi, options: CompatibilityOptions = {}): Problem | undefined {
  const conflict = conflictOf(arch, abi, options);
  if (conflict === undefined) return undefined;
  const { traits, description } = abi;
  const where: Place = { file: traits.file, member: traits.member };
  if (isOtherMachine(arch, traits)) {
    const message = `this is code for ${description}, the module is for ${arch.name}`;
    return { code: 'wrong-machine', message, where, hint: otherCpuHint(arch) };
  }
  const hint = `it has to be compiled with ${arch.flags.length > 0 ? arch.flags.join(' ') : `${arch.name}'s compiler`}`;
  return { code: 'wrong-abi', message: `${conflict.text} (the object is ${description})`, where, hint };
}

/** The conflict itself, or undefined. */
export function conflictOf(arch: Arch, abi: ObjectAbi, options: CompatibilityOptions = {}): Conflict | undefined {
  if (isOtherMachine(arch, abi.traits)) return { text: `is code for ${abi.description}`, certain: true };
  if (abi.arm !== undefined) return armConflict(arch, abi.arm);
  if (abi.riscv !== undefined) return riscvConflict(arch, abi.riscv, options.extensions ?? []);
  if (abi.xtensa === undefined) return undefined;
  const wanted = arch.isWindowed ? 'windowed' : 'call0';
  if (abi.xtensa === wanted) return undefined;
  return { text: `uses the ${abi.xtensa} ABI, ${arch.name} modules use ${wanted}`, certain: true };
}

function isOtherMachine(arch: Arch, { machine, is64 }: ObjectTraits): boolean {
  return machine !== arch.elfMachine || is64 !== (arch.wordSize === 8);
}

/** What to do about a file for another CPU. A file that two architectures' rules share is the usual way to one. */
export function otherCpuHint({ name }: Arch): string {
  return `it was made for another CPU: build it again for ${name}; a file that the Makefile's own rules make needs $(ARCH) in its name or folder`;
}

/** GNU as notes `ABI=0` for windowed registers and `ABI=1` for call0; older versions note nothing. */
function xtensaAbi(info: Uint8Array): 'windowed' | 'call0' | undefined {
  const abi = /(?:^|[\n\0])ABI=([01])\n/.exec(new TextDecoder().decode(info.subarray(0, 4096)))?.[1];
  if (abi === undefined) return undefined;
  return abi === '0' ? 'windowed' : 'call0';
}
