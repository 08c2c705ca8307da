/**
 * Static variables on RISC-V. Code reaches them by a distance (auipc and a load, store or addition that has the lower
 * part of it), which only the loader knows, because they lie in another block than the code. So the code gets to load
 * the address from the GOT: a load behind the auipc makes the register hold the address itself, and the users of the
 * register need no lower part any more. Where each user is an addition, that becomes the load, and nothing has to be
 * added. Document: RISC-V ELF psABI specification, "PC-Relative Symbol Addresses".
 */

import type { ElfSymbol, Relocation } from '../../../elf/object.ts';
import type { BlockName, Chunk, Target } from '../../model/model.ts';
import { type Edit, editChunks, lowerPartsOf } from '../../shrink/edit.ts';
import { madeSymbol, type Program } from '../../shrink/program.ts';
import { bits, halves, isInt } from '../types.ts';
import { OPCODE, OPCODE_MASK, R_RISCV } from './constants.ts';
import { viewOf } from './sites.ts';

const { LOAD, LOAD_FP, OP_IMM, STORE, STORE_FP, JALR } = OPCODE;

/** Rewrites code that is under `blockOf` in another block than what it refers to by a distance. */
export function loadAddresses(program: Program, blockOf: (chunk: Chunk) => BlockName): Program {
  const edits = new Map<Chunk, Edit[]>();
  const symbols = new Map<ElfSymbol, Target>();
  for (const chunk of program.chunks) {
    if (chunk.role !== 'text' || blockOf(chunk) !== 'text') continue;
    const own = [...editsFor(program, chunk, blockOf, symbols)];
    if (own.length > 0) edits.set(chunk, own);
  }
  return editChunks(program, edits, symbols);
}

function* editsFor(
  program: Program,
  chunk: Chunk,
  blockOf: (chunk: Chunk) => BlockName,
  symbols: Map<ElfSymbol, Target>,
): Generator<Edit> {
  const view = viewOf(chunk);
  const usersOf = lowerPartsOf(program, chunk);
  const marked = new Set(chunk.relocations.filter((r) => r.type === R_RISCV.RELAX).map((r) => r.offset));
  for (const high of chunk.relocations) {
    const target = program.resolve(high.symbol);
    if (high.type !== R_RISCV.PCREL_HI20 || target.kind !== 'chunk' || blockOf(target.chunk) === 'text') continue;
    const users = (usersOf.get(high.offset) ?? []).map((low) => readUser(view, low));
    if (users.length === 0 || high.offset + 4 > view.byteLength) continue;
    const label = { kind: 'chunk', chunk, offset: high.offset } as const;
    const pair = new Pair(program.arch.wordSize, view, high, label, { ...target, offset: target.offset + high.addend });
    const made = pair.inPlace(users) ?? (marked.has(high.offset) ? pair.inserted(users, marked) : undefined);
    if (made === undefined) continue;
    for (const [symbol, meaning] of pair.symbols) symbols.set(symbol, meaning);
    yield* made;
  }
}

/** An instruction that has the lower part of a distance as its immediate. */
interface User {
  readonly low: Relocation;
  readonly insn: number;
  readonly opcode: number;
}

/** Undefined when the instruction is none that has one. */
function readUser(view: DataView, low: Relocation): User | undefined {
  if (low.offset + 4 > view.byteLength) return undefined;
  const insn = view.getUint32(low.offset, true);
  const opcode = insn & OPCODE_MASK;
  const isAddition = opcode === OP_IMM && funct3(insn) === 0;
  const fits =
    low.type === R_RISCV.PCREL_LO12_I
      ? isAddition || opcode === LOAD || opcode === LOAD_FP || opcode === JALR
      : opcode === STORE || opcode === STORE_FP;
  return fits ? { low, insn, opcode } : undefined;
}

const funct3 = (insn: number) => (insn >>> 12) & 7;
const rd = (insn: number) => (insn >>> 7) & 31;
const rs1 = (insn: number) => (insn >>> 15) & 31;
const rs2 = (insn: number) => (insn >>> 20) & 31;

/** The auipc of one address, and what becomes of it. */
class Pair {
  readonly symbols: ReadonlyMap<ElfSymbol, Target>;
  readonly #wordSize: 4 | 8;
  readonly #auipc: number;
  readonly #high: Relocation;
  readonly #slot: Relocation;
  readonly #label: ElfSymbol;

