/**
 * Takes indirection out: what lies in the same block as the code needs no GOT slot, because its distance is known. A load of its
 * address from the GOT becomes an instruction that computes the address. psABIs of x86 and x86-64, "GOTPCRELX" and "GOT32X";
 * RISC-V psABI, "GOT indirection".
 */
import type { Relocation } from '../../elf/object.ts';
import type { BlockName, Chunk } from '../model/model.ts';
import { lowerPartsOf } from './edit.ts';
import { type Program, type Replacement, replaceChunks } from './program.ts';

/** Rewrites code that is under `blockOf` in the block of what it refers to. */
export function reachDirectly(program: Program, blockOf: (chunk: Chunk) => BlockName): Program {
  const rewrite = REWRITES[program.arch.family];
  if (rewrite === undefined) return program;
  const replacements = new Map<Chunk, Replacement>();
  for (const chunk of program.chunks) {
    if (chunk.role !== 'text' || blockOf(chunk) !== 'text') continue;
    const isNear = (relocation: Relocation) => {
      const target = program.resolve(relocation.symbol);
      return target.kind === 'chunk' && target.chunk.role !== 'literal' && blockOf(target.chunk) === 'text';
    };
    const replaced = rewrite(chunk, isNear, program);
    if (replaced !== undefined) replacements.set(chunk, { chunk: replaced });
  }
  return replacements.size === 0 ? program : replaceChunks(program, replacements);
}

type Rewrite = (chunk: Chunk, isNear: (relocation: Relocation) => boolean, program: Program) => Chunk | undefined;

const REWRITES: Readonly<Record<string, Rewrite>> = { x64: rewriteX64, x86: rewriteX86, riscv: rewriteRiscv };

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

const X64_PC32 = 2;
const X64_GOTPCRELX = 41;
const X64_REX_GOTPCRELX = 42;

function rewriteX64(chunk: Chunk, isNear: (relocation: Relocation) => boolean): Chunk | undefined {
  return rewriteEach(chunk, (relocation, data) => {
    const { offset, type, addend } = relocation;
    if ((type !== X64_GOTPCRELX && type !== X64_REX_GOTPCRELX) || addend !== -4 || !isNear(relocation))
      return undefined;
    const opcode = data[offset - 2]!;
    const modrm = data[offset - 1]!;
    if (opcode === 0x8b && (modrm & 0xc7) === 0x05) {
      data[offset - 2] = 0x8d; // mov → lea
      return { ...relocation, type: X64_PC32 };
    }
    if (opcode !== 0xff || type !== X64_GOTPCRELX) return undefined;
    if (modrm === 0x15) {
      data.set([0x67, 0xe8], offset - 2); // call *slot → addr32 call
      return { ...relocation, type: X64_PC32 };
    }
    if (modrm !== 0x25) return undefined;
    data[offset - 2] = 0xe9; // jmp *slot → jmp; nop
    data[offset + 3] = 0x90;
    return { ...relocation, offset: offset - 1, type: X64_PC32 };
  });
}

const X86_GOTOFF = 9;
const X86_GOT32X = 43;

function rewriteX86(chunk: Chunk, isNear: (relocation: Relocation) => boolean): Chunk | undefined {
  return rewriteEach(chunk, (relocation, data) => {
    const { offset, type } = relocation;
    const isLoad = data[offset - 2] === 0x8b && (data[offset - 1]! & 0xc0) === 0x80 && (data[offset - 1]! & 7) !== 4;
    if (type !== X86_GOT32X || !isLoad || !isNear(relocation)) return undefined;
    data[offset - 2] = 0x8d; // mov slot(%reg) → lea distance(%reg)
    return { ...relocation, type: X86_GOTOFF };
  });
}

const GOT_HI20 = 20;
const PCREL_HI20 = 23;
const LOAD = 0x03;
const ADDI = 0x13;

/** The upper part names the symbol; the load that belongs to it names the upper part, and becomes an addition. */
function rewriteRiscv(...[chunk, isNear, program]: Parameters<Rewrite>): Chunk | undefined {
  const data = Uint8Array.from(chunk.data);
  const view = new DataView(data.buffer);
  const isLoad = (r: Relocation) => r.offset + 4 <= data.length && (view.getUint8(r.offset) & 0x7f) === LOAD;
  const usersOf = lowerPartsOf(program, chunk);
  const isDirect = (r: Relocation) => {
    const users = usersOf.get(r.offset) ?? [];
    return r.type === GOT_HI20 && r.addend === 0 && isNear(r) && users.length > 0 && users.every(isLoad);
  };
  const direct = new Set(chunk.relocations.filter(isDirect));
  if (direct.size === 0) return undefined;
  for (const { offset } of direct) {
    for (const low of usersOf.get(offset)!) {
      view.setUint32(low.offset, (view.getUint32(low.offset, true) & ~0x707f) | ADDI, true);
    }
  }
  const relocations = chunk.relocations.map((r) => (direct.has(r) ? { ...r, type: PCREL_HI20 } : r));
  return { ...chunk, data, relocations };
}
