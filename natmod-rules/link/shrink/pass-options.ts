/** The options of linkers that choose passes. */
import type { Arch } from '../../arch/index.ts';
import { isLevel, LEVELS, type Level, passesFor } from './levels.ts';
import { COMPACT_PASSES, PASSES, type PassChange, passesOf } from './passes.ts';

export interface PassOption {
  /** `--gc-sections`. */
  readonly name: string;
  /** The option that takes it back: `--no-gc-sections`. */
  readonly inverse?: string;
  /** What the value is called in the help; a flag has none. */
  readonly value?: string;
  readonly help: string;
}

/** The options of linkers that choose passes. */
export const PASS_OPTIONS: readonly PassOption[] = [
  { name: '--optimize', value: LEVELS.join('|'), help: 'do those of a level; size has all of them' },
  { name: '--small', help: '--optimize size: do all of the following' },
  ...COMPACT_PASSES.map((pass) =>
    pass === 'icf'
      ? { name: '--icf', value: 'safe|none', help: PASSES[pass] }
      : { name: `--${pass}`, inverse: `--no-${pass}`, help: PASSES[pass] },
  ),
];

/** The option that prints the sections which `--gc-sections` has left out. */
export const PRINT_REMOVED = '--print-gc-sections';

/** The values that an option takes: `safe|none`; undefined for a flag. */
export function valuesOf(name: string): string | undefined {
  return PASS_OPTIONS.find((option) => option.name === name)?.value;
}

/**
 * What an option of `PASS_OPTIONS` asks for.
 * @param arch what a level does depends on it
 * @returns undefined for another option, or for a value that the option does not take
 */
export function readPassOption(
  arch: Pick<Arch, 'family'>,
  name: string,
  value?: string,
): readonly PassChange[] | undefined {
  if (name === '--optimize') return value !== undefined && isLevel(value) ? changesOf(value, arch) : undefined;
  if (name === '--icf') return value === 'safe' || value === 'none' ? [['icf', value === 'safe']] : undefined;
  if (value !== undefined) return undefined;
  if (name === '--small') return changesOf('size', arch);
  const option = PASS_OPTIONS.find((o) => o.name === name || o.inverse === name);
  const pass = COMPACT_PASSES.find((p) => option?.name === `--${p}`);
  return pass === undefined ? undefined : [[pass, name === option!.name]];
}

function changesOf(level: Level, arch: Pick<Arch, 'family'>): readonly PassChange[] {
  const passes = passesOf(passesFor(level, arch, true));
  return COMPACT_PASSES.map((pass) => [pass, passes.has(pass)]);
}
