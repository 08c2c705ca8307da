/**
 * Merges equal strings and constants of mergeable sections (gABI, SHF_MERGE and SHF_STRINGS), across objects, and drops those that
 * nothing refers to. A string that ends like another one shares its end.
 */
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, Relocation } from '../../elf/object.ts';
import { type Chunk, makeChunk, type Target } from '../model.ts';
import { rulesOf } from '../relocate/families.ts';
import type { RelocationType } from '../relocate/types.ts';
import { madeSymbol, type Program, type Replacement, replaceChunks } from './program.ts';

/** One string or constant of a section. Offsets and sizes in bytes. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly align: number;
  readonly bytes: Buffer;
}

/** The program with one chunk per kind of mergeable data in place of many. */
export function mergeConstants(program: Program): Program {
  const mergeable = new Set(program.chunks.filter(isMergeable));
  const uses = findUses(program, mergeable);
  const replacements = new Map<Chunk, Replacement>();
  for (const group of groupsOf([...mergeable])) mergeGroup(group, uses, replacements);
  if (replacements.size === 0) return program;
  const symbols = new Map<ElfSymbol, Target>();
  for (const chunk of program.chunks) {
    const rewritten = withExactSymbols(program, chunk, replacements, symbols);
    if (rewritten !== undefined) replacements.set(chunk, { chunk: rewritten });
  }
  return replaceChunks(program, replacements, symbols);
}

function isMergeable({ role, section, relocations, size }: Chunk): boolean {
  if (role !== 'rodata' || section === undefined || (section.flags & elf.SHF_MERGE) === 0) return false;
  const isText = (section.flags & elf.SHF_STRINGS) !== 0;
  const isWhole = isText
    ? section.entrySize === 1 && section.data.at(-1) === 0
    : section.entrySize > 0 && size % section.entrySize === 0;
  return isWhole && relocations.length === 0 && size > 0;
}

function* groupsOf(chunks: readonly Chunk[]): Generator<Chunk[]> {
  const groups = new Map<string, Chunk[]>();
  for (const chunk of chunks) {
    const { flags, entrySize, align } = chunk.section!;
    const key = `${flags & elf.SHF_STRINGS} ${entrySize} ${align}`;
    groups.set(key, [...(groups.get(key) ?? []), chunk]);
  }
  yield* groups.values();
}

/** Byte offsets that are referred to, by chunk. A chunk with a use that cannot be followed is taken out of `mergeable`. */
function findUses(program: Program, mergeable: Set<Chunk>): Map<Chunk, Set<number>> {
  const uses = new Map<Chunk, Set<number>>();
  for (const chunk of program.chunks) {
    for (const relocation of chunk.relocations) {
      const target = program.resolve(relocation.symbol);
      if (target.kind !== 'chunk' || !mergeable.has(target.chunk)) continue;
      const offset = usedOffset(program, chunk, relocation, target.offset);
      if (offset === undefined || offset < 0 || offset >= target.chunk.size) mergeable.delete(target.chunk);
      else uses.set(target.chunk, (uses.get(target.chunk) ?? new Set()).add(offset));
    }
  }
  return uses;
}

/** Where a relocation points to; undefined when the addend may be something else than a way into the section. */
function usedOffset(program: Program, chunk: Chunk, relocation: Relocation, symbolOffset: number): number | undefined {
  const type = rulesOf(program.arch.family).types.get(relocation.type);
  if (type === undefined || type.expression === 'difference') return undefined;
  if (relocation.symbol.type !== elf.STT_SECTION) return symbolOffset;
  return isPlain(type, program, chunk) ? symbolOffset + addendOf(type, chunk, relocation) : undefined;
}

/** The addend counts from the symbol, not from the place of the relocation. */
function isPlain(type: RelocationType, program: Program, chunk: Chunk): boolean {
  const isWord = type.expression === 'word' && type.width === program.arch.wordSize;
  return (isWord || type.expression === 'got-relative') && chunk.role !== 'literal';
}

function addendOf(type: RelocationType, chunk: Chunk, { offset, addend }: Relocation): number {
  if (type.addend === undefined || offset + type.width > chunk.data.length) return addend;
  return addend + type.addend(new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length), offset);
}

