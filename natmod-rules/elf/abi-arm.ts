/**
 * ARM: what `.ARM.attributes` says against what a Cortex-M module needs. Tags and values: "Addenda to, and Errata in,
 * the ABI for the Arm Architecture", chapter 3.3.
 */
import type { Arch } from '../arch/index.ts';
import type { Conflict } from './abi.ts';
import { type Attributes, armValueKind, readAttributes } from './attributes.ts';

export interface ArmAbi {
  /** Tag_CPU_arch; undefined when the object has no attributes, as data without code has not. */
  readonly cpu?: number;
  /** Tag_CPU_arch_profile: `M`, `A`, `R`, `S`, or empty. */
  readonly profile: string;
  /** Contains code of the ARM (not Thumb) instruction set. */
  readonly armCode: boolean;
  /** Floating-point instructions in the code. */
  readonly fpu: 'none' | 'single' | 'double';
  /** Registers of floating-point arguments; `any` when the object passes none or says so. */
  readonly floats: 'soft' | 'hard' | 'any';
  /** Vector instructions (Helium, Neon). */
  readonly vectors: boolean;
  readonly description: string;
}

const CPU_ARCH = 6;
const CPU_ARCH_PROFILE = 7;
const ARM_ISA_USE = 8;
const FP_ARCH = 10;
const ADVANCED_SIMD_ARCH = 12;
const FP_NUMBER_MODEL = 23;
const HARD_FP_USE = 27;
const VFP_ARGS = 28;
const MVE_ARCH = 48;

const V6_M = 11;
const V6S_M = 12;
const V7 = 10;
const V7E_M = 13;
const SINGLE_ONLY = 1;
const ARGS_IN_FPU = 1;
const ARGS_ANY = 3;

const CPU_NAMES = (
  'before v4,v4,v4T,v5T,v5TE,v5TEJ,v6,v6KZ,v6T2,v6K,v7,v6-M,v6S-M,v7E-M,v8-A,v8-R,v8-M baseline,v8-M mainline,' +
  'v8.1-A,v8.2-A,v8.3-A,v8.1-M mainline,v9-A'
).split(',');

interface CpuNeeds {
  readonly cpus: readonly number[];
  readonly fpu: 'none' | 'single' | 'double';
  readonly floats: 'soft' | 'hard';
}

/** Older Thumb code runs on every Cortex-M, that of v6T2 and v7 from Cortex-M3 on. */
const THUMB_1 = [2, 3, 4, 5, 6, 7, 9, V6_M, V6S_M];
const THUMB_2 = [...THUMB_1, 8, V7];
const NEEDS: Readonly<Record<string, CpuNeeds>> = {
  armv6m: { cpus: THUMB_1, fpu: 'none', floats: 'soft' },
  armv7m: { cpus: THUMB_2, fpu: 'none', floats: 'soft' },
  armv7emsp: { cpus: [...THUMB_2, V7E_M], fpu: 'single', floats: 'hard' },
  armv7emdp: { cpus: [...THUMB_2, V7E_M], fpu: 'double', floats: 'hard' },
};
const FPU_RANK = { none: 0, single: 1, double: 2 } as const;

export function armAbi(section: Uint8Array, place: { file?: string; member?: string; section: string }): ArmAbi {
  const attributes = readAttributes(section, 'aeabi', armValueKind, place);
  const number = (tag: number): number => {
    const value = attributes.get(tag);
    return typeof value === 'number' ? value : 0;
  };
  const cpu = attributes.has(CPU_ARCH) ? number(CPU_ARCH) : undefined;
  const letter = number(CPU_ARCH_PROFILE);
  const abi = {
    cpu,
    profile: letter > 0x20 && letter < 0x7f ? String.fromCharCode(letter) : '',
    armCode: number(ARM_ISA_USE) !== 0,
    fpu: fpuOf(number(FP_ARCH), number(HARD_FP_USE)),
    floats: floatsOf(attributes, number(VFP_ARGS), number(FP_NUMBER_MODEL)),
    vectors: number(MVE_ARCH) !== 0 || number(ADVANCED_SIMD_ARCH) !== 0,
  };
  return { ...abi, description: describe(abi) };
}

/** What in the object a module of that architecture cannot take. */
export function armConflict(arch: Arch, abi: ArmAbi): Conflict | undefined {
  const needs = NEEDS[arch.name];
  if (needs === undefined || abi.cpu === undefined) return undefined;
  const fails = (text: string): Conflict => ({ text, certain: true });
  if (abi.floats !== 'any' && abi.floats !== needs.floats) {
    const used = `uses the ${abi.floats}-float calling convention`;
    return fails(`${used}, ${arch.name} modules use ${needs.floats} floats`);
  }
  if (abi.armCode) return fails(`contains ARM code, ${arch.name} runs Thumb code only`);
  if (abi.profile === 'A' || abi.profile === 'R' || !needs.cpus.includes(abi.cpu)) {
    const text = `needs an ARM${cpuName(abi)} CPU, ${arch.name} is not one`;
    // There are boards with more than the least CPU of an architecture: Cortex-M33 runs modules for ARMv7E-M.
    const isStronger = abi.cpu >= V7E_M && abi.profile === 'M';
    return { text, certain: arch.thumb1 === true || !isStronger };
  }
  if (abi.vectors) return fails(`contains vector instructions, ${arch.name} has none`);
  if (FPU_RANK[abi.fpu] > FPU_RANK[needs.fpu]) {
    const has = needs.fpu === 'none' ? 'has no FPU' : 'has a single-precision FPU only';
    return fails(`contains ${abi.fpu}-precision FPU instructions, ${arch.name} ${has}`);
  }
  return undefined;
}

function fpuOf(arch: number, use: number): 'none' | 'single' | 'double' {
  if (arch === 0) return 'none';
  return use === SINGLE_ONLY ? 'single' : 'double';
}

/** An object without a floating-point model passes no floats; assembly says nothing of it at all. */
function floatsOf(attributes: Attributes, args: number, model: number): 'soft' | 'hard' | 'any' {
  if (args === ARGS_IN_FPU) return 'hard';
  if (args === ARGS_ANY || !attributes.has(FP_NUMBER_MODEL) || model === 0) return 'any';
  return 'soft';
}

function cpuName(abi: Pick<ArmAbi, 'cpu' | 'profile'>): string {
  const name = CPU_NAMES[abi.cpu ?? -1] ?? ` architecture ${abi.cpu}`;
  return abi.cpu === V7 && abi.profile !== '' ? `${name}-${abi.profile}` : name;
}

function describe(abi: Omit<ArmAbi, 'description'>): string {
  if (abi.cpu === undefined) return 'ARM without attributes';
  const floats = abi.floats === 'any' ? '' : `, ${abi.floats} floats`;
  return `ARM${cpuName(abi)}${abi.armCode ? ' with ARM code' : ''}${floats}${abi.fpu === 'none' ? '' : `, ${abi.fpu} FPU`}`;
}
