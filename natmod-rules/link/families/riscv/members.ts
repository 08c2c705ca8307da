/**
 * Links RISC-V objects compiled for a fixed address, as most libraries are. Code for a fixed address may use one upper
 * part for two words side by side, because their alignment keeps them in the reach of the same one. Alignment says
 * nothing about the distance from the program counter, so some pairs come apart, about one in a thousand. Only layout
 * shows which; those get their address made elsewhere, and layout is done again.
 */

import type { Conversion } from '../../model/conversion.ts';
import type { Image } from '../../model/model.ts';
import { isInt } from '../types.ts';
import { absoluteToRelative, partKey } from './absolute.ts';
import { LOWER_PARTS, R_RISCV } from './constants.ts';
import { plainErrno } from './errno.ts';
import { upperPart } from './relocate.ts';

/** Rounds after which every pair that could come apart is made safe. */
const ROUNDS = 4;

/** Converts the objects whose parts have changed; all of them in the first round. */
export function convertObjects(conversion: Conversion): Conversion {
  const { objects, outOfLine, changed, round } = conversion;
  const converted = objects.map((object, i) =>
    round === 0 || changed.has(object.name)
      ? absoluteToRelative(plainErrno(object), outOfLine.get(object.name))
      : conversion.converted[i]!,
  );
  return { ...conversion, converted, round: round + 1, changed: new Set() };
}

/** Adds the pairs that layout has brought apart. What is then still out of reach is reported by the relocation pass. */
export function findFarParts(conversion: Conversion, image: Image): Conversion {
  const { objects, outOfLine, round } = conversion;
  const names = new Set(objects.map(({ name }) => name));
  const found = new Map<string, Set<string>>();
  for (const { object, key } of partsInDanger(image, round >= ROUNDS)) {
    if (!names.has(object) || outOfLine.get(object)?.has(key)) continue;
    found.set(object, (found.get(object) ?? new Set(outOfLine.get(object))).add(key));
  }
  return { ...conversion, outOfLine: new Map([...outOfLine, ...found]), changed: new Set(found.keys()) };
}

/** Upper parts with a lower part that is out of reach, or, with `all`, that might be in some layout. */
function* partsInDanger(image: Image, all: boolean): Generator<{ object: string; key: string }> {
  for (const chunk of image.chunks) {
    if (chunk.section === undefined) continue;
    const highs = new Map(chunk.relocations.filter((r) => r.type === R_RISCV.PCREL_HI20).map((r) => [r.offset, r]));
    for (const { type, symbol, addend } of chunk.relocations) {
      if (!LOWER_PARTS.has(type) || addend === 0) continue;
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
