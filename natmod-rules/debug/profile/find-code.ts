/**
 * Where a module's code lies among all that a machine has run: its instructions are those of the ELF file, and the
 * loader changes no instruction of a module, only addresses in words beside them. So no help of the program or the
 * firmware is needed, and a module without a single function, or one that was imported twice, is found as well.
 */
import type { CountedBlock } from './counts.ts';

/** Blocks shorter than this say too little of where they come from. */
const TELLING = 6;
/** A place that so many times fewer bytes speak for than for the best one is one by chance. */
const CHANCE = 4;
/** Blocks in a place that have to be the module's own, out of a hundred; memory may have held something else before. */
const ENOUGH = 90;

/** How often the instruction at each offset in the code ran; what did not run is not in it. */
export function countsInCode(code: Uint8Array, blocks: readonly CountedBlock[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const base of basesOf(code, blocks)) {
    for (const block of blocks) if (isAt(code, block, base)) add(counts, block, block.address - base);
  }
  return counts;
}

function add(counts: Map<number, number>, { count, sizes }: CountedBlock, offset: number): void {
  let at = offset;
  for (const size of sizes) {
    counts.set(at, (counts.get(at) ?? 0) + count);
    at += size;
  }
}

/** Addresses of the code, one for each time that it was loaded; they do not overlap. */
export function basesOf(code: Uint8Array, blocks: readonly CountedBlock[]): number[] {
  const text = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  const votes = new Map<number, number>();
  for (const { bytes, address } of blocks) {
    if (bytes.length < TELLING) continue;
    for (let at = text.indexOf(bytes); at >= 0; at = text.indexOf(bytes, at + 1)) {
      votes.set(address - at, (votes.get(address - at) ?? 0) + bytes.length);
    }
  }
  const bases: number[] = [];
  const sorted = [...votes].sort((a, b) => b[1] - a[1]);
  for (const [base, bytes] of sorted) {
    if (bytes * CHANCE < sorted[0]![1]) break;
    const isFree = bases.every((other) => Math.abs(other - base) >= code.length);
    if (isFree && isHome(code, blocks, base)) bases.push(base);
  }
  return bases;
}

/** Whether nearly everything that ran there is the module's. */
function isHome(code: Uint8Array, blocks: readonly CountedBlock[], base: number): boolean {
  const inside = blocks.filter(({ address }) => address >= base && address < base + code.length);
  const own = inside.filter((block) => isAt(code, block, base));
  return own.length * 100 >= inside.length * ENOUGH;
}

function isAt(code: Uint8Array, { address, bytes }: CountedBlock, base: number): boolean {
  const offset = address - base;
  if (offset < 0 || offset + bytes.length > code.length) return false;
  return bytes.every((byte, i) => code[offset + i] === byte);
}
