/** The functions of a linked module, what each takes of the stack, and which calls which. */

import { Places } from '../debug/places.ts';
import type { LinkedFile } from '../debug/where/index.ts';
import { LineIndex } from '../debug/where/line-index.ts';
import * as elf from '../elf/constants.ts';
import type { ObjectFile, Relocation } from '../elf/object.ts';
import type { Chunk, Image, Target } from '../link/model/model.ts';
import { hasPcThunk } from '../link/read/select.ts';
import { FUN_TABLE_MEMBERS } from '../package/fun-table.ts';
import { firstNotBelow } from '../sorted.ts';
import { type Branch, branchAt } from './branches.ts';
import { type CodeCall, callsInCode } from './calls-in-code.ts';
import { firmwareCall, THROUGH_TABLE } from './calls-in-source.ts';
import { readStackFrames, type StackFrame } from './frames.ts';
import { loadBefore } from './xtensa-loads.ts';

/** Something that a function calls. */
export interface Call {
  readonly to:
    | { readonly kind: 'function'; readonly called: StackFunction }
    /** By the name it has there, or in its function table. */
    | { readonly kind: 'firmware'; readonly name: string }
    /** Where a pointer leads; `line` is `FILE:LINE`, empty when nothing tells. */
    | { readonly kind: 'pointer'; readonly line: string; readonly isJump: boolean };
  /** Bytes that the caller has taken there, without what the call itself puts on the stack. */
  readonly depth: number;
}

export interface StackFunction {
  readonly name: string;
  /** Undefined where nothing describes it: assembly, a library without debug information. */
  readonly frame: StackFrame | undefined;
  calls: Call[];
  /** Its code loads addresses from the firmware's function table. */
  usesTable: boolean;
  /** Something holds its address, so Python or the firmware may call it. */
  isRoot: boolean;
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly value: StackFunction;
}

/**
 * @param image of the objects with debug information
 * @param file the ELF file made of it
 */
export function stackFunctions(image: Image, file: LinkedFile): readonly StackFunction[] {
  return new Graph(image, file).build();
}

class Graph {
  readonly #image: Image;
  readonly #places: Places;
  readonly #frames: ReadonlyMap<number, StackFrame>;
  readonly #lines: LineIndex;
  readonly #parts = new Map<Chunk, Part[]>();
  readonly #labels = new Map<Chunk, ReadonlySet<number>>();

  constructor(image: Image, file: LinkedFile) {
    this.#image = image;
    this.#places = new Places(image);
    this.#frames = readStackFrames(file);
    this.#lines = new LineIndex(file);
  }

  build(): readonly StackFunction[] {
    const { chunks, entry } = this.#image.before.program;
    for (const chunk of chunks) if (chunk.role === 'text') this.#parts.set(chunk, this.#functionsOf(chunk));
    for (const chunk of chunks) this.#addReferences(chunk);
    const first = this.#functionAt(entry.chunk, entry.offset);
    if (first !== undefined) first.isRoot = true;
    return [...this.#parts.values()].flatMap((parts) => parts.map(({ value }) => value));
  }

  #functionsOf(chunk: Chunk): Part[] {
    const { from, section } = chunk;
    // What the linker has replaced by code of its own has no frame either.
    const now = this.#image.before.follow({ kind: 'chunk', chunk, offset: 0 });
    const isMade =
      now.kind === 'chunk' && now.chunk.role === 'text' && now.chunk.section === undefined && hasPcThunk(chunk.name);
    if (from === undefined || section === undefined || isMade) {
      const value = { name: chunk.symbol ?? chunk.name, frame: NO_FRAME, calls: [], usesTable: false, isRoot: false };
      return [{ start: 0, end: chunk.size, value }];
    }
    const bit = this.#image.arch.family === 'arm' ? 1 : 0;
    const symbols = from.symbols.filter(({ type, shndx }) => type === elf.STT_FUNC && shndx === section.index);
    const starts = [...new Set(symbols.map(({ value }) => value - (value & bit)))].sort((a, b) => a - b);
    return starts.map((start, i): Part => {
      const own = symbols.filter(({ value }) => value - (value & bit) === start);
      const symbol = own.find(({ bind }) => bind !== elf.STB_LOCAL) ?? own[0]!;
      const address = this.#places.addressOfSymbol(from, symbol) ?? this.#places.addressOfFolded(from, symbol);
      const frame = address === undefined ? undefined : this.#frames.get(address - (address & bit));
      const value = { name: symbol.name, frame, calls: [], usesTable: false, isRoot: false };
      return { start, end: starts[i + 1] ?? chunk.size, value };
    });
  }

