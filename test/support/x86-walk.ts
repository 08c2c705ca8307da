/**
 * Follows 32-bit x86 code before and behind linking, by what objdump reads in both: every function must have the same
 * instructions, except for how it gets the address of the GOT, and every distance must lead where its relocation says.
 * An independent reading of what the linker made.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Relocation } from '../../natmod-rules/elf/object.ts';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import type { Chunk, Target } from '../../natmod-rules/link/model/model.ts';
import { relocate } from '../../natmod-rules/link/write/relocate.ts';
import { run } from './compile.ts';

interface Read {
  readonly at: number;
  readonly mnemonic: string;
  readonly operands: string;
  /** Where a call or jump leads to, in bytes from the start of the piece. */
  readonly target: number | undefined;
}

const TYPE = { 32: 1, PC32: 2, GOT32: 3, PLT32: 4, GOTOFF: 9, GOTPC: 10, GOT32X: 43 };

/** What objdump reads in each piece. */
export function disassemble(pieces: readonly Uint8Array[]): (readonly Read[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-x86-'));
  try {
    const lines = pieces.map((bytes, i) => `.section .piece.${i},"ax"\n.byte ${[...bytes].join()}`);
    writeFileSync(join(folder, 'a.s'), `${lines.join('\n')}\n`);
    run('i686-linux-gnu-as', ['--32', 'a.s', '-o', 'a.o'], folder);
    const text = run('i686-linux-gnu-objdump', ['-d', '-w', '--no-show-raw-insn', 'a.o'], folder);
    const read: (readonly Read[])[] = pieces.map(() => []);
    for (const section of text.split('Disassembly of section .piece.').slice(1)) {
      read[Number.parseInt(section, 10)] = [...section.matchAll(/^ *([\da-f]+):\t(\S+)(?: +([^\n<]*))?/gm)].map(
        ([, at, mnemonic, rest = '']): Read => {
          const operands = rest.trim();
          const isNear = /^(j|call|loop)/.test(mnemonic!) && /^(0x)?[\da-f]+$/.test(operands);
          const target = isNear ? Number.parseInt(operands, 16) | 0 : undefined;
          return { at: Number.parseInt(at!, 16), mnemonic: mnemonic!, operands, target };
        },
      );
    }
    return read;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Walked {
  readonly wrong: string[];
  functions: number;
  /** How often each thing was looked at. */
  routines: number;
  slots: number;
  distances: number;
  jumps: number;
}

/** Compares all code of a module's objects with what became of it. */
export function walkX86(result: LinkResult): Walked {
  const { image } = result;
  const { text, relocations } = relocate(image);
  // Thunks may have become routines, which are looked at where they are called.
  const selected = image.before.program.chunks.filter(
    ({ role, from, name }) => role === 'text' && from !== undefined && !name.includes('pc_thunk'),
  );
  const placed = selected.flatMap((chunk) => {
    const now = image.before.follow({ kind: 'chunk', chunk, offset: 0 });
    const there = now.kind === 'chunk' ? image.place.get(now.chunk) : undefined;
    // Folded functions are compared with each of those that they stand for.
    return there === undefined || now.kind !== 'chunk' ? [] : [{ chunk, now: now.chunk, address: there.address }];
  });
  const before = disassemble(placed.map(({ chunk }) => chunk.data));
  const behind = disassemble(placed.map(({ now, address }) => text.subarray(address, address + now.size)));
  const walked: Walked = { wrong: [], functions: 0, routines: 0, slots: 0, distances: 0, jumps: 0 };
  const words = new Set(
    relocations.filter(({ base, kind }) => base === 'text' && kind === 0).map(({ wordIndex }) => wordIndex * 4),
  );
  placed.forEach(({ chunk, address }, i) => {
    const walker = new Walker({ result, text, words, chunk, address, walked });
    const fault = walker.compare(before[i]!, behind[i]!);
    if (fault !== undefined) walked.wrong.push(`${chunk.name}: ${fault}`);
    walked.functions++;
  });
  return walked;
}

const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];

class Walker {
  readonly result: LinkResult;
  readonly text: Uint8Array;
  readonly words: ReadonlySet<number>;
  readonly chunk: Chunk;
  readonly address: number;
  readonly walked: Walked;
  readonly #got: number;
  readonly #view: DataView;

  constructor(site: Pick<Walker, 'result' | 'text' | 'words' | 'chunk' | 'address' | 'walked'>) {
    this.result = site.result;
    this.text = site.text;
    this.words = site.words;
    this.chunk = site.chunk;
    this.address = site.address;
    this.walked = site.walked;
    this.#got = this.result.image.place.get(this.result.image.got.chunk)!.address;
    this.#view = new DataView(this.chunk.data.buffer, this.chunk.data.byteOffset, this.chunk.data.length);
  }

  /** What is wrong first, if anything. */
  compare(before: readonly Read[], behind: readonly Read[]): string | undefined {
    /** Byte offsets: where each instruction of the object is now. */
    const moved = new Map<number, number>();
    const jumps: [from: number, to: number][] = [];
    let j = 0;
    for (let i = 0; i < before.length; i++, j++) {
      const [old, now] = [before[i]!, behind[j]];
      if (now === undefined) return `${old.mnemonic} at ${old.at} is gone`;
      moved.set(old.at, now.at);
      const end = before[i + 1]?.at ?? this.chunk.size;
      const own = this.chunk.relocations.find(({ offset }) => offset >= old.at && offset < end);
      const register = old.mnemonic === 'call' && now.mnemonic === 'call' ? this.#routine(now.target) : undefined;
      if (register !== undefined) {
        const add = before[++i];
        if (add?.mnemonic !== 'add' || !add.operands.endsWith(`,%${register}`)) return `no addition at ${old.at}`;
        if (!this.#isThunk(own)) return `no thunk at ${old.at}`;
        this.walked.routines++;
      } else if (old.target !== undefined && own === undefined) {
        if (old.mnemonic !== now.mnemonic || now.target === undefined) return `${old.mnemonic} became ${now.mnemonic}`;
        jumps.push([old.target, now.target]);
        this.walked.jumps++;
      } else {
        const fault = own === undefined ? this.#same(old, now) : this.#completed(old, now, own, end);
        if (fault !== undefined) return `${old.mnemonic} ${old.operands} at ${old.at}: ${fault}`;
      }
    }
    if (j !== behind.length) return `${behind.length - j} instructions more`;
    const lost = jumps.find(([from, to]) => moved.get(from) !== to);
    return lost && `a jump to ${lost[0]} leads to ${lost[1]} instead of ${moved.get(lost[0])}`;
  }

  #same(old: Read, now: Read): string | undefined {
    if (old.mnemonic === now.mnemonic && old.operands === now.operands) return undefined;
    return `became ${now.mnemonic} ${now.operands}`;
  }

  /** Register of the routine at `target` (bytes from the function) when it returns the GOT's address. */
  #routine(target: number | undefined): string | undefined {
    const at = this.address + (target ?? Number.NaN);
    const [opcode = 0, , , , , back] = this.text.subarray(at, at + 6);
    if ((opcode & 0xf8) !== 0xb8 || back !== 0xc3 || !this.words.has(at + 1)) return undefined;
    const value = new DataView(this.text.buffer).getUint32(at + 1, true);
    return value === this.#got ? REGISTERS[opcode & 7] : undefined;
  }

  #isThunk(call: Relocation | undefined): boolean {
    const target = call && this.result.image.before.program.resolve(call.symbol);
    return target?.kind === 'chunk' && /pc_thunk/.test(target.chunk.name);
  }

  #completed(old: Read, now: Read, own: Relocation, end: number): string | undefined {
    const inPlace = this.#view.getInt32(own.offset, true) + own.addend;
    const target = this.result.image.before.follow(this.result.image.before.program.resolve(own.symbol));
    if (own.type === TYPE.PC32 || own.type === TYPE.PLT32) {
      const there = this.#addressOf(target);
      this.walked.distances++;
      if (old.mnemonic !== now.mnemonic || now.target === undefined) return `became ${now.mnemonic}`;
      // Ways to the firmware are stubs.
      if (there === undefined) return undefined;
      const wanted = there + inPlace + (end - own.offset);
      return this.address + now.target === wanted ? undefined : `leads to ${now.target} instead of ${wanted}`;
    }
    const isSlot = own.type === TYPE.GOT32 || own.type === TYPE.GOT32X;
    const isDirect = isSlot && old.mnemonic === 'mov' && now.mnemonic === 'lea';
    if (old.mnemonic !== now.mnemonic && !isDirect) return `became ${now.mnemonic}`;
    const [was, is] = [splitNumber(old.operands), splitNumber(now.operands)];
    if (was.rest !== is.rest) return `became ${now.operands}`;
    if (own.type === TYPE.GOTPC) {
      const wanted = this.#got + inPlace - (this.address + now.at + own.offset - old.at);
      return is.number === wanted ? undefined : `is ${is.number} instead of ${wanted}`;
    }
    if (isSlot) this.walked.slots++;
    else this.walked.distances++;
    const wanted =
      isSlot && !isDirect
        ? this.#slotOf(target)
        : own.type === TYPE.GOTOFF || isDirect
          ? this.#fromGot(target)
          : undefined;
    if (wanted === undefined) return own.type === TYPE[32] ? undefined : `no place for type ${own.type}`;
    return is.number === wanted + inPlace ? undefined : `is ${is.number} instead of ${wanted + inPlace}`;
  }

  #addressOf(target: Target): number | undefined {
    const there = target.kind === 'chunk' ? this.result.image.place.get(target.chunk) : undefined;
    return target.kind !== 'chunk' || there === undefined ? undefined : there.address + target.offset;
  }

  #fromGot(target: Target): number | undefined {
    const there = this.#addressOf(target);
    return there === undefined ? undefined : there - this.#got;
  }

  #slotOf(wanted: Target): number | undefined {
    const asText = (target: Target) =>
      target.kind === 'chunk' ? `${this.#addressOf(target)}` : JSON.stringify(target);
    return this.result.image.got.slots.find(({ target }) => asText(target) === asText(wanted))?.offset;
  }
}

/** The number that a relocation completes: a distance from a register, or else a constant; 0 when it is not written. */
function splitNumber(operands: string): { readonly rest: string; readonly number: number } {
  const found = /-?0x[\da-f]+(?=\()/.exec(operands) ?? /(?<=^|\$)-?0x[\da-f]+(?=,%)/.exec(operands);
  if (found === null) return { rest: operands, number: 0 };
  return { rest: operands.replace(found[0], ''), number: Number.parseInt(found[0].replace('0x', ''), 16) | 0 };
}
