import type { Arch } from '../arch/index.ts';
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
}

const long: Readonly<Record<string, 'source-name' | 'arch-flags' | 'externs'>> = {
  '--source-name': 'source-name',
  '--arch-flags': 'arch-flags',
  '--externs': 'externs',
};

/**
 * Reads the words of MPY_LD_FLAGS, which are those of `mpy_ld.py`.
 * @param makefile named in errors
 * @throws NatmodError `bad-linker-flag`, `bad-arch-flags`
 */
export function readLinkerFlags(words: readonly string[], arch: Arch, makefile: string): LinkerFlags {
  let sourceName: string | undefined;
  let archFlags = 0;
  const externs: string[] = [];
  const libraries: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (/^-v+$|^--verbose$/.test(word)) continue;
    const joined = /^(--[a-z-]+)=(.*)$/s.exec(word);
    const name = joined?.[1] ?? (word.startsWith('-l') ? '-l' : word);
    const rest = joined?.[2] ?? (name === '-l' && word !== '-l' ? word.slice(2) : undefined);
    if (name !== '-l' && long[name] === undefined) unknownFlag(word, makefile);
    const value = rest ?? words[++i] ?? unknownFlag(word, makefile);
    if (name === '-l') libraries.push(value);
    else if (name === '--source-name') sourceName = value;
    else if (name === '--externs') externs.push(value);
    else archFlags = readArchFlags(value, arch, makefile);
  }
  return { sourceName, archFlags, externs, libraries };
}

/** `zba,zcmp`, or the number itself as decimal, 0x… or 0b…. */
function readArchFlags(text: string, arch: Arch, makefile: string): number {
  if (/^(\d+|0[xX][\da-fA-F]+|0[bB][01]+)$/.test(text)) {
    const number = Number(text);
    if (number <= 0xffff_ffff) return number;
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
  const hint = 'known are --source-name NAME, --arch-flags FLAGS, --externs FILE and -lFILE';
  return fail('bad-linker-flag', `MPY_LD_FLAGS has '${word}', which is not understood`, { file: makefile }, hint);
}
