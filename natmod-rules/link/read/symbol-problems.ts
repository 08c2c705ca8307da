/** Why a symbol that something refers to has no place in the module. */
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../../elf/object.ts';
import type { Problem } from '../../problem.ts';
import type { Chunk } from '../model/model.ts';
import { OTHER_LIBRARY, THREAD_LOCAL_HINT } from './language-hints.ts';
import type { Reference } from './undefined.ts';

/** In the place of a target. */
export interface Failure {
  readonly kind: 'problem';
  readonly problem: Problem;
}

function placeOf({ object, section, offset, symbol }: Reference) {
  return { file: object.name, section: section.name, offset, symbol: symbol.name };
}

export function threadLocal(reference: Reference): Failure {
  const message = `'${reference.symbol.name}' is a thread-local variable, which a native module cannot have`;
  const hint = reference.object.library === undefined ? THREAD_LOCAL_HINT : OTHER_LIBRARY;
  return { kind: 'problem', problem: { code: 'thread-local', message, where: placeOf(reference), hint } };
}

export function leftOut(reference: Reference): Failure {
  const { symbol, object } = reference;
  if (symbol.shndx === elf.SHN_UNDEF) return nowhere(reference);
  const section = object.sections[symbol.shndx];
  const name = section === undefined ? 'a section that does not exist' : section.name || `section ${section.index}`;
  const what = symbol.name === '' ? name : `'${symbol.name}' in ${name}`;
  const message = `a reference to ${what}, which is not part of the module`;
  const hint = 'the section holds debugging or unwinding data, or its COMDAT group was taken from another object';
  return { kind: 'problem', problem: { code: 'dropped-section', message, where: placeOf(reference), hint } };
}

/** A local symbol is looked for in its own object only. */
function nowhere(reference: Reference): Failure {
  const { symbol, object } = reference;
  const message = `symbol '${symbol.name}' is local to ${object.name}, and nothing in there defines it`;
  const hint = 'a tool has made it local after the compiler (objcopy, ld -r): leave that out, or define it there';
  return { kind: 'problem', problem: { code: 'undefined-symbol', message, where: placeOf(reference), hint } };
}

export function chosenAtRunTime(symbol: ElfSymbol, object: ObjectFile): Failure {
  const where = {
    file: object.name,
    section: object.sections[symbol.shndx]?.name,
    offset: symbol.value,
    symbol: symbol.name,
  };
  const message = `'${symbol.name}' is chosen for the CPU at run time (IFUNC), which a native module cannot do`;
  const hint = object.library === undefined ? 'remove target_clones, or the attribute ifunc, from it' : OTHER_LIBRARY;
  return { kind: 'problem', problem: { code: 'run-time-choice', message, where, hint } };
}

export function outside(symbol: ElfSymbol, object: ObjectFile, chunk: Chunk): Failure {
  const where = { file: object.name, section: chunk.name, offset: symbol.value, symbol: symbol.name };
  const message = `symbol '${symbol.name}' lies outside its section of ${chunk.size} bytes`;
  return {
    kind: 'problem',
    problem: { code: 'corrupt-object', message, where, hint: 'delete the file and build it again' },
  };
}
