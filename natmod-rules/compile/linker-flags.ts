import type { Arch } from '../arch/index.ts';
import { PASS_OPTIONS, PRINT_REMOVED, readPassOption, valuesOf } from '../link/shrink/pass-options.ts';
import type { PassChange } from '../link/shrink/passes.ts';
import { fail } from '../problem.ts';

/** What MPY_LD_FLAGS asks of the linker. */
export interface LinkerFlags {
  /** Name to put into the .mpy file instead of its own. */
  readonly sourceName?: string;
  /** The architecture-flags varint; 0 when there are none. */
  readonly archFlags: number;
  /** Files with fixed symbol addresses. */
  readonly externs: readonly string[];
  /** Static libraries, in order. */
  readonly libraries: readonly string[];
  /** What makes modules smaller: passes to do or to leave, in the order they were asked for. */
  readonly passes: readonly PassChange[];
  /** Where to write an ELF file with debug information besides. */
  readonly elf?: string;
}

const long: Readonly<Record<string, 'source-name' | 'arch-flags' | 'externs' | 'elf'>> = {
  '--elf': 'elf',
  '--source-name': 'source-name',
  '--arch-flags': 'arch-flags',
  '--externs': 'externs',
};

/**
 * Reads the words of MPY_LD_FLAGS, which are those of `mpy_ld.py`, and those of `mpy-ld` that choose passes.
 * @param makefile named in errors
 * @throws NatmodError `bad-linker-flag`, `bad-arch-flags`
 */
export function readLinkerFlags(words: readonly string[], arch: Arch, makefile: string): LinkerFlags {
  let sourceName: string | undefined;
  let elf: string | undefined;
  let archFlags = 0;
  const externs: string[] = [];
  const libraries: string[] = [];
  const passes: PassChange[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    // What `mpy-ld` prints then is told by other means where nobody reads its output.
    if (/^-v+$|^--verbose$/.test(word) || word === PRINT_REMOVED) continue;
    const joined = /^(--[a-z-]+)=(.*)$/s.exec(word);
    if (isPassOption(joined?.[1] ?? word)) {
      const value = joined?.[2] ?? (valuesOf(word) !== undefined ? words[++i] : undefined);
      passes.push(...(readPassOption(arch, joined?.[1] ?? word, value) ?? unknownFlag(word, makefile)));
      continue;
    }
    const name = joined?.[1] ?? (word.startsWith('-l') ? '-l' : word);
    const rest = joined?.[2] ?? (name === '-l' && word !== '-l' ? word.slice(2) : undefined);
    if (name !== '-l' && long[name] === undefined) unknownFlag(word, makefile);
    const value = rest ?? words[++i] ?? unknownFlag(word, makefile);
    if (name === '-l') libraries.push(value);
    else if (name === '--source-name') sourceName = value;
    else if (name === '--externs') externs.push(value);
    else if (name === '--elf') elf = value;
    else archFlags = readArchFlags(value, arch, makefile);
  }
  return { sourceName, archFlags, externs, libraries, passes, ...(elf === undefined ? {} : { elf }) };
}

function isPassOption(name: string): boolean {
  return PASS_OPTIONS.some((option) => option.name === name || option.inverse === name);
}

/** `zba,zcmp`, or the number itself as decimal, 0x… or 0b…. */
function readArchFlags(text: string, arch: Arch, makefile: string): number {
  if (/^(\d+|0[xX][\da-fA-F]+|0[bB][01]+)$/.test(text)) {
    const number = Number(text);
    if (number === 0 || (arch.archFlags !== undefined && number <= 0xffff_ffff)) return number;
  }
  let flags = 0;
  for (const name of text.toLowerCase().split(',')) {
    const bit = arch.archFlags !== undefined && Object.hasOwn(arch.archFlags, name) ? arch.archFlags[name] : undefined;
    if (bit === undefined) {
      const known = Object.keys(arch.archFlags ?? {}).join(', ');
      const hint = known === '' ? `${arch.name} has no such flags` : `${arch.name} has ${known}`;
      return fail('bad-arch-flags', `unknown architecture flag '${name}'`, { file: makefile }, hint);
    }
    flags |= bit;
  }
  return flags;
}

function unknownFlag(word: string, makefile: string): never {
  const own = PASS_OPTIONS.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
  const hint = `known are --source-name NAME, --arch-flags FLAGS, --externs FILE, --elf FILE, -lFILE, ${own.join(', ')}`;
  return fail('bad-linker-flag', `MPY_LD_FLAGS has '${word}', which is not understood`, { file: makefile }, hint);
}
