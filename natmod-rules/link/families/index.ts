/** The rules of every CPU family. Adding a family is a folder beside this file and one line here. */
import type { Family } from '../../arch/index.ts';
import { arm } from './arm/index.ts';
import { riscv } from './riscv/index.ts';
import type { FamilyRules } from './types.ts';
import { x64, x86 } from './x86/index.ts';
import { xtensa } from './xtensa/index.ts';

const RULES: Readonly<Record<Family, FamilyRules>> = { x86, x64, arm, xtensa, riscv };

export function rulesOf(family: Family): FamilyRules {
  return RULES[family];
}
