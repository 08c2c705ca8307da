/** Which definition of each name counts, and memory for common symbols. gABI, "Symbol Table". */
import { REBUILD } from '../../elf/bytes.ts';
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../../elf/object.ts';
import { fail, type Problem } from '../../problem.ts';
import { type Chunk, makeChunk } from '../model/model.ts';
import { isPcThunk, type Selection } from './select.ts';

export interface Definition {
  readonly symbol: ElfSymbol;
  readonly object: ObjectFile;
  readonly strength: number;
}

const WEAK = 1;
const COMMON = 2;
const STRONG = 3;

/**
 * The strongest definition of each global name. A name that is defined twice is a problem of the list.
 *
 * @throws NatmodError `corrupt-object` for a common symbol whose alignment no linker takes
 */
export function collectDefinitions(objects: readonly ObjectFile[], selection: Selection) {
  const definitions = new Map<string, Definition>();
  const problems: Problem[] = [];
  // The largest alignment that any object asks for counts, whichever of them has the largest size.
  const commonAligns = new Map<string, number>();
  for (const object of objects) {
    for (const symbol of object.symbols) {
      if (symbol.bind === elf.STB_LOCAL || symbol.shndx === elf.SHN_UNDEF || symbol.name === '') continue;
      if (isPcThunk(symbol.name)) continue;
      const inModule = symbol.shndx >= elf.SHN_LORESERVE || selection.chunkOf(object, symbol.shndx) !== undefined;
      if (!inModule) continue;
      const strength = symbol.shndx === elf.SHN_COMMON ? COMMON : symbol.bind === elf.STB_GLOBAL ? STRONG : WEAK;
      const before = definitions.get(symbol.name);
      if (before?.strength === STRONG && strength === STRONG) problems.push(duplicate(before, symbol, object));
      else if (before === undefined || winsOver(strength, symbol, before)) {
        definitions.set(symbol.name, { symbol, object, strength });
      }
      if (strength === COMMON)
        commonAligns.set(symbol.name, Math.max(alignOf(symbol, object), commonAligns.get(symbol.name) ?? 1));
    }
  }
  return { definitions, commonAligns, problems };
}

function winsOver(strength: number, symbol: ElfSymbol, before: Definition): boolean {
  if (strength === COMMON && before.strength === COMMON) return symbol.size > before.symbol.size;
  return strength > before.strength;
}

function duplicate(before: Definition, symbol: ElfSymbol, object: ObjectFile): Problem {
  const section = object.sections[symbol.shndx]?.name ?? 'absolute';
  const first = before.object.sections[before.symbol.shndx]?.name ?? 'absolute';
  return {
    code: 'duplicate-symbol',
    message: `'${symbol.name}' is defined twice; the first definition is in ${before.object.name} (${first}+0x${before.symbol.value.toString(16)})`,
    where: { file: object.name, section, offset: symbol.value, symbol: symbol.name },
    hint: 'rename one of them, or make it static',
  };
}

const LARGEST_ALIGN = 0x10000;

/** The alignment of a common symbol, in bytes. */
function alignOf({ name, value }: ElfSymbol, object: ObjectFile): number {
  if (value <= LARGEST_ALIGN && (value & (value - 1)) === 0) return Math.max(1, value);
  const where = { file: object.name, symbol: name };
  const message = `common symbol '${name}' asks for an alignment of ${value} bytes`;
  return fail('corrupt-object', message, where, REBUILD);
}

/** BSS for each common symbol that no strong definition has replaced, by name. */
export function allocateCommons(
  definitions: ReadonlyMap<string, Definition>,
  aligns: ReadonlyMap<string, number>,
): Map<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  for (const [name, { symbol, object, strength }] of definitions) {
    if (strength !== COMMON) continue;
    const align = aligns.get(name)!;
    chunks.set(
      name,
      makeChunk({ name: `COMMON.${name}`, symbol: name, object: object.name, role: 'bss', align, size: symbol.size }),
    );
  }
  return chunks;
}
