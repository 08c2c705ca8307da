/**
 * What lies where in a linked module: every byte of every block, by object, section and symbol. Sizes are those after
 * all passes, so a function that relaxation made shorter has the size it has in the file.
 */
import { type BlockName, type Chunk, type Image, LINKER } from '../model/model.ts';
import { Lineage } from './lineage.ts';
import type { Part } from './ranges.ts';
import { firstReferences } from './why.ts';

export type { Part } from './ranges.ts';
export { type Reductions, reductionsOf } from './reductions.ts';
export { type Step, type Why, whySymbol } from './why.ts';

/** What bytes are for. Zeroed variables that have to lie beside the code are in the file, and so count as data. */
export type PieceKind = 'text' | 'rodata' | 'data' | 'bss' | 'got';

/** An input section where it came to lie, or something that the linker made. */
export interface Piece {
  readonly kind: PieceKind;
  readonly block: BlockName;
  /** Byte offset in its block. */
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  /** `<natmod>` for what the linker made, `<shared>` for constants of several objects that are kept once. */
  readonly object: string;
  readonly section: string;
  /** In the order of their offsets; together they are the whole piece. */
  readonly parts: readonly Part[];
  /**
   * What refers to it first on the way from mpy_init; undefined for where that begins and for what nothing refers to.
   */
  readonly because?: string;
}

/** The object of constants that came from several ones. */
export const SHARED = '<shared>';

/**
 * Every byte of the three blocks, by block and address. Gaps belong to `<natmod>`, and are of the kind of what lies
 * before them.
 */
export function linkMap(image: Image): readonly Piece[] {
  const lineage = new Lineage(image);
  const references = firstReferences(image.before, image.rules);
  const pieces: Piece[] = [];
  for (const [chunk, { block, address }] of image.place) {
    if (chunk.size === 0) continue;
    const origins = lineage.originsOf(chunk);
    const reference = origins.map((origin) => references.get(origin)).find((found) => found?.from !== undefined);
    pieces.push({
      kind: kindOf(image, chunk, block),
      block,
      address,
      size: chunk.size,
      object: objectOf(chunk, origins),
      section: chunk.name,
      parts: lineage.partsOf(chunk),
      ...(reference?.from === undefined ? {} : { because: lineage.table.nameAt(reference.from, reference.offset) }),
    });
  }
  return withGaps(image, pieces);
}

function kindOf({ got }: Image, chunk: Chunk, block: BlockName): PieceKind {
  if (chunk === got.chunk) return 'got';
  if (chunk.role === 'bss') return block === 'bss' ? 'bss' : 'data';
  return chunk.role === 'literal' ? 'text' : chunk.role;
}

function objectOf(chunk: Chunk, origins: readonly Chunk[]): string {
  // What was made of sections and is none of them is merged.
  if (chunk.section === undefined || chunk.from !== undefined) return chunk.object;
  const objects = new Set(origins.map((origin) => origin.object));
  return objects.size === 1 ? [...objects][0]! : SHARED;
}

/** The section of gaps. */
export const ALIGNMENT = 'alignment';

const BLOCKS: readonly BlockName[] = ['text', 'rodata', 'bss'];

function withGaps({ size, entryJump }: Image, pieces: readonly Piece[]): Piece[] {
  return BLOCKS.flatMap((block) => {
    const own = pieces.filter((piece) => piece.block === block).sort((a, b) => a.address - b.address);
    const filled: Piece[] = [];
    let end = 0;
    const fill = (kind: PieceKind, upTo: number, section: string) => {
      const bytes = upTo - end;
      const parts = [{ name: section, offset: 0, size: bytes }];
      if (bytes > 0) filled.push({ kind, block, address: end, size: bytes, object: LINKER, section, parts });
      end = Math.max(end, upTo);
    };
    if (block === 'text') fill('text', entryJump.length, 'jump to mpy_init');
    for (const piece of own) {
      // A GOT is its slots and nothing else.
      const before = filled.at(-1)?.kind ?? 'got';
      fill(before === 'got' ? piece.kind : before, piece.address, ALIGNMENT);
      filled.push(piece);
      end = piece.address + piece.size;
    }
    fill(own.at(-1)?.kind ?? block, size[block], ALIGNMENT);
    return filled;
  });
}
