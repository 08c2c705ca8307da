/** The relocation rules of every CPU family. Adding a family is one file beside this one and one line here. */
import type { Arch, Family } from '../../arch/index.ts';
import { STB_LOCAL } from '../../elf/constants.ts';
import type { Relocation } from '../../elf/object.ts';
import { arm } from './arm/relocate.ts';
import { riscv } from './riscv/relocate.ts';
import type { FamilyRules } from './types.ts';
import { x64 } from './x86/relocate-x64.ts';
import { x86 } from './x86/relocate-x86.ts';
import { xtensa } from './xtensa/relocate.ts';

const RULES: Readonly<Record<Family, FamilyRules>> = { x86, x64, arm, xtensa, riscv };

export function rulesOf(family: Family): FamilyRules {
  return RULES[family];
}

/** Types that refer to their symbol directly and yet have a slot in the reference linker's GOT: R_386_PC32, R_RISCV_32, R_RISCV_64. */
const IDLE_SLOTS: Readonly<Record<Family, readonly number[]>> = {
  x86: [2],
  x64: [],
  arm: [],
  xtensa: [],
  riscv: [1, 2],
};

/** Whether a relocation reads its symbol's GOT slot. */
export function readsSlot(arch: Arch, { type }: Relocation): boolean {
  const expression = RULES[arch.family].types.get(type)?.expression;
  return expression === 'got' || expression === 'got-pc';
}

/** Whether a relocation gives its symbol a GOT slot: because it reads it, or because the reference linker would make one. */
export function wantsSlot(arch: Arch, relocation: Relocation): boolean {
  const { type, symbol } = relocation;
  const isIdle = IDLE_SLOTS[arch.family].includes(type) && symbol.bind !== STB_LOCAL;
  return readsSlot(arch, relocation) || (isIdle && (arch.family !== 'riscv' || type === arch.wordSize / 4));
}
