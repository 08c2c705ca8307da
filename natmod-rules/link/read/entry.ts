/** Where a module starts: its function `mpy_init`. */
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile } from '../../elf/object.ts';
import type { Problem } from '../../problem.ts';
import type { FamilyRules } from '../families/types.ts';
import type { Chunk, Target } from '../model/model.ts';
import type { Definition } from './definitions.ts';
import type { Selection } from './select.ts';
import { type Failure, outside } from './symbol-problems.ts';

/**
 * The problem `no-entry` stands for an mpy_init that is missing, static, a variable, or where nothing can call it;
 * `corrupt-object` for one behind its section's end.
 */
export function findEntry(
  { functionBit, codeAlign }: FamilyRules,
  objects: readonly ObjectFile[],
  selection: Selection,
  definitions: ReadonlyMap<string, Definition>,
): (Target & { kind: 'chunk' }) | Failure {
  const entry = definitions.get('mpy_init');
  const chunk = entry && selection.chunkOf(entry.object, entry.symbol.shndx);
  if (entry !== undefined && chunk?.role === 'text') {
    const { symbol, object } = entry;
    if (symbol.value >= chunk.size) return outside(symbol, object, chunk);
    const odd = symbol.value % 2 !== 0;
    if (functionBit === 1 && !odd) return misplacedEntry(object, chunk, symbol, NO_THUMB);
    const isMisplaced = functionBit === 1 ? hasThumbAt(object, symbol) : codeAlign > 1 && odd;
    if (isMisplaced) return misplacedEntry(object, chunk, symbol, ODD);
    return { kind: 'chunk', chunk, offset: symbol.value };
  }
  const local = objects.find((o) => o.symbols.some((s) => s.name === 'mpy_init' && s.bind === elf.STB_LOCAL));
  const hint =
    local === undefined
      ? 'every module has one function mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)'
      : `it is static in ${local.name}; remove the word static`;
  const message =
    entry === undefined
      ? 'no object defines mpy_init, where a module starts'
      : 'mpy_init is not a function of the module';
  const where = { file: entry?.object.name ?? objects[0]?.name, symbol: 'mpy_init' };
  return { kind: 'problem', problem: { code: 'no-entry', message, where, hint } };
}

const NO_THUMB = {
  message: 'mpy_init is not marked as a Thumb function, so nothing can call it',
  hint: 'in assembler sources write .thumb_func (or .type mpy_init, %function behind .thumb) before the label',
};
const ODD = {
  message: 'mpy_init is at an odd address, where this CPU has no instructions',
  hint: 'in assembler sources write .balign 2 before the label',
};

/** Bit 0 of a Thumb function's value says nothing of its place, which a mapping symbol tells. */
function hasThumbAt({ symbols }: ObjectFile, { shndx, value }: ElfSymbol): boolean {
  return symbols.some((one) => one.shndx === shndx && one.value === value && /^\$t(\.|$)/.test(one.name));
}

function misplacedEntry(
  object: ObjectFile,
  { name }: Chunk,
  { value }: ElfSymbol,
  text: Pick<Problem, 'message' | 'hint'>,
): Failure {
  const where = { file: object.name, section: name, offset: value, symbol: 'mpy_init' };
  return { kind: 'problem', problem: { code: 'no-entry', ...text, where } };
}