  #functionAt(chunk: Chunk, offset: number): StackFunction | undefined {
    return this.#parts.get(chunk)?.find(({ start, end }) => start <= offset && offset < end)?.value;
  }

  #addReferences(chunk: Chunk): void {
    const { arch, rules } = this.#image;
    const settled = new Set<number>();
    for (const relocation of chunk.relocations) {
      const type = rules.types.get(relocation.type);
      if (type === undefined || type.expression === 'none' || relocation.symbol.index === 0) continue;
      const branch = chunk.role === 'text' ? branchAt(arch.family, chunk, relocation, type) : undefined;
      if (branch !== undefined) settled.add(branch.start);
      const target = this.#targetOf(chunk, relocation, branch);
      const literal = this.#literalOf(relocation);
      const loaded = literal === undefined ? target : this.#resolve(literal.symbol);
      if (loaded.kind === 'fun-table') this.#noteTable(chunk, relocation);
      if (branch === undefined) this.#noteAddress(target);
      else this.#addCall(chunk, branch, target);
    }
    if (chunk.from === undefined) return;
    const isData = dataIn(chunk.from, chunk.section!.index);
    for (const { start, end } of this.#parts.get(chunk) ?? []) {
      const calls = callsInCode(arch.family, chunk.data, start, end, isData);
      for (const call of calls) if (!settled.has(call.start)) this.#addPlainCall(chunk, call);
    }
  }

  /** Offset of what is meant from the symbol's section, as far as the record tells. */
  #targetOf(chunk: Chunk, { symbol, addend, offset, type }: Relocation, branch: Branch | undefined): Target {
    const target = this.#resolve(symbol);
    if (target.kind !== 'chunk' || symbol.type !== elf.STT_SECTION) return target;
    const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.byteLength);
    const inField = this.#image.rules.types.get(type)?.addend?.(view, offset) ?? 0;
    // The distance of x86 counts from the end of its field.
    const isX86 = branch !== undefined && /^x(86|64)$/.test(this.#image.arch.family);
    return { ...target, offset: target.offset + addend + inField + (isX86 ? 4 : 0) };
  }

  /** What completes the word that code of Xtensa loads from a literal pool; undefined for all else. */
  #literalOf({ symbol, addend }: Relocation): Relocation | undefined {
    if (this.#image.arch.family !== 'xtensa') return undefined;
    const pool = this.#resolve(symbol);
    if (pool.kind !== 'chunk') return undefined;
    return pool.chunk.relocations.find(({ offset }) => offset === pool.offset + addend);
  }

  #resolve(symbol: Relocation['symbol']): Target {
    return this.#image.before.program.resolve(symbol);
  }

  /** Whoever holds the address of a function may call it. */
  #noteAddress(target: Target): void {
    if (target.kind !== 'chunk' || target.chunk.from === undefined) return;
    const bit = this.#image.arch.family === 'arm' ? target.offset & 1 : 0;
    const part = this.#parts.get(target.chunk)?.find(({ start }) => start === target.offset - bit);
    if (part !== undefined) part.value.isRoot = true;
  }

  #noteTable(chunk: Chunk, { offset }: Relocation): void {
    const user = this.#functionAt(chunk, offset);
    if (user !== undefined) user.usesTable = true;
  }

  #addCall(chunk: Chunk, { start, isJump }: Branch, target: Target): void {
    const caller = this.#functionAt(chunk, start);
    if (caller === undefined) return;
    if (target.kind === 'table-entry') {
      this.#add(caller, chunk, start, isJump, { kind: 'firmware', name: memberName(target.index) });
    } else if (target.kind === 'fixed') {
      this.#add(caller, chunk, start, isJump, { kind: 'firmware', name: `0x${target.address.toString(16)}` });
    } else if (target.kind === 'chunk') {
      const called = this.#functionAt(target.chunk, target.offset);
      // A jump within its function.
      if (called !== undefined && !(isJump && called === caller))
        this.#add(caller, chunk, start, isJump, { kind: 'function', called });
    }
  }

  /** A call without a relocation: the assembler knew how far it is, or a register says where it goes. */
  #addPlainCall(chunk: Chunk, { start, end, isJump, target }: CodeCall): void {
    const caller = this.#functionAt(chunk, start);
    if (caller === undefined) return;
    const called = target === undefined ? this.#loadedFunction(chunk, start, end) : this.#functionAt(chunk, target);
    if (called !== undefined && !(isJump && called === caller))
      this.#add(caller, chunk, start, isJump, { kind: 'function', called });
    else if (target === undefined)
      this.#add(caller, chunk, start, isJump, { kind: 'pointer', line: this.#lineOf(chunk, start), isJump });
  }

  /**
   * The function whose address stands in a word that a call goes through: the GOT on x86; on Xtensa the literal that a
   * `l32r` has loaded, its far calls.
   */
  #loadedFunction(chunk: Chunk, start: number, end: number): StackFunction | undefined {
    const { family } = this.#image.arch;
    if (family !== 'xtensa' && family !== 'x86' && family !== 'x64') return undefined;
    const at = family === 'xtensa' ? this.#loadBefore(chunk, start) : end - 4;
    for (const relocation of chunk.relocations.filter(({ offset }) => offset === at)) {
      const literal = this.#literalOf(relocation);
      const target = this.#resolve((literal ?? relocation).symbol);
      if (target.kind === 'chunk' && target.chunk.role === 'text')
        return this.#functionAt(target.chunk, target.offset + (literal?.addend ?? 0));
    }
    return undefined;
  }

  #loadBefore(chunk: Chunk, call: number): number | undefined {
    const part = this.#parts.get(chunk)?.find(({ start, end }) => start <= call && call < end);
    return part && loadBefore(chunk.data, part.start, call, this.#labelsIn(chunk));
  }

  /** Where branches of Xtensa lead to in their own chunk; every one of them has a relocation. */
  #labelsIn(chunk: Chunk): ReadonlySet<number> {
    const known = this.#labels.get(chunk);
    if (known !== undefined) return known;
    const labels = new Set<number>();
    for (const { offset, symbol, addend } of chunk.relocations) {
      const kind = (chunk.data[offset] ?? 0) & 15;
      const target = kind === 6 || kind === 7 || kind === 12 ? this.#resolve(symbol) : undefined;
      if (target?.kind === 'chunk' && target.chunk === chunk) labels.add(target.offset + addend);
    }
    this.#labels.set(chunk, labels);
    return labels;
  }

  #add(caller: StackFunction, chunk: Chunk, at: number, isJump: boolean, to: Call['to']): void {
    const address = this.#addressOf(chunk, at);
    const { frame } = caller;
    const taken = frame === undefined ? 0 : address === undefined ? frame.most : frame.at(address);
    // A call of x86 puts the way back on the stack, which is a part of the called function's frame; a jump leaves it
    // there.
    const word = isJump && /^x(86|64)$/.test(this.#image.arch.family) ? this.#image.arch.wordSize : 0;
    caller.calls.push({ to, depth: Math.max(taken - word, 0) });
  }

  #addressOf({ from, section }: Chunk, offset: number): number | undefined {
    return from && section && this.#places.addressOf(from, section.index, offset);
  }

  #lineOf(chunk: Chunk, offset: number): string {
    const address = this.#addressOf(chunk, offset);
    const source = address === undefined ? undefined : this.#lines.find(address);
    return source === undefined ? '' : `${source.file}:${source.line}`;
  }
}

