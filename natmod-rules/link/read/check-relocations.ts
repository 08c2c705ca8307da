/** Relocations that no compiler means: what they would make of the code is not what its author wrote. */
import { REBUILD } from '../../elf/bytes.ts';
import type { ObjectFile, Section } from '../../elf/object.ts';
import { NatmodError, type Problem } from '../../problem.ts';
import type { Expression, FamilyRules } from '../families/types.ts';
import { isLinked } from './select.ts';

/** Distances from the place itself. Without a symbol they lead to an address that is fixed, at an unknown distance. */
const DISTANCES: ReadonlySet<Expression> = new Set<Expression>(['pc', 'slot', 'got', 'got-pc', 'got-relative']);

/** These go with another relocation of the same place: hints, and the two halves of a difference. */
const TOGETHER: ReadonlySet<Expression> = new Set<Expression>(['none', 'difference']);

/**
 * Errors: `corrupt-object` for two records of one place, `absolute-code` for a distance to no symbol; one for each
 * section.
 */
export function checkRelocations({ types }: FamilyRules, objects: readonly ObjectFile[]): void {
  const problems: Problem[] = [];
  for (const object of objects) {
    for (const section of object.sections) {
      if (!isLinked(section)) continue;
      const problem = judge(types, object, section);
      if (problem !== undefined) problems.push(problem);
    }
  }
  if (problems.length > 0) throw new NatmodError(problems);
}

function judge(types: FamilyRules['types'], object: ObjectFile, section: Section): Problem | undefined {
  const seen = new Set<number>();
  for (const { offset, type, symbol } of section.relocations) {
    const rule = types.get(type);
    if (rule === undefined || TOGETHER.has(rule.expression)) continue;
    const where = { file: object.name, section: section.name, offset };
    if (seen.has(offset)) {
      return { code: 'corrupt-object', message: 'two relocations change the same place', where, hint: REBUILD };
    }
    seen.add(offset);
    if (symbol.index !== 0 || !DISTANCES.has(rule.expression)) continue;
    const message = `${rule.name} wants the distance to a fixed address, and a module is loaded anywhere`;
    return { code: 'absolute-code', message, where, hint: 'call such an address through a pointer' };
  }
  return undefined;
}
