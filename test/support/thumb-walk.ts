/**
 * Follows Thumb code before and behind linking at once, by what objdump reads in both: every way through a function
 * must do the same, except for calls of code that the linker keeps once, and jumps. An independent reading of what the
 * linker made.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STT_FUNC } from '../../natmod-rules/elf/constants.ts';
import type { Chunk, Image, Target } from '../../natmod-rules/link/model/model.ts';
import { stubKey } from '../../natmod-rules/link/place/stubs.ts';
import { relocate } from '../../natmod-rules/link/write/relocate.ts';
import { run } from './compile.ts';

interface Read {
  readonly size: number;
  readonly mnemonic: string;
  readonly operands: string;
}

/** What objdump reads at every half-word boundary that follows another instruction from the start of each piece. */
export function disassemble(pieces: readonly Uint8Array[]): Map<number, Read>[] {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-thumb-'));
  try {
    const lines = ['.syntax unified', '.cpu cortex-m7', '.fpu fpv5-d16', '.thumb'];
    pieces.forEach((bytes, i) => {
      lines.push(`.section .piece.${i},"ax"`, `piece${i}:`);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at + 2 <= bytes.length; ) {
        const first = view.getUint16(at, true);
        const isWide = first >>> 11 >= 29 && at + 4 <= bytes.length;
        const code = isWide ? first * 65536 + view.getUint16(at + 2, true) : first;
        lines.push(`.inst.${isWide ? 'w' : 'n'} 0x${code.toString(16)}`);
        at += isWide ? 4 : 2;
      }
    });
    writeFileSync(join(folder, 'a.s'), `${lines.join('\n')}\n`);
    run('arm-none-eabi-as', ['a.s', '-o', 'a.o'], folder);
    const text = run('arm-none-eabi-objdump', ['-d', '-w', '--no-show-raw-insn', 'a.o'], folder);
    const read = pieces.map(() => new Map<number, Read>());
    for (const section of text.split('Disassembly of section .piece.').slice(1)) {
      const own = read[Number.parseInt(section, 10)]!;
      const found = [...section.matchAll(/^ *([\da-f]+):\t([\w.]+)(?:\t([^\n]*))?$/gm)];
      found.forEach(([, hex, mnemonic, operands], i) => {
        const at = Number.parseInt(hex!, 16);
        const next = found[i + 1];
        const size = next === undefined ? 2 : Number.parseInt(next[1]!, 16) - at;
        own.set(at, {
          size,
          mnemonic: mnemonic!.replace(/\.[nw]$/, ''),
          operands: (operands ?? '').replace(/\s*@.*/, '').trim(),
        });
      });
    }
    return read;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Where one walk is: the old place, the new address, where outlined code returns to, and whether the link register is
 * lost.
 */
interface State {
  readonly chunk: Chunk;
  readonly old: number;
  readonly now: number;
  readonly back: number | undefined;
  readonly isLost: boolean;
}

/** Returns what differs, and how many instructions were compared. */
export function walkThumb(image: Image): { readonly problems: string[]; readonly compared: number } {
  return new Walker(image).walk();
}

class Walker {
  readonly #image: Image;
  readonly #text: Uint8Array;
  readonly #relocated: ReadonlySet<number>;
  readonly #before: readonly Chunk[];
  readonly #old = new Map<Chunk, Map<number, Read>>();
  readonly #now: readonly { readonly chunk: Chunk; readonly address: number; readonly read: Map<number, Read> }[];
  readonly #problems: string[] = [];
  #compared = 0;

  constructor(image: Image) {
    this.#image = image;
    const { text, relocations } = relocate(image);
    this.#text = text;
    this.#relocated = new Set(relocations.filter((r) => r.base === 'text').map((r) => r.wordIndex * 4));
    this.#before = image.before.program.chunks.filter((c) => c.role === 'text' && c.from !== undefined && c.size > 0);
    const chunks = image.chunks.filter((c) => c.role === 'text' && c.size > 0);
    const pieces = chunks.map((chunk) => {
      const { address } = image.place.get(chunk)!;
      return { chunk, address, bytes: text.subarray(address, address + chunk.size) };
    });
    const read = disassemble([...this.#before.map(({ data }) => data), ...pieces.map(({ bytes }) => bytes)]);
    for (const [i, chunk] of this.#before.entries()) this.#old.set(chunk, read[i]!);
    this.#now = pieces.map(({ chunk, address }, i) => ({ chunk, address, read: read[this.#before.length + i]! }));
  }

  walk() {
    const waiting: State[] = this.#before.flatMap((chunk) => {
      const functions = chunk.from!.symbols.filter((s) => s.shndx === chunk.section!.index && s.type === STT_FUNC);
      const starts = new Set([0, ...functions.map(({ value }) => value & ~1)]);
      return [...starts].flatMap((old) => {
        const now = this.#addressOf(this.#image.before.follow({ kind: 'chunk', chunk, offset: old }));
        return now === undefined ? [] : [{ chunk, old, now, back: undefined, isLost: false }];
      });
    });
    const seen = new Set<string>();
    const numbers = new Map(this.#before.map((chunk, i) => [chunk, i]));
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      const { chunk, old, now, back, isLost } = state;
      const key = `${numbers.get(chunk)} ${old} ${now} ${back} ${isLost}`;
      if (seen.has(key)) continue;
      seen.add(key);
      try {
        waiting.push(...this.#step(state));
      } catch (error) {
        this.#problems.push(
          `${chunk.name}+0x${old.toString(16)} at 0x${now.toString(16)}: ${(error as Error).message}`,
        );
      }
    }
    return { problems: this.#problems, compared: this.#compared };
  }

  #step(state: State): State[] {
    const { chunk, old, now, back } = state;
    // Behind a call that never returns there may be no code.
    if (isData(chunk, old)) return [];
    const before = this.#old.get(chunk)?.get(old) ?? fail('nothing there before');
    const after = this.#readNow(now);
    const relocation = chunk.relocations.find((r) => r.offset === old && r.type !== 40);
    // A jump may lead to equal code elsewhere, on both sides.
    if (before.mnemonic === 'b') {
      const target = relocation === undefined ? targetOf(before) : undefined;
      if (target === old)
        return this.#same(after.mnemonic === 'b' && this.#targetNow(now, after) === now, 'endless loop', []);
      if (target !== undefined) return [{ ...state, old: target }];
      return this.#tailCall(state, relocation!);
    }
    if (after.mnemonic === 'b' && !(back !== undefined && before.mnemonic === 'bl')) {
      return [{ ...state, now: this.#targetNow(now, after) }];
    }
    if (
      after.mnemonic === 'bl' &&
      this.#chunkAt(this.#targetNow(now, after))?.chunk.name.startsWith('.text.outlined')
    ) {
      if (back !== undefined) fail('outlined code calls outlined code');
      return [{ ...state, now: this.#targetNow(now, after), back: now + 4, isLost: true }];
    }
    if (after.mnemonic === 'bx' && after.operands === 'lr' && back !== undefined) {
      return [{ ...state, now: back, back: undefined }];
    }
    this.#compared++;
    return this.#compare(state, before, after);
  }

  #compare(state: State, before: Read, after: Read): State[] {
    const { chunk, old, now, back, isLost } = state;
    const relocation = chunk.relocations.find((r) => r.offset === old && r.type !== 40);
    const uses = /\blr\b/.test(before.operands) && !/^(pop|ldr)/.test(before.mnemonic) && !isPoppedMultiple(before);
    if (isLost && uses) fail(`${before.mnemonic} ${before.operands} needs the link register`);
    const next = { ...state, old: old + before.size, now: now + after.size, isLost: isLost && !definesLink(before) };
    switch (before.mnemonic) {
      case 'bl': {
        if (relocation === undefined) {
          const callee = { ...state, old: targetOf(before), now: this.#targetNow(now, after), back: undefined };
          const isKept = after.mnemonic === 'bl' && back === undefined;
          return this.#same(isKept, differ(before, after), [callee, { ...next, isLost: false }]);
        }
        const there = this.#addressOf(this.#image.resolve(relocation.symbol));
        const isTail = back !== undefined && after.mnemonic === 'b';
        if (!isTail && after.mnemonic !== 'bl') fail(`bl became ${after.mnemonic}`);
        if (this.#targetNow(now, after) !== there) fail('calls something else');
        if (relocation.symbol.name.startsWith('__gnu_thumb1_case_u'))
          return this.#table(next, state, relocation.symbol.name.endsWith('qi') ? 1 : 2);
        return [isTail ? { ...next, now: back, back: undefined, isLost: false } : { ...next, isLost: false }];
      }
      case 'blx':
        if (back !== undefined && after.mnemonic === 'bx')
          return this.#same(before.operands === after.operands, 'another register', [
            { ...next, now: back, back: undefined, isLost: false },
          ]);
        return this.#same(isEqual(before, after), differ(before, after), [{ ...next, isLost: false }]);
      case 'tbb':
      case 'tbh':
        return this.#same(
          isEqual(before, after),
          differ(before, after),
          this.#table(next, state, before.mnemonic === 'tbb' ? 1 : 2),
        );
      case 'cbz':
      case 'cbnz': {
        const register = (one: Read) => one.operands.split(',')[0];
        const isSame = before.mnemonic === after.mnemonic && register(before) === register(after);
        return this.#same(isSame, differ(before, after), [next, this.#branch(state, before, after)]);
      }
    }
    if (/^b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)$/.test(before.mnemonic)) {
      return this.#same(before.mnemonic === after.mnemonic, differ(before, after), [
        next,
        this.#branch(state, before, after),
      ]);
    }
    if (/\[pc/.test(before.operands)) {
      this.#literal(state, before, after);
      return [next];
    }
    return this.#same(isEqual(before, after), differ(before, after), leaves(before) ? [] : [next]);
  }

  #tailCall(state: State, relocation: Chunk['relocations'][number]): State[] {
    if (state.isLost) fail('a tail call without the link register');
    const there = this.#image.resolve(relocation.symbol);
    const start = this.#addressOf(there);
    let now = state.now;
    for (let hops = 0; hops < 4 && now !== start; hops++) now = this.#targetNow(now, this.#readNow(now));
    return this.#same(now === start, 'jumps to something else', []);
  }

  #branch(state: State, before: Read, after: Read): State {
    if (state.back !== undefined) fail('a branch in outlined code');
    return { ...state, old: targetOf(before), now: this.#targetNow(state.now, after) };
  }

  /** The table behind an instruction: both lead to equal places. */
  #table(next: State, { chunk, back }: State, width: 1 | 2): State[] {
    if (back !== undefined) fail('a table in outlined code');
    const marks = chunk.from!.symbols.filter((s) => s.shndx === chunk.section!.index && /^\$t(\.|$)/.test(s.name));
    const end = Math.min(...marks.map((s) => s.value).filter((v) => v > next.old), chunk.size);
    const states: State[] = [];
    const entry = (data: Uint8Array, at: number) => (width === 1 ? data[at]! : data[at]! | (data[at + 1]! << 8));
    for (let i = 0; next.old + (i + 1) * width <= end; i++) {
      const old = entry(chunk.data, next.old + i * width);
      if (width === 1 && old === 0 && next.old + i + 1 === end) break;
      const now = entry(this.#text, next.now + i * width);
      states.push({ ...next, old: next.old + 2 * old, now: next.now + 2 * now });
    }
    return states;
  }

  #literal({ chunk, old, now }: State, before: Read, after: Read): void {
    const rest = (one: Read) => `${one.mnemonic} ${one.operands.replace(/\[pc.*$/, '')}`;
    if (rest(before) !== rest(after)) fail(differ(before, after));
    const at = literalAt(before, old);
    const there = literalAt(after, now);
    const words = before.mnemonic.startsWith('vldr') && /^d/.test(before.operands) ? [0, 4] : [0];
    for (const offset of words) {
      const value = new DataView(chunk.data.buffer, chunk.data.byteOffset).getInt32(at + offset, true);
      const found = new DataView(this.#text.buffer, this.#text.byteOffset).getInt32(there + offset, true);
      const relocation = chunk.relocations.find((r) => r.offset === at + offset);
      const target = relocation && this.#image.resolve(relocation.symbol);
      const place = target?.kind === 'chunk' ? this.#image.place.get(target.chunk)!.address + target.offset : 0;
      const wanted = (value + (relocation?.addend ?? 0) + (target?.kind === 'fixed' ? target.address : place)) | 0;
      if (found !== wanted) fail(`loads 0x${found.toString(16)}, not 0x${wanted.toString(16)}`);
      const isCompleted = target !== undefined && target.kind !== 'fixed';
      if (this.#relocated.has(there + offset) !== isCompleted)
        fail('the loader does not treat the literal as it should');
    }
  }

  #same(isSame: boolean, message: string, states: State[]): State[] {
    if (!isSame) fail(message);
    return states;
  }

  #addressOf(target: Target): number | undefined {
    if (target.kind !== 'chunk') {
      // What is outside of the module is called by a stub.
      const stub = this.#image.stubs.get(stubKey(target) ?? '');
      return stub === undefined ? undefined : this.#addressOf(stub);
    }
    const place = this.#image.place.get(target.chunk);
    return place?.block === 'text' ? (place.address + target.offset) & ~1 : undefined;
  }

  #chunkAt(address: number) {
    return this.#now.find((piece) => piece.address <= address && address < piece.address + piece.chunk.size);
  }

  #readNow(address: number): Read {
    const piece = this.#chunkAt(address) ?? fail('outside of all code');
    return piece.read.get(address - piece.address) ?? fail('no instruction begins there');
  }

  #targetNow(address: number, read: Read): number {
    const piece = this.#chunkAt(address)!;
    return (targetOf(read) + piece.address) | 0;
  }
}

