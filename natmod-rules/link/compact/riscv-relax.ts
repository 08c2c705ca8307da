/**
 * RISC-V linker relaxation. A call is compiled as auipc + jalr, 8 bytes that reach everywhere; most callees are near enough for jal
 * (4 bytes, 1 MiB) or c.jal and c.j (2 bytes, 2 KiB). The object marks what may shrink (R_RISCV_RELAX) and where padding
 * keeps an alignment (R_RISCV_ALIGN), and has a relocation for every distance that code deletion may change.
 * Document: RISC-V ELF psABI specification, "Linker Relaxation".
 */
import { STT_SECTION } from '../../elf/constants.ts';
import type { Relocation } from '../../elf/object.ts';
import type { Chunk, Placement } from '../model.ts';
import { isInt } from '../relocate/types.ts';
import { type Program, type Replacement, replaceChunks } from './program.ts';

const JAL = 17;
const CALL = 18;
const CALL_PLT = 19;
const ALIGN = 43;
const RVC_JUMP = 45;
const RELAX = 51;
const C_NOP = 1;

/** What a relocation's site becomes: how many bytes it keeps, and what relocation serves them. */
interface Shrink {
  readonly keep: number;
  readonly type: number;
  readonly code: number;
}

type Shrinks = Map<Relocation, Shrink>;

/** Rounds of layout; each shrinks what the one before brought into reach. */
const MOST_ROUNDS = 8;

/**
 * The program with shorter calls.
 * @param layOut places the chunks of a program; addresses in bytes
 */
export function relaxRiscv(program: Program, layOut: (program: Program) => ReadonlyMap<Chunk, Placement>): Program {
  const callsOf = new Map<Chunk, Relocation[]>();
  const rigid = namedBySection(program);
  for (const chunk of program.chunks) {
    if (rigid.has(chunk)) continue;
    const calls = relaxableCalls(chunk);
    if (calls.length > 0 || chunk.relocations.some((r) => r.type === ALIGN)) callsOf.set(chunk, calls);
  }
  if (callsOf.size === 0) return program;
  const shrinks: Shrinks = new Map();
  let relaxed = program;
  let replaced = new Map<Chunk, Replacement>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const place = layOut(relaxed);
    const before = shrinks.size;
    const codes = [...shrinks.values()].map((s) => s.keep);
    for (const [chunk, calls] of callsOf) {
      for (const call of calls) shrinkCall({ program, chunk, call, place, replaced, shrinks });
    }
    replaced = new Map([...callsOf.keys()].map((chunk) => [chunk, shrunk(chunk, shrinks)]));
    relaxed = replaceChunks(program, replaced);
    const same = shrinks.size === before && [...shrinks.values()].every((s, i) => s.keep === codes[i]);
    if (same && round > 0) break;
  }
  return relaxed;
}

/** Chunks that some relocation names by section and offset: that offset would have to move, too. Compilers use labels instead. */
function namedBySection({ chunks, resolve }: Program): Set<Chunk> {
  const named = new Set<Chunk>();
  for (const chunk of chunks) {
    for (const { symbol, addend } of chunk.relocations) {
      const target = symbol.type === STT_SECTION && addend !== 0 ? resolve(symbol) : undefined;
      if (target?.kind === 'chunk') named.add(target.chunk);
    }
  }
  return named;
}

function relaxableCalls(chunk: Chunk): Relocation[] {
  const marked = new Set(chunk.relocations.filter((r) => r.type === RELAX).map((r) => r.offset));
  const isCall = (r: Relocation) => (r.type === CALL || r.type === CALL_PLT) && r.offset + 8 <= chunk.size;
  return chunk.relocations.filter((r) => isCall(r) && marked.has(r.offset));
}

interface Site {
  readonly program: Program;
  readonly chunk: Chunk;
  readonly call: Relocation;
  readonly place: ReadonlyMap<Chunk, Placement>;
  readonly replaced: ReadonlyMap<Chunk, Replacement>;
  readonly shrinks: Shrinks;
}

