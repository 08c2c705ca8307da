/**
 * What holds after every pass. A fault found here is a bug of the linker, whatever the objects are: what is wrong with
 * them is found where they are read, and told as a problem.
 */
import type { Program } from '../shrink/program.ts';
import type { BlockName, Chunk, Image, Target } from './model.ts';

/** As much of the state as there is at that point. */
export interface Checked {
  readonly program?: Program;
  readonly image?: Image;
  readonly unordered?: Program;
  /** The program before anything was made smaller. */
  readonly bound?: Program;
}

/** Throws an Error that names the pass, the chunk and what does not hold. */
export function checkState(pass: string, { program, image, bound }: Checked): void {
  const whole = image ?? program;
  if (whole === undefined) return;
  const check = new Checker(pass, whole);
  for (const chunk of whole.chunks) check.chunk(chunk);
  if (bound !== undefined) check.alignment(bound, program?.follow ?? image!.before.follow);
  if (image !== undefined) check.layout(image);
  else check.entry(program!.entry);
}

/** Bytes. What passes that write code anew look after themselves: instructions, and literals between them. */
const LARGEST_IN_CODE = 4;

class Checker {
  readonly #pass: string;
  readonly #whole: Program | Image;
  readonly #chunks: ReadonlySet<Chunk>;

  constructor(pass: string, whole: Program | Image) {
    this.#pass = pass;
    this.#whole = whole;
    this.#chunks = new Set(whole.chunks);
    if (this.#chunks.size !== whole.chunks.length) throw new Error(`after ${pass}: a chunk is there twice`);
  }

  /** Its bytes are there, its relocations lie in it, and what they name is part of the program. */
  chunk(chunk: Chunk): void {
    const { align, size, data, role, relocations, words } = chunk;
    if (align < 1 || (align & (align - 1)) !== 0) this.#fail(chunk, `its alignment is ${align}`);
    if (data.length !== (role === 'bss' ? 0 : size)) this.#fail(chunk, `it has ${data.length} bytes of ${size}`);
    for (const { offset, symbol, type } of relocations) {
      if (offset < 0 || offset >= size) this.#fail(chunk, `a relocation of type ${type} lies at ${offset} of ${size}`);
      if (this.#whole.rules.types.get(type)?.expression !== 'none') {
        this.#target(chunk, this.#whole.resolve(symbol), symbol.name);
      }
    }
    for (const { offset, target } of words) {
      if (offset + this.#whole.arch.wordSize > size) this.#fail(chunk, `a word lies at ${offset} of ${size}`);
      this.#target(chunk, target, 'a word');
    }
  }

  entry(entry: Target & { kind: 'chunk' }): void {
    this.#target(entry.chunk, entry, 'the entry');
    if (entry.offset < 0 || entry.offset >= entry.chunk.size) this.#fail(entry.chunk, 'the entry lies outside');
  }

  /**
   * Data lies where what it was compiled for may count on, wherever passes have put it: code reads whole words of it.
   * Code that asks for more than the words in it need keeps that, too.
   */
  alignment(before: Program, follow: Program['follow']): void {
    for (const chunk of before.chunks) {
      if (chunk.role === 'literal' || (chunk.role === 'text' && chunk.align <= LARGEST_IN_CODE)) continue;
      const now = follow({ kind: 'chunk', chunk, offset: 0 });
      if (now.kind !== 'chunk' || !this.#chunks.has(now.chunk)) continue;
      if (now.chunk.align % chunk.align === 0 && now.offset % chunk.align === 0) continue;
      this.#fail(chunk, `it was aligned to ${chunk.align}, and is at ${now.offset} of what is to ${now.chunk.align}`);
    }
  }

  /** Everything has a place of its own, aligned, inside its block. */
  layout({ chunks, place, size, entryJump }: Image): void {
    const end: Record<BlockName, number> = { text: entryJump.length, rodata: 0, bss: 0 };
    for (const chunk of chunks) {
      const at = place.get(chunk);
      if (at === undefined) throw this.#fault(chunk, 'it has no address');
      if (at.address % chunk.align !== 0) this.#fail(chunk, `it is at ${at.address}, aligned to ${chunk.align}`);
      if (at.address < end[at.block]) this.#fail(chunk, `it is at ${at.address}, where something else is`);
      end[at.block] = at.address + chunk.size;
      if (end[at.block] > size[at.block]) this.#fail(chunk, `it ends behind its block of ${size[at.block]} bytes`);
    }
  }

  #target(from: Chunk, target: Target, name: string): void {
    if (target.kind !== 'chunk') return;
    if (!Number.isInteger(target.offset)) this.#fail(from, `'${name}' leads to offset ${target.offset}`);
    // The literals that code names are gone once they are pooled; only what reads them knows their new place.
    if (this.#chunks.has(target.chunk) || target.chunk.role === 'literal') return;
    this.#fail(from, `'${name}' leads to ${target.chunk.name} of ${target.chunk.object}, which is gone`);
  }

  #fail(chunk: Chunk, what: string): never {
    throw this.#fault(chunk, what);
  }

  #fault({ name, object }: Chunk, what: string): Error {
    return new Error(`after ${this.#pass}: ${name} of ${object}: ${what}`);
  }
}
