/** Variables that the garbage collector does not look into, because the code needs them at its side. */
import { STT_OBJECT } from '../../elf/constants.ts';
import type { Image } from '../model/model.ts';

/**
 * The module's own variables in the text block that are large enough for a pointer, and aligned like one. What only
 * they refer to may be freed under the module.
 * @returns names by object, in the order of layout
 */
export function unscannedVariables({ arch, chunks, place }: Image): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const chunk of chunks) {
    const { role, from, section, fromLibrary, object } = chunk;
    if ((role !== 'bss' && role !== 'data') || fromLibrary || place.get(chunk)?.block !== 'text') continue;
    const names = (from?.symbols ?? [])
      .filter(({ shndx, type, size, value }) => {
        const mayHoldPointer = size >= arch.wordSize && value % arch.wordSize === 0;
        return shndx === section?.index && type === STT_OBJECT && mayHoldPointer;
      })
      // The compiler numbers the variables of functions: `cache.0`.
      .map(({ name }) => name.replace(/\.\d+$/, ''));
    if (names.length > 0) found.set(object, [...(found.get(object) ?? []), ...names]);
  }
  return found;
}