function shrinkCall({ program, chunk, call, place, replaced, shrinks }: Site): void {
  const target = program.resolve(call.symbol);
  if (target.kind !== 'chunk' || target.chunk.role !== 'text') return;
  const address = (c: Chunk, offset: number) => {
    const now = replaced.get(c);
    return place.get(now?.chunk ?? c)!.address + (now?.moved?.(offset) ?? offset);
  };
  const distance = address(target.chunk, target.offset) + call.addend - address(chunk, call.offset);
  const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
  const link = (view.getUint32(call.offset + 4, true) >>> 7) & 31;
  const shrink = shortest(distance, link, program.arch.wordSize);
  const now = shrinks.get(call);
  if (shrink !== undefined && (now === undefined || shrink.keep < now.keep)) shrinks.set(call, shrink);
}

/** Deleting code may move two places apart by what an alignment between them then takes more. */
const MARGIN = 64;

function shortest(distance: number, link: number, wordSize: number): Shrink | undefined {
  const reach = Math.abs(distance) + MARGIN;
  if (isInt(12, reach)) {
    if (link === 0) return { keep: 2, type: RVC_JUMP, code: 0xa001 }; // c.j
    if (link === 1 && wordSize === 4) return { keep: 2, type: RVC_JUMP, code: 0x2001 }; // c.jal
  }
  return isInt(21, reach) ? { keep: 4, type: JAL, code: 0x6f | (link << 7) } : undefined;
}

interface Cut {
  /** Old byte offset of the first byte that goes. */
  readonly at: number;
  readonly bytes: number;
}

/** A chunk without the bytes that its shrunken calls and idle paddings do not need. */
function shrunk(chunk: Chunk, shrinks: Shrinks): Replacement {
  const cuts: Cut[] = [];
  const codes: { at: number; shrink: Shrink }[] = [];
  const paddings: { at: number; keep: number }[] = [];
  const relocations: Relocation[] = [];
  let cut = 0;
  const sorted = [...chunk.relocations].sort((a, b) => a.offset - b.offset);
  for (const relocation of sorted) {
    const shrink = shrinks.get(relocation);
    if (shrink !== undefined) {
      cuts.push({ at: relocation.offset + shrink.keep, bytes: 8 - shrink.keep });
      codes.push({ at: relocation.offset, shrink });
      relocations.push({ ...relocation, type: shrink.type, offset: relocation.offset - cut });
      cut += 8 - shrink.keep;
    } else if (relocation.type === ALIGN) {
      // Bytes of nop, one instruction less than the alignment: what stays depends on where the code before it ended.
      const keep = paddingFor(relocation.offset - cut, relocation.addend);
      cuts.push({ at: relocation.offset + keep, bytes: relocation.addend - keep });
      paddings.push({ at: relocation.offset, keep });
      cut += relocation.addend - keep;
    } else relocations.push({ ...relocation, offset: relocation.offset - cut });
  }
  const moved = mover(cuts);
  const data = without(chunk.data, cuts);
  const view = new DataView(data.buffer);
  for (const { at, shrink } of codes) {
    if (shrink.keep === 2) view.setUint16(moved(at), shrink.code, true);
    else view.setUint32(moved(at), shrink.code, true);
  }
  for (const { at, keep } of paddings) {
    // What stays of the padding may begin in the middle of one of its instructions.
    for (let i = 0; i < keep; i += 2) view.setUint16(moved(at) + i, C_NOP, true);
  }
  return { chunk: { ...chunk, data, size: chunk.size - cut, relocations }, moved };
}

/** Chunks are placed by their own alignment, which is at least that of any padding in them. */
function paddingFor(offset: number, padding: number): number {
  let align = 2;
  while (align <= padding) align *= 2;
  return Math.min((align - (offset % align)) % align, padding);
}

/** Old offset → new offset. What was deleted counts as the place behind it. */
function mover(cuts: readonly Cut[]): (offset: number) => number {
  return (offset) => {
    let gone = 0;
    for (const { at, bytes } of cuts) {
      if (offset <= at) break;
      gone += Math.min(bytes, offset - at);
    }
    return offset - gone;
  };
}

function without(data: Uint8Array, cuts: readonly Cut[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { at, bytes } of cuts) {
    parts.push(data.subarray(from, at));
    from = at + bytes;
  }
  parts.push(data.subarray(from));
  return Uint8Array.from(Buffer.concat(parts));
}
