/** Tells gdb of a loaded module. */
import { WORD_OF } from '../index.ts';
import type { LinkedFile } from './linked-file.ts';
import type { LoadPlace } from './where.ts';

/**
 * The commands of gdb that load the symbols of a module. They are for a gdb that is connected: the addresses of
 * variables and read-only data are read from the module's own code in memory.
 * @param path of the ELF file, as gdb shall open it
 */
export function gdbCommands(file: LinkedFile, place: LoadPlace, path: string): string[] {
  const others = (['bss', 'rodata'] as const).flatMap((block) => {
    const address = addressOf(file, place, block);
    return address === undefined ? [] : [`-s .${block} ${address}`];
  });
  return [`add-symbol-file "${path.replaceAll(/["\\]/g, '\\$&')}" ${[hex(place.text), ...others].join(' ')}`];
}

/**
 * Commands as a file for `source`: gdb asks nothing, and forgets what it was told of an ELF file where that does not
 * lie.
 */
export function gdbScript(commands: readonly string[]): string {
  return `${['set confirm off', 'set pagination off', 'symbol-file', ...commands, 'set pagination on', 'set confirm on'].join('\n')}\n`;
}

/** As an expression; undefined when the module has no such block, or none of its code refers to it. */
function addressOf(file: LinkedFile, { text, data }: LoadPlace, block: 'bss' | 'rodata'): string | undefined {
  const section = file.sections.find(({ name }) => name === `.${block}`);
  const code = file.sections.find(({ name }) => name === '.text');
  if (section === undefined || code === undefined) return undefined;
  const first = Math.min(...file.sections.filter(({ name }) => /^\.(bss|rodata)$/.test(name)).map((s) => s.address));
  if (data !== undefined) return hex(data + section.address - first);
  const word = file.symbols.find(({ name }) => name === WORD_OF[block]);
  if (word === undefined) return undefined;
  const at = word.address - code.address;
  const bytes = Buffer.from(code.bytes.buffer as ArrayBuffer, code.bytes.byteOffset, code.bytes.length);
  const value = file.is64 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at);
  const type = file.is64 ? 'unsigned long long' : 'unsigned int';
  // No blanks: gdb takes a word for an address.
  return `"*(${type} *)${hex(text + at)} - ${hex(value - section.address)}"`.replaceAll(' *)', '*)');
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
