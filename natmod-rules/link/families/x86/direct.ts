/**
 * Takes indirection out of code for x86 and x86-64: a load of an address from the GOT becomes an instruction that
 * computes the address. Documents: psABI of x86-64, "Optimize GOTPCRELX Relocations"; psABI of the Intel386
 * architecture, "GOT32X".
 */

import type { Relocation } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import { R_386, R_X86_64 } from './constants.ts';

/** Applies `change` to relocations; it may write to the copy of the bytes, and returns what the relocation becomes. */
function rewriteEach(
  chunk: Chunk,
  change: (relocation: Relocation, data: Uint8Array) => Relocation | undefined,
): Chunk | undefined {
  const data = Uint8Array.from(chunk.data);
  let changed = false;
  const relocations = chunk.relocations.map((relocation) => {
    const inside = relocation.offset >= 2 && relocation.offset + 4 <= data.length;
    const result = inside ? change(relocation, data) : undefined;
    if (result !== undefined) changed = true;
    return result ?? relocation;
  });
  return changed ? { ...chunk, data, relocations } : undefined;
}

export function rewriteX64(chunk: Chunk, isNear: (relocation: Relocation) => boolean): Chunk | undefined {
  return rewriteEach(chunk, (relocation, data) => {
    const { offset, type, addend } = relocation;
    if ((type !== R_X86_64.GOTPCRELX && type !== R_X86_64.REX_GOTPCRELX) || addend !== -4 || !isNear(relocation))
      return undefined;
    const opcode = data[offset - 2]!;
    const modrm = data[offset - 1]!;
    if (opcode === 0x8b && (modrm & 0xc7) === 0x05) {
      data[offset - 2] = 0x8d; // mov → lea
      return { ...relocation, type: R_X86_64.PC32 };
    }
    if (opcode !== 0xff || type !== R_X86_64.GOTPCRELX) return undefined;
    if (modrm === 0x15) {
      data.set([0x67, 0xe8], offset - 2); // call *slot → addr32 call
      return { ...relocation, type: R_X86_64.PC32 };
    }
    if (modrm !== 0x25) return undefined;
    data[offset - 2] = 0xe9; // jmp *slot → jmp; nop
    data[offset + 3] = 0x90;
    return { ...relocation, offset: offset - 1, type: R_X86_64.PC32 };
  });
}

export function rewriteX86(chunk: Chunk, isNear: (relocation: Relocation) => boolean): Chunk | undefined {
  return rewriteEach(chunk, (relocation, data) => {
    const { offset, type } = relocation;
    const isLoad = data[offset - 2] === 0x8b && (data[offset - 1]! & 0xc0) === 0x80 && (data[offset - 1]! & 7) !== 4;
    if (type !== R_386.GOT32X || !isLoad || !isNear(relocation)) return undefined;
    data[offset - 2] = 0x8d; // mov slot(%reg) → lea distance(%reg)
    return { ...relocation, type: R_386.GOTOFF };
  });
}