function mergeGroup(
  group: readonly Chunk[],
  uses: ReadonlyMap<Chunk, ReadonlySet<number>>,
  replacements: Map<Chunk, Replacement>,
): void {
  const pieces = new Map(group.map((chunk) => [chunk, usedPieces(chunk, uses.get(chunk) ?? new Set())]));
  const isText = (group[0]!.section!.flags & elf.SHF_STRINGS) !== 0;
  const { bytes, offsetOf } = pack([...pieces.values()].flat(), isText);
  const align = group[0]!.align;
  const { name, section } = group[0]!;
  const merged = makeChunk({ name, role: 'rodata', align, size: bytes.length, data: bytes, section });
  for (const [chunk, own] of pieces) {
    const moved = (offset: number) => {
      const piece = own.find((p) => p.start <= offset && offset < p.end);
      return piece === undefined ? 0 : offsetOf(piece) + offset - piece.start;
    };
    replacements.set(chunk, { chunk: merged, moved });
  }
}

function usedPieces(chunk: Chunk, uses: ReadonlySet<number>): Piece[] {
  const { data, align } = chunk;
  const { entrySize, flags } = chunk.section!;
  const bytes = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  const pieces = new Map<number, Piece>();
  for (const use of uses) {
    const isText = (flags & elf.SHF_STRINGS) !== 0;
    const start = isText ? (use === 0 ? 0 : bytes.lastIndexOf(0, use - 1) + 1) : use - (use % entrySize);
    const end = isText ? bytes.indexOf(0, use) + 1 : start + entrySize;
    pieces.set(start, { start, end, align: alignAt(start, align), bytes: bytes.subarray(start, end) });
  }
  return [...pieces.values()].sort((a, b) => a.start - b.start);
}

/** What a place in an aligned section is aligned to. */
function alignAt(offset: number, align: number): number {
  const own = offset & -offset;
  return own === 0 ? align : Math.min(own, align);
}

/** Puts equal pieces in one place; longest first, so that ends can be shared, else in their order. */
function pack(pieces: readonly Piece[], shareEnds: boolean): { bytes: Uint8Array; offsetOf: (piece: Piece) => number } {
  const order = shareEnds ? [...pieces].sort((a, b) => b.bytes.length - a.bytes.length) : pieces;
  const placed = new Map<string, { offset: number; align: number }>();
  const offsets = new Map<Piece, number>();
  let bytes = Buffer.alloc(0);
  for (const piece of order) {
    const key = piece.bytes.toString('latin1');
    const same = placed.get(key);
    let offset = same?.offset ?? (shareEnds ? findEnd(bytes, piece) : -1);
    if (offset < 0 || offset % piece.align !== 0) {
      const padding = (piece.align - (bytes.length % piece.align)) % piece.align;
      offset = bytes.length + padding;
      bytes = Buffer.concat([bytes, Buffer.alloc(padding), piece.bytes]);
    }
    placed.set(key, { offset, align: piece.align });
    offsets.set(piece, offset);
  }
  return { bytes: Uint8Array.from(bytes), offsetOf: (piece) => offsets.get(piece)! };
}

/** Strings end with a zero byte and have no other, so any match is the end of one. */
function findEnd(bytes: Buffer, piece: Piece): number {
  for (let at = bytes.indexOf(piece.bytes); at >= 0; at = bytes.indexOf(piece.bytes, at + 1)) {
    if (at % piece.align === 0) return at;
  }
  return -1;
}

/** Relocations that named a merged section and an offset in it get a symbol for the very place. */
function withExactSymbols(
  program: Program,
  chunk: Chunk,
  replacements: ReadonlyMap<Chunk, Replacement>,
  symbols: Map<ElfSymbol, Target>,
): Chunk | undefined {
  const { types } = rulesOf(program.arch.family);
  let data: Uint8Array | undefined;
  const relocations = chunk.relocations.map((relocation) => {
    const target = program.resolve(relocation.symbol);
    const isSection = relocation.symbol.type === elf.STT_SECTION;
    if (!isSection || target.kind !== 'chunk' || !replacements.has(target.chunk)) return relocation;
    const type = types.get(relocation.type)!;
    const symbol = madeSymbol(relocation.symbol);
    symbols.set(symbol, { ...target, offset: target.offset + addendOf(type, chunk, relocation) });
    data ??= Uint8Array.from(chunk.data);
    if (type.addend !== undefined) data.fill(0, relocation.offset, relocation.offset + type.width);
    return { ...relocation, symbol, addend: 0 };
  });
  return data === undefined ? undefined : { ...chunk, data, relocations };
}
