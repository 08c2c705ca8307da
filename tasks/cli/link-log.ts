/**
 * What the linker did, as text: the lines that `mpy_ld.py` prints, with the object, and relocations by their names in
 * the psABIs.
 */
import type { Arch } from '../../natmod-rules/arch/index.ts';
import type { ElfSymbol } from '../../natmod-rules/elf/object.ts';
import { describeOutside } from '../../natmod-rules/link/explain/why.ts';
import { rulesOf } from '../../natmod-rules/link/families/index.ts';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import { type Chunk, describeSymbol, type Image, type Target } from '../../natmod-rules/link/model/model.ts';

const MACHINES: Readonly<Record<Arch['family'], string>> = {
  x86: 'EM_386',
  x64: 'EM_X86_64',
  arm: 'EM_ARM',
  xtensa: 'EM_XTENSA',
  riscv: 'EM_RISCV',
};

/** The summary that is always printed. Sizes are in bytes. */
export function describeSizes({ image, sizes }: LinkResult): string[] {
  const rodata = sizes.rodata > 0 ? [`rodata size:  ${sizes.rodata}`] : [];
  return [
    `arch:         ${MACHINES[image.arch.family]}`,
    `text size:    ${sizes.text}`,
    ...rodata,
    `bss size:     ${sizes.bss}`,
    `GOT entries:  ${sizes.got}`,
  ];
}

/** Libraries used, sections with their addresses and the GOT; from `verbosity` 2 (`-vv`) on also every relocation. */
export function describeImage(image: Image, verbosity: number): string[] {
  const members = new Set(image.chunks.filter((chunk) => chunk.from?.library).map((chunk) => chunk.object));
  const lines = [...members].map((member) => `using ${member}`);
  lines.push('sections:');
  if (image.entryJump.length > 0) lines.push(`  ${hex(0)} jump to mpy_init size=${image.entryJump.length}`);
  for (const chunk of image.chunks) {
    const place = image.place.get(chunk);
    if (place === undefined) continue;
    lines.push(`  ${hex(place.address)} ${chunk.name} size=${chunk.size} ${place.block} of ${chunk.object}`);
  }
  lines.push(...describeGot(image));
  if (verbosity > 1) for (const chunk of image.chunks) lines.push(...describeRelocations(image, chunk));
  return lines;
}

/** What the objects have and the module has not, because nothing refers to it. Sizes are in bytes. */
export function describeRemoved({ before }: Image): string[] {
  const kept = new Set(before.program.chunks);
  const removed = before.selected.filter((chunk) => !kept.has(chunk) && chunk.size > 0);
  return removed.map(({ name, object, size }) => `removed ${name} size=${size} of ${object}`);
}

function describeGot(image: Image): string[] {
  const { chunk, slots } = image.got;
  const lines = [`GOT: ${hex(image.place.get(chunk)?.address ?? 0)}`];
  for (const { offset, target, addend } of slots) {
    lines.push(`  ${hex(offset)} ${nameOf(target)} -> ${placeOf(image, target, addend)}`);
  }
  return lines;
}

function describeRelocations(image: Image, chunk: Chunk): string[] {
  const place = image.place.get(chunk);
  if (place === undefined || chunk.relocations.length === 0) return [];
  const { types } = rulesOf(image.arch.family);
  const lines = [`${chunk.object}: ${chunk.name} ${chunk.relocations.length} relocations:`];
  for (const { offset, type, symbol, addend } of chunk.relocations) {
    const info = types.get(type);
    const start = `  ${hex(place.address + offset)} ${info?.name ?? `type ${type}`}`;
    if (info?.expression === 'none') lines.push(start);
    else lines.push(`${start} ${symbolText(symbol, addend)} -> ${placeOf(image, image.resolve(symbol), addend)}`);
  }
  return lines;
}

function symbolText(symbol: ElfSymbol, addend: number): string {
  const name = describeSymbol(symbol, `section ${symbol.shndx}`);
  return addend === 0 ? name : `${name}${addend < 0 ? '-' : '+'}0x${Math.abs(addend).toString(16)}`;
}

/** The name of what is there: a symbol with that very address, else the section. */
function nameOf(target: Target): string {
  if (target.kind !== 'chunk') return describeOutside(target);
  const { chunk, offset } = target;
  // Names with a sign in front are marks of the assembler: `$d`, `.LC0`.
  const isHere = (s: ElfSymbol) => /^\w/.test(s.name) && s.shndx === chunk.section?.index && s.value === offset;
  return chunk.from?.symbols.find(isHere)?.name ?? `${chunk.name}+0x${offset.toString(16)}`;
}

function placeOf(image: Image, target: Target, addend: number): string {
  if (target.kind !== 'chunk') return `${describeOutside(target)}+${hex(addend)}`;
  const address = (image.place.get(target.chunk)?.address ?? 0) + target.offset + addend;
  return `${target.chunk.name}+${hex(address)}`;
}

function hex(value: number): string {
  return `${value < 0 ? '-' : ''}${Math.abs(value).toString(16).padStart(8, '0')}`;
}
