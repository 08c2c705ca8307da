/**
 * Alignment that nobody can give. The linker aligns within a block of memory; the block itself is where the firmware's
 * loader puts it: at a block of the garbage collector, which is four words, or at a page where code has memory of its
 * own (the Unix port).
 */
import type { Arch } from '../../arch/index.ts';
import * as elf from '../../elf/constants.ts';
import { NatmodError, type Problem } from '../../problem.ts';
import type { FamilyRules } from '../families/types.ts';
import type { BlockName, Chunk } from '../model/model.ts';

/** Errors: `alignment` for every section that asks for more. */
export function checkAlignment(
  arch: Arch,
  rules: FamilyRules,
  chunks: readonly Chunk[],
  blocks: ReadonlyMap<Chunk, BlockName>,
): void {
  const problems: Problem[] = [];
  for (const chunk of chunks) {
    const most = rules.largestAlign(blocks.get(chunk) ?? 'text', arch.wordSize);
    if (chunk.align > most) problems.push(refusal(chunk, most));
  }
  if (problems.length > 0) throw new NatmodError(problems);
}

function refusal({ name, object, role, align, from, section }: Chunk, most: number): Problem {
  if (role === 'text') {
    const message = `code in ${name} asks for an alignment of ${align} bytes, and the firmware gives a module's code ${most} at most`;
    const hint =
      'compile without -falign-functions and -falign-loops of more than that, and without aligned() at functions';
    return { code: 'alignment', message, where: { file: object, section: name }, hint };
  }
  const inside = from?.symbols.filter((s) => s.shndx === section?.index && s.type === elf.STT_OBJECT) ?? [];
  const names = inside.map((s) => `'${s.name}'`);
  const what = names.length === 0 || names.length > 4 ? name : names.join(' or ');
  return {
    code: 'alignment',
    message: `${what} asks for an alignment of ${align} bytes, and the firmware gives a module's variables ${most} at most`,
    where: { file: object, section: name, symbol: inside[0]?.name },
    hint: 'take the memory with m_malloc in mpy_init, that much larger, and round the address up',
  };
}
