/** What refers to Thumb code from elsewhere, and which code has to stay as it is for it. */
import { STT_FUNC } from '../../../elf/constants.ts';
import type { Relocation } from '../../../elf/object.ts';
import type { Chunk, Target } from '../../model/model.ts';
import type { Program } from '../../shrink/program.ts';
import type { RelocationType } from '../types.ts';

export interface References {
  /** Byte offsets that something refers to, by chunk. */
  readonly entered: ReadonlyMap<Chunk, ReadonlySet<number>>;
  /**
   * Chunks with places whose address is taken other than by a function's name: distances from there may have been
   * settled.
   */
  readonly pinned: ReadonlySet<Chunk>;
}

export function findReferences(program: Program, types: ReadonlyMap<number, RelocationType>): References {
  const entered = new Map<Chunk, Set<number>>();
  const pinned = new Set<Chunk>();
  const enter = (chunk: Chunk, offset: number) =>
    entered.set(chunk, (entered.get(chunk) ?? new Set()).add(offset & ~1));
  const { entry, chunks, resolve } = program;
  enter(entry.chunk, entry.offset);
  for (const chunk of chunks) {
    const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
    for (const relocation of chunk.relocations) {
      const target = resolve(relocation.symbol);
      const type = types.get(relocation.type);
      if (target.kind !== 'chunk' || target.chunk.role !== 'text' || type?.expression === 'none') continue;
      if (isToSymbol(relocation, target, type, view)) enter(target.chunk, target.offset);
      else pinned.add(target.chunk);
    }
    for (const { target, addend } of chunk.words) {
      if (target.kind !== 'chunk' || target.chunk.role !== 'text') continue;
      if (((target.offset + addend) & ~1) === 0) enter(target.chunk, 0);
      else pinned.add(target.chunk);
    }
  }
  return { entered, pinned };
}

/** Whether a relocation means a function, and nothing in or behind it. */
function isToSymbol(
  { symbol, offset, addend }: Relocation,
  target: Target & { kind: 'chunk' },
  type: RelocationType | undefined,
  view: DataView,
): boolean {
  if (type === undefined || offset + type.width > view.byteLength) return false;
  const whole = addend + (type.addend?.(view, offset) ?? 0);
  if (type.branch === true) return whole === -4;
  if ((target.offset & ~1) !== 0) return whole === 0 && symbol.type === STT_FUNC;
  return ((target.offset + whole) & ~1) === 0;
}
