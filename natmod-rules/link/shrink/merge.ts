/**
 * Merges equal strings and constants of mergeable sections (gABI, SHF_MERGE and SHF_STRINGS), across objects, and drops
 * those that nothing refers to. A string that ends like another one shares its end.
 */
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, Relocation } from '../../elf/object.ts';
import type { RelocationType } from '../families/types.ts';
import { type Chunk, makeChunk, type Target } from '../model/model.ts';
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
  // Apart from the merged ones: a relocation against a chunk that was only rewritten keeps its symbol and addend.
  const rewritten = new Map<Chunk, Replacement>();
  for (const chunk of program.chunks) {
    const exact = withExactSymbols(program, chunk, replacements, symbols);
    if (exact !== undefined) rewritten.set(chunk, { chunk: exact });
  }
  return replaceChunks(program, new Map([...replacements, ...rewritten]), symbols);
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
    const { flags, entrySize } = chunk.section!;
    const key = `${flags & elf.SHF_STRINGS} ${entrySize}`;
    groups.set(key, [...(groups.get(key) ?? []), chunk]);
  }
  yield* groups.values();
}

/**
 * Byte offsets that are referred to, by chunk. A chunk with a use that cannot be followed is taken out of `mergeable`.
 */
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
  const type = program.rules.types.get(relocation.type);
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
  const align = Math.max(...[...pieces.values()].flat().map((piece) => piece.align), 1);
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

interface Packed {
  readonly bytes: Uint8Array;
  readonly offsetOf: (piece: Piece) => number;
}

/** Puts equal pieces in one place, in the order they are first met; a string that ends another one lies in that. */
function pack(pieces: readonly Piece[], shareEnds: boolean): Packed {
  const keyOf = ({ bytes }: Piece) => bytes.toString('latin1');
  const unique = new Map<string, Piece>();
  for (const piece of pieces) {
    const same = unique.get(keyOf(piece));
    if (same === undefined || same.align < piece.align) unique.set(keyOf(piece), piece);
  }
  const hosts = shareEnds ? findHosts([...unique.values()]) : new Map<Piece, Piece>();
  const offsets = new Map<Piece, number>();
  const parts: Buffer[] = [];
  let size = 0;
  for (const piece of unique.values()) {
    if (hosts.has(piece)) continue;
    const padding = (piece.align - (size % piece.align)) % piece.align;
    offsets.set(piece, size + padding);
    parts.push(Buffer.alloc(padding), piece.bytes);
    size += padding + piece.bytes.length;
  }
  const offsetOf = (piece: Piece): number => {
    const one = unique.get(keyOf(piece))!;
    const host = hosts.get(one);
    return host === undefined ? offsets.get(one)! : offsetOf(host) + host.bytes.length - one.bytes.length;
  };
  return { bytes: Uint8Array.from(Buffer.concat(parts)), offsetOf };
}

/** Which strings can lie at the end of another one, with the alignment they need. */
function findHosts(pieces: readonly Piece[]): Map<Piece, Piece> {
  const hosts = new Map<Piece, Piece>();
  // Read backwards, a string stands right before those that it ends.
  const reversed = pieces.map((piece) => ({ piece, key: Buffer.from(piece.bytes).reverse().toString('latin1') }));
  reversed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  for (let i = reversed.length - 2; i >= 0; i--) {
    const { piece, key } = reversed[i]!;
    const next = reversed[i + 1]!;
    const host = hosts.get(next.piece) ?? next.piece;
    const lead = host.bytes.length - piece.bytes.length;
    if (next.key.startsWith(key) && lead % piece.align === 0 && host.align >= piece.align) hosts.set(piece, host);
  }
  return hosts;
}

/** Relocations that named a merged section and an offset in it get a symbol for the very place. */
function withExactSymbols(
  program: Program,
  chunk: Chunk,
  merged: ReadonlyMap<Chunk, Replacement>,
  symbols: Map<ElfSymbol, Target>,
): Chunk | undefined {
  const { types } = program.rules;
  let data: Uint8Array | undefined;
  const relocations = chunk.relocations.map((relocation) => {
    const target = program.resolve(relocation.symbol);
    const isSection = relocation.symbol.type === elf.STT_SECTION;
    if (!isSection || target.kind !== 'chunk' || !merged.has(target.chunk)) return relocation;
    // Nothing is merged that is used by a type without a rule.
    const type = types.get(relocation.type)!;
    const symbol = madeSymbol(relocation.symbol);
    symbols.set(symbol, { ...target, offset: target.offset + addendOf(type, chunk, relocation) });
    data ??= Uint8Array.from(chunk.data);
    if (type.addend !== undefined) data.fill(0, relocation.offset, relocation.offset + type.width);
    return { ...relocation, symbol, addend: 0 };
  });
  return data === undefined ? undefined : { ...chunk, data, relocations };
}