/**
 * Whether control does not go on behind an instruction: `bx lr`, `pop {r4, pc}`, `ldr pc, [sp], #4`, and not where it
 * depends.
 */
function leaves({ mnemonic, operands }: Read): boolean {
  if (/^(bx|udf)$/.test(mnemonic)) return true;
  const writesPc = /^pc,/.test(operands) || /\bpc\}?$/.test(operands);
  return writesPc && !/^(pop|ldr|ldm|ldmia|mov|add)(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)$/.test(mnemonic);
}

/** By the marks that assemblers leave where code and data begin; behind the end of a piece there is no code either. */
function isData({ from, section, size }: Chunk, offset: number): boolean {
  if (offset >= size) return true;
  const marks = from!.symbols.filter((s) => s.shndx === section!.index && /^\$[td](\.|$)/.test(s.name));
  const before = marks.filter(({ value }) => value <= offset).sort((a, b) => a.value - b.value);
  return before.at(-1)?.name.startsWith('$d') === true;
}

function fail(message: string): never {
  throw new Error(message);
}

function isEqual(a: Read, b: Read): boolean {
  return a.mnemonic === b.mnemonic && a.operands === b.operands;
}

function differ(a: Read, b: Read): string {
  return `${a.mnemonic} ${a.operands} became ${b.mnemonic} ${b.operands}`;
}

/** What objdump says a branch goes to, from the start of its piece. */
function targetOf({ mnemonic, operands }: Read): number {
  const hex = /(?:^|, )([\da-f]+) </.exec(operands)?.[1] ?? fail(`${mnemonic} ${operands} goes nowhere`);
  return Number.parseInt(hex, 16) | 0;
}

function literalAt({ operands }: Read, address: number): number {
  const offset = /\[pc(?:, #(-?\d+))?\]/.exec(operands) ?? fail(`${operands} is no literal`);
  return (address & ~3) + 4 + Number(offset[1] ?? 0);
}

function isPoppedMultiple({ mnemonic, operands }: Read): boolean {
  return /^ldm/.test(mnemonic) && /^sp!/.test(operands);
}

function definesLink(read: Read): boolean {
  return /\blr\b/.test(read.operands) && (/^(pop|ldr)$/.test(read.mnemonic) || isPoppedMultiple(read));
}
