/**
 * Functions without gaps between them. Compilers align every function to 4 bytes, and only what `call0` leads to needs
 * that: `callx0` and `j` go to any byte. Document: Xtensa Instruction Set Architecture Reference Manual, `CALL0`,
 * `CALLX0`.
 */
import { isCompiled } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import { type Program, type Replacement, replaceChunks } from '../../shrink/program.ts';
import { OP0, R_XTENSA } from './constants.ts';

const WORD = 4;

/** The program with code at any byte where nothing wants it aligned, in an order that leaves the smallest gaps. */
export function packCode(program: Program): Program {
  if (program.arch.isWindowed === true) return program;
  const wanted = wantedAligned(program);
  const replacements = new Map<Chunk, Replacement>();
  for (const chunk of program.chunks) {
    if (isLoose(chunk) && !wanted.has(chunk)) replacements.set(chunk, { chunk: { ...chunk, align: 1 } });
  }
  const packed = replacements.size === 0 ? program : replaceChunks(program, replacements);
  return { ...packed, chunks: withoutGaps(packed.chunks, packed.entry.chunk) };
}

/** Code of a compiler, and what was made of such code. What people write in assembler may count on its place. */
function isLoose({ role, align, from, section, words, relocations }: Chunk): boolean {
  const isCode = from === undefined ? section === undefined : isCompiled(from);
  const holdsWords = words.length > 0 || relocations.some(({ type }) => WORDS.has(type));
  return role === 'text' && align <= WORD && isCode && !holdsWords;
}

/** What `call0` leads to, and where `l32r` finds words. */
function wantedAligned({ chunks, resolve }: Program): ReadonlySet<Chunk> {
  const wanted = new Set<Chunk>();
  for (const { data, relocations } of chunks) {
    for (const { type, offset, symbol } of relocations) {
      const target = resolve(symbol);
      if (target.kind !== 'chunk' || target.chunk.role !== 'text') continue;
      const operation = (data[offset] ?? 0) & 15;
      const isJump = type === R_XTENSA.SLOT0_OP && operation !== OP0.CALLN && operation !== OP0.L32R;
      // Any other type but words and mere marks means something that compilers do not write.
      if (!isJump && !ANYWHERE.has(type)) wanted.add(target.chunk);
    }
  }
  return wanted;
}

/** Addresses, which the firmware completes at multiples of a word only. */
const WORDS: ReadonlySet<number> = new Set([R_XTENSA[32], R_XTENSA.PLT]);

const ANYWHERE: ReadonlySet<number> = new Set([...WORDS, R_XTENSA.NONE, R_XTENSA.ASM_EXPAND, R_XTENSA.ASM_SIMPLIFY]);

/** Before what would leave a gap comes, if there is one, code that fits the gap. The entry stays in front. */
function withoutGaps(chunks: readonly Chunk[], entry: Chunk): readonly Chunk[] {
  const code = chunks.filter((chunk) => chunk.role === 'text' && chunk !== entry);
  const loose = code.filter(({ align }) => align === 1);
  const ordered: Chunk[] = [];
  let end = 0;
  const put = (chunk: Chunk) => {
    ordered.push(chunk);
    end = Math.ceil(end / chunk.align) * chunk.align + chunk.size;
  };
  put(entry);
  for (const chunk of code) {
    if (chunk.align === 1) continue;
    const gap = -end & (chunk.align - 1);
    const fits = gap === 0 ? -1 : loose.findIndex(({ size }) => (size & (chunk.align - 1)) === gap);
    if (fits >= 0) put(loose.splice(fits, 1)[0]!);
    put(chunk);
  }
  for (const chunk of loose) put(chunk);
  const before = chunks.filter(({ role }) => role === 'literal');
  return [...before, ...ordered, ...chunks.filter(({ role }) => role !== 'literal' && role !== 'text')];
}
