/**
 * Literal pools for several functions. A load reaches 1020 bytes on, so functions that stand near each other can share
 * what they load: above all the address of the firmware's table of functions, which nearly every function of a module
 * wants.
 */
import type { Literal, ThumbFunction } from './lines.ts';

/** Literals that follow the function at an index, each once. */
export interface Pool {
  readonly behind: number;
  readonly literals: readonly Literal[];
}

/** Code as it lies in the module: a function with bytes that it may take, or something else of that size. */
export interface Stretch {
  readonly size: number;
  readonly function?: ThumbFunction;
}

/** How far a load reaches, in bytes, less what the linker may put in between. */
const REACH = 1020;
const MARGIN = 72;

/**
 * Puts pools as late as every load allows.
 * @param share false: one behind every function that wants literals
 * @returns pools, and where to find the literal of each function
 */
export function placePools(
  stretches: readonly Stretch[],
  share: boolean,
): {
  readonly pools: readonly Pool[];
  readonly poolOf: ReadonlyMap<ThumbFunction, Pool>;
} {
  const pools: Pool[] = [];
  const poolOf = new Map<ThumbFunction, Pool>();
  let waiting: ThumbFunction[] = [];
  let literals = new Map<string, Literal>();
  // Of the first load that waits.
  let since = 0;
  let bytes = 0;
  let at = 0;
  const flush = (behind: number) => {
    if (literals.size === 0) return;
    const pool = { behind, literals: [...literals.values()] };
    pools.push(pool);
    for (const one of waiting) poolOf.set(one, pool);
    at = ((at + 3) & ~3) + bytes;
    waiting = [];
    literals = new Map();
    bytes = 0;
  };
  stretches.forEach(({ size, function: code }, i) => {
    const wanted = code === undefined ? [] : literalsOf(code);
    const added = wanted.filter(({ key }) => !literals.has(key)).reduce((sum, l) => sum + l.bytes.length, 0);
    if (literals.size > 0 && at + size + bytes + added - since > REACH - MARGIN) flush(i - 1);
    if (literals.size === 0) since = at;
    at += size;
    if (code === undefined || wanted.length === 0) return;
    waiting.push(code);
    for (const literal of wanted) {
      if (literals.has(literal.key)) continue;
      literals.set(literal.key, literal);
      bytes += literal.bytes.length;
    }
    if (!share) flush(i);
  });
  flush(stretches.findLastIndex((stretch) => stretch.function !== undefined));
  return { pools, poolOf };
}

/** What a function loads from behind it. */
function literalsOf({ lines }: ThumbFunction): readonly Literal[] {
  const found: Literal[] = [];
  for (const { parts } of lines)
    for (const { loads, pool } of parts) if (loads !== undefined && pool === undefined) found.push(loads);
  return found;
}
