/** Levels of optimisation: what is given up for what. */
import type { Arch } from '../../arch/index.ts';
import { fail } from '../../problem.ts';
import { COMPACT_PASSES, type CompactChoice, type CompactPass } from './passes.ts';

/**
 * - `none`: the plain form, byte for byte what the reference linker makes
 * - `balanced`: what saves bytes and costs no instructions
 * - `size`: the fewest bytes
 * - `speed`: compiled with -O2, and what saves bytes and costs nothing
 */
export const LEVELS = ['none', 'balanced', 'size', 'speed'] as const;

export type Level = (typeof LEVELS)[number];

export const USUAL_LEVEL: Level = 'balanced';

export function isLevel(word: string): word is Level {
  return LEVELS.some((level) => level === word);
}

/** @throws NatmodError `bad-level` */
export function readLevel(word: string, makefile: string): Level {
  if (isLevel(word)) return word;
  return fail('bad-level', `MPY_OPTIMIZE is '${word}'`, { file: makefile }, `levels are ${LEVELS.join(', ')}`);
}

/**
 * What the linker does at a level.
 * @param forSize the module's own flags give speed for size, too; where they ask for speed, nothing is done that costs
 *   some
 */
export function passesFor(level: Level, { family }: Pick<Arch, 'family'>, forSize: boolean): CompactChoice {
  if (level === 'none') return false;
  if (!forSize || level === 'speed') return without('outline', 'short-routines');
  if (level === 'size') return true;
  // On ARM shared code is jumped to and called so cheaply that counts stay the same.
  return family === 'arm' ? without('short-routines') : without('outline', 'short-routines');
}

function without(...passes: readonly CompactPass[]): readonly CompactPass[] {
  return COMPACT_PASSES.filter((pass) => !passes.includes(pass));
}
