/**
 * Takes indirection out of RISC-V code: a load of an address from the GOT becomes an addition that computes the
 * address. Document: RISC-V ELF psABI specification, "GOT indirection".
 */

import type { Relocation } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import { lowerPartsOf } from '../../shrink/edit.ts';
import type { Program } from '../../shrink/program.ts';
import { OPCODE, OPCODE_MASK, R_RISCV } from './constants.ts';

/** The upper part names the symbol; the load that belongs to it names the upper part, and becomes an addition. */
export function rewriteRiscv(
  chunk: Chunk,
  isNear: (relocation: Relocation) => boolean,
  program: Program,
): Chunk | undefined {
  const data = Uint8Array.from(chunk.data);
  const view = new DataView(data.buffer);
  const isLoad = (r: Relocation) =>
    r.offset + 4 <= data.length && (view.getUint8(r.offset) & OPCODE_MASK) === OPCODE.LOAD;
  const usersOf = lowerPartsOf(program, chunk);
  const isDirect = (r: Relocation) => {
    const users = usersOf.get(r.offset) ?? [];
    return r.type === R_RISCV.GOT_HI20 && r.addend === 0 && isNear(r) && users.length > 0 && users.every(isLoad);
  };
  const direct = new Set(chunk.relocations.filter(isDirect));
  if (direct.size === 0) return undefined;
  for (const { offset } of direct) {
    for (const low of usersOf.get(offset)!) {
      view.setUint32(low.offset, (view.getUint32(low.offset, true) & ~0x707f) | OPCODE.OP_IMM, true);
    }
  }
  const relocations = chunk.relocations.map((r) => (direct.has(r) ? { ...r, type: R_RISCV.PCREL_HI20 } : r));
  return { ...chunk, data, relocations };
}
