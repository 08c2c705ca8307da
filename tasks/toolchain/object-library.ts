import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import type { Library, LibraryMember } from '../../natmod-rules/link/read/libraries.ts';

/** Objects that serve as a library: the first that defines a symbol is taken. @param file what messages call it */
export function objectLibrary(
  file: string,
  objects: readonly { readonly name: string; readonly bytes: Buffer }[],
): Library {
  const members = new Map<string, LibraryMember>();
  for (const [offset, { name, bytes }] of objects.entries()) {
    for (const symbol of definedSymbols(bytes, name)) {
      if (!members.has(symbol)) members.set(symbol, { name, offset, data: () => bytes });
    }
  }
  return { file, definitions: (symbol) => members.get(symbol) };
}
