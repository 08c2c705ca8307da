/**
 * Links RISC-V libraries compiled for a fixed address. Code for a fixed address may use one upper part for two words side by
 * side, because their alignment keeps them in the reach of the same one. Alignment says nothing about the distance from the
 * program counter, so some pairs come apart, about one in a thousand. Only layout shows which; those get their address made
 * elsewhere, and layout is done again.
 */
import type { ObjectFile } from '../../../elf/object.ts';
import type { Image } from '../../model/model.ts';
import { isInt } from '../types.ts';
import { absoluteToRelative, partKey } from './absolute.ts';
import { upperPart } from './relocate.ts';

/** Rounds after which every pair that could come apart is made safe. */
const ROUNDS = 4;

/** Arranges a module with library members, of which it converts the absolute code. */
export function arrangeRelative<T extends Image>(
  members: readonly ObjectFile[],
  arrange: (members: readonly ObjectFile[]) => T,
): T {
  const outOfLine = new Map<string, Set<string>>(members.map(({ name }) => [name, new Set()]));
  let converted = members.map((member) => absoluteToRelative(member));
  for (let round = 1; ; round++) {
    const image = arrange(converted);
    const changed = new Set<string>();
    for (const { object, key } of partsInDanger(image, round >= ROUNDS)) {
      const keys = outOfLine.get(object);
      if (keys === undefined || keys.has(key)) continue;
      keys.add(key);
      changed.add(object);
    }
    // What is still out of reach is then reported by the relocation pass.
    if (changed.size === 0) return image;
    converted = converted.map((object, i) =>
      changed.has(object.name) ? absoluteToRelative(members[i]!, outOfLine.get(object.name)) : object,
    );
  }
}

const PCREL_HI20 = 23;
const PCREL_LO12: ReadonlySet<number> = new Set([24, 25]);

/** Upper parts with a lower part that is out of reach, or, with `all`, that might be in some layout. */
function* partsInDanger(image: Image, all: boolean): Generator<{ object: string; key: string }> {
  for (const chunk of image.chunks) {
    if (chunk.fromLibrary !== true || chunk.section === undefined) continue;
    const highs = new Map(chunk.relocations.filter((r) => r.type === PCREL_HI20).map((r) => [r.offset, r]));
    for (const { type, symbol, addend } of chunk.relocations) {
      if (!PCREL_LO12.has(type) || addend === 0) continue;
      const label = image.resolve(symbol);
      const high = label.kind === 'chunk' ? highs.get(label.offset) : undefined;
      const target = high && image.resolve(high.symbol);
      if (high === undefined || target?.kind !== 'chunk') continue;
      const there = image.place.get(target.chunk);
      if (there === undefined) continue;
      const place = image.place.get(chunk)!.address + high.offset;
      const value = there.address + target.offset + high.addend - place;
      if (all || !isInt(12, value - upperPart(value) + addend)) {
        yield { object: chunk.object, key: partKey(chunk.section.index, high.offset) };
      }
    }
  }
}
