/**
 * Small functions that the linker itself writes when nothing defines them: what C libraries and compilers for bare
 * metal expect of a run-time environment, and what the firmware offers in another form.
 */
import type { Arch } from '../../arch/index.ts';
import type { FamilyRules } from '../families/types.ts';
import type { Chunk } from '../model/model.ts';
import { provideAbort } from './abort.ts';
import { provideAtExit } from './at-exit.ts';
import { provideStackCheck } from './stack-check.ts';

/** Chunks of one such function, its entry first. */
export function provide(arch: Arch, rules: FamilyRules, name: string): readonly Chunk[] | undefined {
  return (
    provideAtExit(arch, rules, name) ??
    provideAbort(arch, rules, name) ??
    provideStackCheck(arch, rules, name) ??
    rules.provide?.(arch, name)
  );
}

/** Names that a library need not define for that architecture. */
export function isProvided(arch: Arch, rules: FamilyRules, name: string): boolean {
  return provide(arch, rules, name) !== undefined;
}
