/** What the passes that make a module smaller work on: chunks, and what the symbols in their relocations stand for. */
import type { Arch } from '../../arch/index.ts';
import type { ElfSymbol } from '../../elf/object.ts';
import type { FamilyRules } from '../families/types.ts';
import type { Chunk, Resolve, Target } from '../model/model.ts';

export interface Program {
  readonly arch: Arch;
  readonly rules: FamilyRules;
  /** In layout order, without GOT, literals and stubs. */
  readonly chunks: readonly Chunk[];
  readonly resolve: Resolve;
  readonly entry: Target & { kind: 'chunk' };
  /** Where a place of the chunks that symbol resolution left has gone. */
  readonly follow: (target: Target) => Target;
}

/** What took a chunk's place, and where its bytes went; undefined where they are no longer in any chunk. */
export interface Replacement {
  readonly chunk: Chunk;
  /** New byte offset of an old one. Bit 0 of a Thumb function's address is the caller's business. */
  readonly moved?: (offset: number) => number;
}

/** The program with some chunks replaced, and symbols of its own making bound. */
export function replaceChunks(
  program: Program,
  replacements: ReadonlyMap<Chunk, Replacement>,
  symbols: ReadonlyMap<ElfSymbol, Target> = new Map(),
): Program {
  const follow = (target: Target): Target => {
    if (target.kind !== 'chunk') return target;
    const replacement = replacements.get(target.chunk);
    if (replacement === undefined) return target;
    const { chunk, moved } = replacement;
    return { kind: 'chunk', chunk, offset: moved === undefined ? target.offset : moved(target.offset) };
  };
  return {
    ...program,
    chunks: [...new Set(program.chunks.map((chunk) => replacements.get(chunk)?.chunk ?? chunk))],
    resolve: (symbol) => follow(symbols.get(symbol) ?? program.resolve(symbol)),
    entry: follow(program.entry) as Program['entry'],
    follow: (target) => follow(program.follow(target)),
  };
}

/** A symbol that no object has, for relocations that passes write anew. */
export function madeSymbol(like: ElfSymbol, name = like.name): ElfSymbol {
  return { ...like, name, index: -1, bind: 0, type: 0 };
}