  constructor(wordSize: 4 | 8, view: DataView, high: Relocation, label: Target, target: Target) {
    this.#wordSize = wordSize;
    this.#auipc = view.getUint32(high.offset, true);
    this.#high = high;
    const variable = madeSymbol(high.symbol);
    this.#slot = { offset: 0, type: R_RISCV.GOT_HI20, symbol: variable, addend: 0 };
    this.#label = madeSymbol(high.symbol, '');
    this.symbols = new Map([
      [variable, target],
      [this.#label, label],
    ]);
  }

  /** Additions become loads; undefined if there are other users. */
  inPlace(users: readonly (User | undefined)[]): Edit[] | undefined {
    const edits: Edit[] = [this.#edit(this.#high.offset, this.#auipc, this.#slot)];
    for (const user of users) {
      if (user?.opcode !== OP_IMM || user.low.addend !== 0) return undefined;
      edits.push(this.#load(user.low.offset, rs1(user.insn), rd(user.insn)));
    }
    return edits;
  }

  /** The load goes behind the auipc. Undefined if a user cannot do without the lower part. */
  inserted(users: readonly (User | undefined)[], marked: ReadonlySet<number>): Edit[] | undefined {
    const register = rd(this.#auipc);
    const load = this.#load(0, register, register);
    const relocations = [this.#slot, { ...load.relocations[0]!, offset: 4 }];
    const code = Uint8Array.from([...word(this.#auipc), ...load.code]);
    const edits: Edit[] = [{ at: this.#high.offset, size: 4, code, relocations }];
    for (const user of users) {
      if (user === undefined || rs1(user.insn) !== register || !isInt(12, user.low.addend)) return undefined;
      const { offset } = user.low;
      const full = word(withImmediate(user.insn, user.low.addend));
      const short = marked.has(offset) ? compressed(user, this.#wordSize) : undefined;
      edits.push({ at: offset, size: 4, code: short ?? full, relocations: [] });
    }
    return edits;
  }

  #load(at: number, base: number, to: number): Edit {
    const width = this.#wordSize === 8 ? 3 : 2;
    const insn = LOAD | (to << 7) | (width << 12) | (base << 15);
    return this.#edit(at, insn, { offset: 0, type: R_RISCV.PCREL_LO12_I, symbol: this.#label, addend: 0 });
  }

  #edit(at: number, insn: number, relocation: Relocation): Edit {
    return { at, size: 4, code: word(insn), relocations: [relocation] };
  }
}

function withImmediate(insn: number, value: number): number {
  return (insn & OPCODE_MASK) >= STORE && (insn & OPCODE_MASK) <= STORE_FP
    ? (insn & 0x01fff07f) | (bits(value, 11, 5) << 25) | (bits(value, 4, 0) << 7)
    : (insn & 0xfffff) | (bits(value, 11, 0) << 20);
}

const isShort = (register: number) => register >= 8 && register <= 15;

/** The user's shorter form, with its immediate; an addition of nothing is none at all. */
function compressed({ insn, opcode, low }: User, wordSize: 4 | 8): Uint8Array | undefined {
  const value = low.addend;
  if (opcode === OP_IMM && value === 0) {
    if (rd(insn) === rs1(insn)) return new Uint8Array(0);
    return rd(insn) === 0 ? undefined : halves(0x8002 | (rd(insn) << 7) | (rs1(insn) << 2)); // c.mv
  }
  const width = funct3(insn);
  const data = opcode === STORE ? rs2(insn) : rd(insn);
  if ((opcode !== LOAD && opcode !== STORE) || !isShort(rs1(insn)) || !isShort(data) || value !== 0) return undefined;
  if (width !== 2 && !(width === 3 && wordSize === 8)) return undefined;
  const registers = ((rs1(insn) - 8) << 7) | ((data - 8) << 2);
  // c.lw 010, c.ld 011, c.sw 110, c.sd 111
  return halves((width << 13) | (opcode === STORE ? 0x8000 : 0) | registers);
}

function word(value: number): Uint8Array {
  return halves(value, value >>> 16);
}
