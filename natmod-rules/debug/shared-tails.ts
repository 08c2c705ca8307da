/**
 * Ends of functions that other places jump into, because the linker has kept one of several equal ones. Their code is
 * of several places in the source, so no line can be right there.
 */
import type { Family } from '../arch/index.ts';
import type { Image } from '../link/model/model.ts';
import { SHARED_LABEL } from '../link/shrink/place-names.ts';
import type { Places } from './places.ts';

/** Addresses in the ELF file. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** The ranges, by address; none lies in another. */
export function sharedTails({ arch, rules, chunks, resolve }: Image, places: Places): AddressRange[] {
  const found: AddressRange[] = [];
  for (const { relocations } of chunks) {
    for (const { symbol } of relocations) {
      if (symbol.name !== SHARED_LABEL) continue;
      const target = resolve(symbol);
      // Routines of their own have no lines anyway.
      if (target.kind !== 'chunk' || target.chunk.from === undefined) continue;
      const offset = target.offset - (target.offset & rules.functionBit);
      const start = places.placed(target.chunk, offset);
      if (start !== undefined) found.push({ start, end: start + tailSize(arch.family, target.chunk.data, offset) });
    }
  }
  const sorted = found.sort((a, b) => a.start - b.start || b.end - a.end);
  return sorted.filter(({ end }, i) => sorted.slice(0, i).every((before) => before.end < end));
}

/** Bytes up to the first place that control does not pass. */
function tailSize(family: Family, code: Uint8Array, start: number): number {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (let at = start; at + 2 <= code.length; ) {
    const size = sizeAt(family, view, at);
    if (isEnd(family, view, at, size)) return at + size - start;
    at += size;
  }
  return code.length - start;
}

function sizeAt(family: Family, view: DataView, at: number): number {
  const half = view.getUint16(at, true);
  if (family === 'arm') return half >> 11 >= 0x1d && at + 4 <= view.byteLength ? 4 : 2;
  if (family === 'riscv') return (half & 3) === 3 && at + 4 <= view.byteLength ? 4 : 2;
  return (half & 0xf) < 8 && at + 3 <= view.byteLength ? 3 : 2;
}

/** Returns, and jumps without a condition. Documents: those of the families. */
function isEnd(family: Family, view: DataView, at: number, size: number): boolean {
  const half = view.getUint16(at, true);
  const second = size > 2 ? view.getUint8(at + 2) : 0;
  if (family === 'arm') {
    if (size === 2) return (half & 0xff00) === 0xbd00 || (half & 0xff80) === 0x4700 || (half & 0xf800) === 0xe000;
    const low = view.getUint16(at + 2, true);
    const isBranch = (half & 0xf800) === 0xf000 && (low & 0xd000) === 0x9000;
    return (
      isBranch ||
      (half === 0xe8bd && low >= 0x8000) ||
      ((half & 0xfff0) === 0xf850 && low >> 12 === 0xf) ||
      (half === 0xf85d && low >> 12 === 0xf)
    );
  }
  if (family === 'riscv') {
    if (size === 2) return ((half & 0xf07f) === 0x8002 && (half & 0xf80) !== 0) || (half & 0xe003) === 0xa001;
    return (half & 0xfff) === 0x67 || (half & 0xfff) === 0x6f;
  }
  // ret.n, retw.n; j; ret, retw, jx.
  if (size === 2) return half === 0xf00d || half === 0xf01d;
  return (half & 0x3f) === 6 || (second === 0 && (half === 0x80 || half === 0x90 || (half & 0xf0ff) === 0xa0));
}
