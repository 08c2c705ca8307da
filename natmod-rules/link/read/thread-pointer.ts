/**
 * The thread pointer: a register that holds where a thread's own variables are. In a module it is that of MicroPython's
 * process, or nobody's, so code that counts from it writes into what belongs to another. Compilers mark most of it with
 * relocations, which are refused by those; what a C library does with its own thread descriptor has none.
 */
import type { Arch } from '../../arch/index.ts';
import { NatmodError, type Problem } from '../../problem.ts';
import type { FamilyRules } from '../families/types.ts';
import type { Chunk } from '../model/model.ts';
import { LIBRARY_THREADS_HINT, THREAD_LOCAL_HINT } from './language-hints.ts';
import { functionAt } from './undefined.ts';

/** Errors: `thread-pointer`, one for each section. */
export function checkThreadPointer({ wordSize }: Arch, rules: FamilyRules, chunks: readonly Chunk[]): void {
  const problems: Problem[] = [];
  for (const chunk of chunks) {
    const { role, section, from } = chunk;
    if (role !== 'text' || section === undefined || from === undefined) continue;
    const offset = rules.threadPointerUse(chunk, wordSize);
    if (offset === undefined) continue;
    const user = functionAt(from, section, offset) ?? 'the code';
    const message = `${user} uses the thread pointer, which in a module is not its own`;
    const hint = chunk.fromLibrary ? LIBRARY_THREADS_HINT : THREAD_LOCAL_HINT;
    const where = { file: chunk.object, section: section.name, offset };
    problems.push({ code: 'thread-pointer', message, where, hint });
  }
  if (problems.length > 0) throw new NatmodError(problems);
}
