import type { Family } from '../arch/index.ts';
import type { Relocation } from '../elf/object.ts';
import type { RelocationType } from '../link/families/types.ts';
import type { Chunk } from '../link/model/model.ts';

/** A call, or a jump that may leave its function, with a relocation that says where to. */
export interface Branch {
  /** Byte offset of the instruction. */
  readonly start: number;
  readonly isJump: boolean;
}

/** What a relocation belongs to, when that is a call or a jump; undefined for all else. */
export function branchAt(
  family: Family,
  { data }: Chunk,
  { offset }: Relocation,
  { name }: RelocationType,
): Branch | undefined {
  const kind = name.replace(/^R_(386|X86_64|ARM|RISCV|XTENSA)_/, '');
  const byte = (at: number) => data[at] ?? 0;
  switch (family) {
    case 'x86':
    case 'x64': {
      if (kind !== 'PLT32' && kind !== 'PC32') return undefined;
      const opcode = byte(offset - 1);
      const isCondition = byte(offset - 2) === 0x0f && (opcode & 0xf0) === 0x80;
      if (opcode !== 0xe8 && opcode !== 0xe9 && !isCondition) return undefined;
      return { start: offset - (isCondition ? 2 : 1), isJump: opcode !== 0xe8 };
    }
    case 'arm':
      return kind === 'THM_CALL' || kind === 'THM_JUMP24' ? { start: offset, isJump: kind !== 'THM_CALL' } : undefined;
    case 'riscv': {
      // rd of `jalr` behind `auipc`, and of `jal`: without one it does not come back.
      const rd = (at: number) => (byte(at) >> 7) | ((byte(at + 1) & 0xf) << 1);
      if (kind === 'CALL' || kind === 'CALL_PLT') return { start: offset, isJump: rd(offset + 4) === 0 };
      if (kind === 'JAL') return { start: offset, isJump: rd(offset) === 0 };
      return kind === 'RVC_JUMP' ? { start: offset, isJump: byte(offset + 1) >> 5 === 5 } : undefined;
    }
    case 'xtensa': {
      if (kind !== 'SLOT0_OP') return undefined;
      const isCall = (byte(offset) & 0xf) === 5;
      return isCall || (byte(offset) & 0x3f) === 6 ? { start: offset, isJump: !isCall } : undefined;
    }
  }
}
