/**
 * What makes a module smaller than the reference linker would, by the names that users of linkers know. Each can be had
 * without the others, and each leaves the program doing what it did.
 */

/** Every pass with what it does, in words for a list of options. */
export const PASSES = {
  'gc-sections': 'leave out what cannot be reached from mpy_init',
  'merge-constants': 'keep equal strings and constants once',
  icf: 'keep equal functions once, where nobody can tell (safe)',
  relax: 'no GOT slot for what is at a known distance; shorter calls on RISC-V',
  outline: 'keep repeated code once (ARM, Xtensa, RISC-V)',
  'short-routines': "division in the fewest bytes instead of the library's (ARM without an instruction for it)",
  'share-literals': 'one literal pool for neighbouring functions (ARM)',
  'sort-sections': 'mpy_init first, and data by alignment',
  'merge-got': 'one GOT slot for each address, and none that no code reads',
  'short-relocations': 'the records for the loader in the fewest bytes',
  variables: 'take initialised data, constructors, and static variables where code needs a rewrite to reach them',
} as const;

export type CompactPass = keyof typeof PASSES;

export const COMPACT_PASSES = Object.keys(PASSES) as readonly CompactPass[];

/** All of them, none, or those named. */
export type CompactChoice = boolean | readonly CompactPass[];

export function passesOf(choice: CompactChoice | undefined): ReadonlySet<CompactPass> {
  if (typeof choice === 'object') return new Set(choice);
  return new Set(choice === true ? COMPACT_PASSES : []);
}

/** A wish to have a pass done, or not. */
export type PassChange = readonly [pass: CompactPass, wanted: boolean];

/** A choice with changes applied in order: the last word on a pass counts. */
export function changePasses(
  choice: CompactChoice | undefined,
  changes: readonly PassChange[],
): readonly CompactPass[] {
  const passes = new Set(passesOf(choice));
  for (const [pass, wanted] of changes) {
    if (wanted) passes.add(pass);
    else passes.delete(pass);
  }
  return COMPACT_PASSES.filter((pass) => passes.has(pass));
}