/** Of what the linker makes: routines without a frame. */
const NO_FRAME: StackFrame = { start: 0, end: 0, most: 0, isDynamic: false, at: () => 0 };

function memberName(index: number): string {
  return (FUN_TABLE_MEMBERS[index] ?? `entry ${index}`).replace(/_$/, '');
}

/** Marks of the assembler tell where data is among code: `$d`; code is `$t` or `$x`. */
function dataIn({ symbols }: ObjectFile, section: number): (offset: number) => boolean {
  const marks = symbols
    .filter(({ name, shndx }) => shndx === section && /^\$[dtx]/.test(name))
    .sort((a, b) => a.value - b.value);
  return (offset) =>
    marks[firstNotBelow(marks.length, (i) => marks[i]!.value <= offset) - 1]?.name.startsWith('$d') === true;
}

/**
 * Finds out which calls through pointers are calls of the firmware, and which jumps are those of a `switch`.
 * @param textOf the source at a line, `FILE:LINE`
 */
export function settlePointers(functions: readonly StackFunction[], textOf: (line: string) => string): void {
  const own = new Set(functions.map(({ name }) => name));
  for (const one of functions) {
    one.calls = one.calls.flatMap((call): Call[] => {
      const { to, depth } = call;
      if (to.kind !== 'pointer') return [call];
      const text = to.line === '' ? '' : textOf(to.line);
      if (to.isJump && /\bswitch\b/.test(text)) return [];
      const named = text === '' ? THROUGH_TABLE : firmwareCall(text, (name) => own.has(name));
      return [one.usesTable && named !== undefined ? { to: { kind: 'firmware', name: named }, depth } : call];
    });
  }
}
