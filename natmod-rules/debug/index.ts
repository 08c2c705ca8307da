/**
 * The ELF file beside a module: the linked image with addresses, symbols and debug information, so that objdump,
 * addr2line, gdb and the like can be used on it. The blocks of the module are its sections .text, .rodata and .bss; a
 * loaded module is described by where these have come to lie.
 */
import { attributeSection } from '../elf/abi.ts';
import * as elf from '../elf/constants.ts';
import type { Image } from '../link/model/model.ts';
import { type MpyRelocation, type NativeCode, readMpy } from '../package/index.ts';
import { buildIdSection } from './build-id.ts';
import { type OutSection, type OutSymbol, writeElf } from './elf-file.ts';
import { type BlockAddresses, Places } from './places.ts';
import { debugSections } from './sections.ts';
import { sharedTails } from './shared-tails.ts';
import { symbolsOf } from './symbols.ts';

export { buildId } from './build-id.ts';
export { hasSameCode, nativeParts } from './same-code.ts';

export interface DebugFile {
  readonly elf: Uint8Array;
  /** About objects whose debug information is left out, in words. */
  readonly notes: readonly string[];
  /** Objects that have brought debug information. */
  readonly described: number;
}

/**
 * Makes the ELF file of a linked module.
 * @param image what was linked, of objects with debug information
 * @param mpy the file that was made of it; its native part is the contents of the ELF file
 */
export function debugFile(image: Image, mpy: Uint8Array): DebugFile {
  const { arch, before } = image;
  const native = readMpy(mpy, 'module').root as NativeCode;
  const places = new Places(image);
  const debug = debugSections(arch, before.objects, places, sharedTails(image, places));
  const { blocks } = places;
  const sections: OutSection[] = [
    ...blockSections(image, native, blocks),
    ...attributesOf(image),
    buildIdSection(native),
    ...debug.sections.map((section) => ({ ...section, type: elf.SHT_PROGBITS, address: 0 })),
  ];
  const file = writeElf({
    is64: arch.wordSize === 8,
    machine: arch.elfMachine,
    flags: headerFlags(image),
    entry: blocks.text + (arch.family === 'arm' ? 1 : 0),
    sections,
    symbols: [...symbolsOf(image, places), ...wordSymbols(native, blocks, arch.wordSize)],
  });
  return { elf: file, notes: debug.notes, described: debug.objects };
}

const RWX = { text: 0x7, rodata: 0x3, bss: 0x3 };

function blockSections({ size, arch, chunks, place }: Image, native: NativeCode, blocks: BlockAddresses): OutSection[] {
  const bytes = { text: Uint8Array.from(native.text), rodata: Uint8Array.from(native.rodata), bss: new Uint8Array(0) };
  for (const relocation of native.relocations) relocate(bytes, relocation, blocks, arch.wordSize);
  const names = (['text', 'rodata', 'bss'] as const).filter((name) => size[name] > 0);
  return names.map((name) => {
    const aligns = chunks.filter((chunk) => place.get(chunk)?.block === name).map(({ align }) => align);
    return {
      name: `.${name}`,
      type: name === 'bss' ? elf.SHT_NOBITS : elf.SHT_PROGBITS,
      flags: RWX[name],
      address: blocks[name],
      align: name === 'rodata' ? arch.wordSize : Math.max(arch.wordSize, ...aligns),
      bytes: bytes[name],
      ...(name === 'bss' ? { size: size.bss } : {}),
    };
  });
}

/** What the loader does, for the addresses of the ELF file; what only the firmware knows stays 0. */
function relocate(
  bytes: Readonly<Record<'text' | 'rodata', Uint8Array>>,
  { base, wordIndex, kind }: MpyRelocation,
  blocks: BlockAddresses,
  wordSize: 4 | 8,
): void {
  const block = (['text', 'rodata', 'bss'] as const)[kind];
  if (block === undefined) return;
  const { buffer } = bytes[base];
  const view = new DataView(buffer, bytes[base].byteOffset);
  const at = wordIndex * wordSize;
  if (wordSize === 8) view.setBigUint64(at, view.getBigUint64(at, true) + BigInt(blocks[block]), true);
  else view.setUint32(at, (view.getUint32(at, true) + blocks[block]) >>> 0, true);
}

/** Names of words in the code that hold an address of another block: they tell where the loader has put that. */
export const WORD_OF = { rodata: 'natmod.word.rodata', bss: 'natmod.word.bss' } as const;

function wordSymbols(native: NativeCode, blocks: BlockAddresses, wordSize: 4 | 8): OutSymbol[] {
  return (['rodata', 'bss'] as const).flatMap((block, i) => {
    const found = native.relocations.find(({ base, kind }) => base === 'text' && kind === i + 1);
    if (found === undefined) return [];
    const value = blocks.text + found.wordIndex * wordSize;
    return [
      { name: WORD_OF[block], value, size: wordSize, bind: elf.STB_LOCAL, type: elf.STT_OBJECT, section: '.text' },
    ];
  });
}

/** Bits that an ARM executable has besides those of its objects (ELF for the ARM architecture, "ELF header"). */
const EF_ARM_ABI_FLOAT_SOFT = 0x200;
const EF_ARM_ABI_FLOAT_HARD = 0x400;

function headerFlags({ arch, before }: Image): number {
  const flags = before.objects.find(({ library }) => library === undefined)?.header.flags ?? 0;
  if (arch.family !== 'arm') return flags;
  return (flags | (arch.flags.includes('-mfloat-abi=hard') ? EF_ARM_ABI_FLOAT_HARD : EF_ARM_ABI_FLOAT_SOFT)) >>> 0;
}

/** The first object that says for what CPU it was compiled speaks for all: the linker has checked that they fit. */
function attributesOf({ arch, before }: Image): OutSection[] {
  const name = attributeSection(arch.elfMachine);
  const found = before.objects.flatMap(({ sections }) => sections.filter((section) => section.name === name))[0];
  if (found === undefined) return [];
  const { type, align, data, entrySize } = found;
  return [{ name: found.name, type, flags: 0, address: 0, align, bytes: data, entrySize }];
}
