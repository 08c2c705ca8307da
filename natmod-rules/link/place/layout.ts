/**
 * Gives every chunk its address. The text block opens with a jump to mpy_init, because the firmware enters a module at
 * offset 0. How long that jump is depends on how far it goes, so the shortest that fits is searched for with the real
 * addresses.
 */
import type { Arch } from '../../arch/index.ts';
import { fail } from '../../problem.ts';
import { type FamilyRules, isInt } from '../families/types.ts';
import type { BlockName, Chunk, Placement, Target } from '../model/model.ts';

export interface Layout {
  readonly place: ReadonlyMap<Chunk, Placement>;
  readonly size: Readonly<Record<BlockName, number>>;
  readonly entryJump: Uint8Array;
}

type Blocks = ReadonlyMap<Chunk, BlockName>;

/**
 * @param compact leave out the jump also where the reference linker makes an idle one
 *
 * Errors: `module-too-large` for a block of over 16 MiB, and when mpy_init is out of the entry jump's reach.
 */
export function layOut(
  arch: Arch,
  rules: FamilyRules,
  chunks: readonly Chunk[],
  blocks: Blocks,
  entry: Target & { kind: 'chunk' },
  compact = false,
): Layout {
  const step = entry.chunk.align;
  for (let gap = 0; ; gap += step) {
    const { place, size } = placeChunks(arch, chunks, blocks, gap);
    const target = place.get(entry.chunk)!.address + entry.offset;
    // A Thumb function's address is odd; the reference linker takes that for another place and always makes the jump.
    if (gap === 0 && (target === 0 || (compact && target === rules.functionBit)))
      return { place, size, entryJump: new Uint8Array(0) };
    if (!isInt(rules.entryJumpBits, target - 8)) {
      const where = { file: entry.chunk.object, section: entry.chunk.name, symbol: 'mpy_init' };
      fail(
        'module-too-large',
        `mpy_init is ${target} bytes into the module, and the jump at its start reaches ${2 ** (rules.entryJumpBits - 1)}`,
        where,
        'put its source first in SRC; where it is that already, write mpy_init above the other code there, or in a source of its own',
      );
    }
    const jump = rules.entryJump(target, arch.thumb1 === true);
    if (jump.length > gap) continue;
    const entryJump = new Uint8Array(gap);
    entryJump.set(jump);
    return { place, size, entryJump };
  }
}

/** Addresses of chunks, in bytes, behind a gap for the entry jump. */
function placeChunks(arch: Arch, chunks: readonly Chunk[], blockOf: Blocks, entryGap: number) {
  const place = new Map<Chunk, Placement>();
  const size: Record<BlockName, number> = { text: entryGap, rodata: 0, bss: 0 };
  let rodataAlign = arch.wordSize as number;
  for (const chunk of chunks) {
    const block = blockOf.get(chunk)!;
    const address = alignTo(size[block], chunk.align);
    place.set(chunk, { block, address });
    size[block] = address + chunk.size;
    if (size[block] > LARGEST_BLOCK) tooLarge(block, chunks);
    if (block === 'rodata') rodataAlign = Math.max(rodataAlign, chunk.align);
  }
  // The loader puts rodata right behind BSS, with no more care than a word.
  if (size.rodata > 0 && rodataAlign > arch.wordSize) size.bss = alignTo(size.bss, rodataAlign);
  return { place, size };
}

/** Bytes. Far more than any board has; it keeps a damaged object from asking for all memory of the host. */
const LARGEST_BLOCK = 16 * 1024 * 1024;

function tooLarge(block: BlockName, chunks: readonly Chunk[]): never {
  const largest = chunks.reduce((a, b) => (b.size > a.size ? b : a));
  const where = { file: largest.object, section: largest.name };
  const message = `the module's ${block} is larger than ${LARGEST_BLOCK / 1024 / 1024} MiB; its largest part has ${largest.size} bytes`;
  return fail('module-too-large', message, where, 'make the module smaller, or allocate large buffers in mpy_init');
}

function alignTo(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
