/**
 * The global offset table: one machine word per symbol that code reaches through it, filled by the firmware's loader.
 * Slots are grouped by what they point to (firmware, text, rodata, BSS), so that the loader's records can be run-length
 * coded; within a group they keep the order of first use.
 */
import type { Arch } from '../../arch/index.ts';
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, Relocation } from '../../elf/object.ts';
import type { FamilyRules } from '../families/types.ts';
import {
  type Chunk,
  type Got,
  type GotSlot,
  type Image,
  makeChunk,
  type Resolve,
  type Target,
} from '../model/model.ts';
import type { Stubs } from './stubs.ts';

/**
 * Makes the GOT of ELF targets whose compilers ask for slots by relocation type (all but Xtensa).
 * @param compact one slot for what is the same under several names, and none that no code reads
 */
export function buildGot(
  arch: Arch,
  rules: FamilyRules,
  chunks: readonly Chunk[],
  resolve: Resolve,
  compact = false,
): Got {
  const wanted = new Map<string, { target: Target; addend: number }>();
  const keyOf = new Map<Relocation, string>();
  const chunkNumbers = new Map<Chunk, number>();
  for (const chunk of chunks) {
    for (const relocation of chunk.relocations) {
      if (!readsSlot(rules, relocation) && (compact || !hasIdleSlot(arch, rules, relocation))) continue;
      const target = resolve(relocation.symbol);
      // Symbols that passes make are told apart by what they stand for alone.
      const isMade = relocation.symbol.index < 0;
      const key = compact || isMade ? targetKey(target, chunkNumbers) : symbolKey(relocation.symbol);
      keyOf.set(relocation, key);
      if (!wanted.has(key)) wanted.set(key, { target, addend: 0 });
    }
  }
  return arrangeGot(arch, wanted, keyOf, compact);
}

/**
 * Lays the wanted slots out and makes the chunk that holds them.
 * @param tableFirst the slot of the firmware's function table has offset 0, which some code need not write
 */
export function arrangeGot(
  arch: Arch,
  wanted: ReadonlyMap<string, { target: Target; addend: number }>,
  keyOf: ReadonlyMap<Relocation, string>,
  tableFirst = false,
): Got {
  const rankOf = ({ target }: { target: Target }) => (tableFirst && target.kind === 'fun-table' ? 0 : rank(target));
  const ordered = [...wanted].sort((a, b) => rankOf(a[1]) - rankOf(b[1]));
  const byKey = new Map<string, GotSlot>();
  ordered.forEach(([key, slot], i) => {
    byKey.set(key, { ...slot, offset: i * arch.wordSize });
  });
  const slots = [...byKey.values()];
  const words = slots.map(({ offset, target, addend }) => ({ offset, target, addend }));
  const size = slots.length * arch.wordSize;
  const chunk = makeChunk({ name: 'GOT', role: 'text', align: arch.wordSize, size, words });
  return { chunk, slots, slotOf: (relocation) => byKey.get(keyOf.get(relocation)!)! };
}

/** Local symbols of different objects may share a name; global ones may not. */
export function symbolKey(symbol: ElfSymbol): string {
  return symbol.bind === elf.STB_LOCAL ? `${symbol.object}\0${symbol.index}` : symbol.name;
}

function targetKey(target: Target, numbers: Map<Chunk, number>): string {
  if (target.kind === 'table-entry') return `entry ${target.index}`;
  if (target.kind === 'fixed') return `fixed ${target.address}`;
  if (target.kind !== 'chunk') return target.kind;
  const number = numbers.get(target.chunk) ?? numbers.size;
  numbers.set(target.chunk, number);
  return `chunk ${number}+${target.offset}`;
}

function rank(target: Target): number {
  if (target.kind !== 'chunk') return 1;
  return { text: 2, literal: 2, rodata: 3, data: 3, bss: 4 }[target.chunk.role];
}

/** Whether a relocation reads its symbol's slot. */
function readsSlot({ types }: FamilyRules, { type }: Relocation): boolean {
  const expression = types.get(type)?.expression;
  return expression === 'got' || expression === 'got-pc';
}

/** Whether the reference linker makes a slot that the relocation does not read. */
function hasIdleSlot({ wordSize }: Arch, rules: FamilyRules, { type, symbol }: Relocation): boolean {
  return type === rules.idleSlotType?.(wordSize) && symbol.bind !== elf.STB_LOCAL;
}

/** What the code reads addresses from, and where it lies among the chunks. */
export type AddressTables = Pick<Image, 'chunks' | 'got' | 'literal'>;

/** Stubs come behind the first section, newest first, and the GOT comes last: the order of the reference linker. */
export function withGot(
  arch: Arch,
  rules: FamilyRules,
  pieces: readonly Chunk[],
  stubs: Stubs,
  resolve: Resolve,
  compact: boolean,
): AddressTables {
  const got = buildGot(arch, rules, pieces, resolve, compact);
  const made = [...stubs.values()].map((stub) => stub.chunk).reverse();
  const chunks = [...pieces.slice(0, 1), ...made, ...pieces.slice(1), got.chunk];
  return { chunks, got, literal: () => undefined };
}
