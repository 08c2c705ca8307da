/**
 * Keeps BSS and rodata from being collected as garbage. They are one block of MicroPython's heap, BSS first, and on
 * ports without a place of its own for native code nothing but the code holds it: the collector scans the words of the
 * code, which it knows, and takes a pointer to the very start of a block for a reason to keep it. Pointers into the
 * middle do not count. Where no word of the code happens to hold the start, one more does.
 */
import { type Chunk, type Image, makeChunk } from '../model/model.ts';
import type { Blocks } from '../write/relocate.ts';

const RODATA = 1;
const BSS = 2;

/**
 * The image with a word more, or undefined when it needs none.
 * @param blocks what relocation made of the image
 */
export function holdMemory(image: Image, { text, relocations }: Blocks): Image | undefined {
  const { arch, size, chunks, place } = image;
  if (!image.rules.mustHoldData) return undefined;
  const block = size.bss > 0 ? 'bss' : size.rodata > 0 ? 'rodata' : undefined;
  if (block === undefined) return undefined;
  const { wordSize } = arch;
  const isZero = (at: number) => text.subarray(at, at + wordSize).every((byte) => byte === 0);
  const kind = block === 'bss' ? BSS : RODATA;
  const isHeld = relocations.some((r) => r.base === 'text' && r.kind === kind && isZero(r.wordIndex * wordSize));
  const first = chunks.find((chunk) => isAt(place.get(chunk), block, 0));
  if (isHeld || first === undefined) return undefined;
  const words = [{ offset: 0, target: { kind: 'chunk' as const, chunk: first, offset: 0 }, addend: 0 }];
  const word: Chunk = makeChunk({ name: '.start-of-data', role: 'text', align: wordSize, size: wordSize, words });
  const address = Math.ceil(size.text / wordSize) * wordSize;
  return {
    ...image,
    chunks: [...chunks, word],
    place: new Map([...place, [word, { block: 'text', address }]]),
    size: { ...size, text: address + wordSize },
  };
}

function isAt(at: { readonly block: string; readonly address: number } | undefined, block: string, address: number) {
  return at?.block === block && at.address === address;
}
