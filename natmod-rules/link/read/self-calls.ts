/**
 * Functions of the C library that call themselves without end. GCC makes a call of memset of a loop that fills memory,
 * and of strlen of one that looks for a zero, also of the loop that is the user's own memset or strlen.
 */
import type { Relocation } from '../../elf/object.ts';
import { NatmodError, type Problem } from '../../problem.ts';
import type { Chunk } from '../model/model.ts';
import { functionAt } from './undefined.ts';

const FROM_LOOPS: ReadonlySet<string> = new Set(['memset', 'memcpy', 'memmove', 'strlen', 'rawmemchr']);

/** Errors: `calls-itself`, one for each function. */
export function checkSelfCalls(chunks: readonly Chunk[]): void {
  const problems = new Map<string, Problem>();
  for (const chunk of chunks) {
    const { role, section, from, relocations } = chunk;
    if (role !== 'text' || section === undefined || from === undefined) continue;
    for (const relocation of relocations) {
      const name = calledName(chunk, relocation);
      if (!FROM_LOOPS.has(name) || functionAt(from, section, relocation.offset) !== name) continue;
      const message = `${name} calls itself and never ends: the compiler has made a call of ${name} of the loop in it`;
      const where = { file: chunk.object, section: section.name, offset: relocation.offset, symbol: name };
      problems.set(name, {
        code: 'calls-itself',
        message,
        where,
        hint: 'CFLAGS += -fno-tree-loop-distribute-patterns',
      });
    }
  }
  if (problems.size > 0) throw new NatmodError([...problems.values()]);
}

/** The symbol itself, or, on Xtensa, that of the literal that an instruction loads. */
function calledName({ from }: Chunk, { symbol, addend }: Relocation): string {
  const literals = from?.sections[symbol.shndx];
  if (literals === undefined || !literals.name.startsWith('.literal')) return symbol.name;
  return literals.relocations.find(({ offset }) => offset === symbol.value + addend)?.symbol.name ?? '';
}
