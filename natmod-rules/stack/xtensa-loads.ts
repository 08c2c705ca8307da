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

/** @returns the size of the instruction */
function pass(code: Uint8Array, at: number, loads: Map<number, number>): number {
  const [first = 0, second = 0] = code.subarray(at, at + 2);
  const [kind, t, s, r] = [first & 15, first >> 4, second & 15, second >> 4];
  const forget = (...registers: number[]) => {
    for (const one of registers) loads.delete(one);
  };
  const forgetCalled = (n: number) => {
    const [from, to] = CHANGED[n]!;
    for (const one of loads.keys()) if (one >= from && one <= to) loads.delete(one);
  };
  switch (kind) {
    case 0:
      if (second === s && (code[at + 2] ?? 0) === 0 && t >> 2 === 3) forgetCalled(t & 3);
      // `ret`, `retw`, `jx`
      else if (second === s && (code[at + 2] ?? 0) === 0 && t >> 2 === 2) loads.clear();
      else forget(r, t);
      return 3;
    case 1:
      loads.set(t, at);
      return 3;
    case 2:
      forget(t);
      return 3;
    case 3:
    case 4:
      forget(s, t);
      return 3;
    case 5:
      forgetCalled(t & 3);
      return 3;
    case 6:
      if ((t & 3) === 0) loads.clear();
      return 3;
    case 7:
      return 3;
    case 8:
      forget(t);
      return 2;
    case 9:
      return 2;
    case 10:
    case 11:
      forget(r);
      return 2;
    case 12:
      if (t < 8) forget(s);
      return 2;
    case 13:
      if (r === 0) forget(t);
      else loads.clear();
      return 2;
    default:
      loads.clear();
      return 3;
  }
}
