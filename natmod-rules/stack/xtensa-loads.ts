/**
 * Which `l32r` has loaded what a call on Xtensa goes through. Far calls load an address into a register some
 * instructions before (Xtensa Instruction Set Architecture, chapter 7: instruction formats).
 */

/** Registers that a call leaves with other values, by the n of `callN`: 0, 4, 8, 12. */
const CHANGED: readonly (readonly [first: number, last: number])[] = [
  [0, 11],
  [4, 15],
  [8, 15],
  [12, 15],
];

/**
 * Byte offset of the `l32r` whose value a `callx` at an offset has in its register; undefined when it may be another.
 * @param start of the function
 * @param labels offsets that branches lead to: there nothing is known
 */
export function loadBefore(
  code: Uint8Array,
  start: number,
  call: number,
  labels: ReadonlySet<number>,
): number | undefined {
  const loads = new Map<number, number>();
  for (let at = start; at < call; ) {
    if (labels.has(at)) loads.clear();
    at += pass(code, at, loads);
  }
  return labels.has(call) ? undefined : loads.get((code[call + 1] ?? 0) & 15);
}

/** Fields that may name a register which is written, by the lowest four bits; of other formats see below. */
const WRITTEN: Readonly<Record<number, string>> = { 2: 't', 3: 'st', 4: 'st', 7: '', 8: 't', 9: '', 10: 'r', 11: 'r' };

/** @returns the size of the instruction */
function pass(code: Uint8Array, at: number, loads: Map<number, number>): number {
  const [first = 0, second = 0, third = 0] = code.subarray(at, at + 3);
  const [kind, t, s, r] = [first & 15, first >> 4, second & 15, second >> 4];
  // `callx`, and before it `ret`, `retw` and `jx`, with the two lowest bits of t for what else they are.
  const isSpecial = kind === 0 && r === 0 && third === 0;
  if (kind === 1) loads.set(t, at);
  else if (kind === 5 || (isSpecial && t >> 2 === 3)) forgetChanged(loads, t & 3);
  else if (kind === 0 && !isSpecial) forget(loads, r, t);
  else if (kind === 12) forget(loads, ...(t < 8 ? [s] : []));
  else if (kind === 13 && r === 0) forget(loads, t);
  else if (kind === 6) {
    if ((t & 3) === 0) loads.clear();
  } else if (WRITTEN[kind] === undefined) loads.clear();
  else forget(loads, ...[...WRITTEN[kind]].map((field) => ({ t, s, r })[field as 't']));
  return kind >= 8 && kind <= 13 ? 2 : 3;
}

function forget(loads: Map<number, number>, ...registers: number[]): void {
  for (const one of registers) loads.delete(one);
}

function forgetChanged(loads: Map<number, number>, n: number): void {
  const [first, last] = CHANGED[n]!;
  for (const one of loads.keys()) if (one >= first && one <= last) loads.delete(one);
}
