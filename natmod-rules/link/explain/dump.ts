/** What is there behind a pass, as text: for whoever works on the linker. */
import type { Relocation } from '../../elf/object.ts';
import type { FamilyRules } from '../families/types.ts';
import { type Chunk, describeSymbol, type Image, type Resolve, type Target } from '../model/model.ts';
import type { LinkState } from '../pipeline.ts';
import { describeOutside } from './why.ts';

/**
 * One line for each chunk, indented ones for its relocations and words; before there are chunks, the sections of the
 * objects.
 */
export function dumpState(state: Partial<LinkState>): string[] {
  const { image, program, objects = [], conversion } = state;
  if (image !== undefined) return [...dumpChunks(image), ...dumpEnd(image)];
  if (program !== undefined) return [`entry ${describeTarget(program.entry)}`, ...dumpChunks(program)];
  return (conversion?.converted ?? objects).flatMap(({ name, sections }) => [
    name,
    ...sections
      .filter(({ size }) => size > 0)
      .map((s) => `  ${s.name} size=${s.size} align=${s.align} relocations=${s.relocations.length}`),
  ]);
}

interface Whole {
  readonly rules: FamilyRules;
  readonly chunks: readonly Chunk[];
  readonly resolve: Resolve;
  readonly place?: Image['place'];
}

function dumpChunks({ rules, chunks, resolve, place }: Whole): string[] {
  return chunks.flatMap((chunk) => {
    const at = place?.get(chunk);
    const where = at === undefined ? '' : `${at.block}+${hex(at.address)} `;
    return [
      `${where}${chunk.name} (${chunk.object}) ${chunk.role} size=${chunk.size} align=${chunk.align}`,
      ...chunk.relocations.map((relocation) => `  ${dumpRelocation(rules, resolve, relocation)}`),
      ...chunk.words.map(({ offset, target, addend }) => `  ${hex(offset)} word ${describeTarget(target, addend)}`),
    ];
  });
}

function dumpRelocation({ types }: FamilyRules, resolve: Resolve, relocation: Relocation): string {
  const { offset, type, symbol, addend } = relocation;
  const known = types.get(type);
  const start = `${hex(offset)} ${known?.name ?? `type ${type}`}`;
  if (known?.expression === 'none') return `${start} ${addend}`;
  return `${start} ${describeSymbol(symbol)} = ${describeTarget(resolve(symbol), addend)}`;
}

function dumpEnd({ size, entryJump, got }: Image): string[] {
  const jump = entryJump.length === 0 ? [] : [`jump to mpy_init: ${entryJump.length} bytes`];
  return [...jump, `text ${size.text}, rodata ${size.rodata}, bss ${size.bss}, GOT slots ${got.slots.length}`];
}

function describeTarget(target: Target, addend = 0): string {
  const more = addend === 0 ? '' : `${addend < 0 ? '-' : '+'}${hex(Math.abs(addend))}`;
  if (target.kind !== 'chunk') return `${describeOutside(target)}${more}`;
  return `${target.chunk.name}+${hex(target.offset)} (${target.chunk.object})${more}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
