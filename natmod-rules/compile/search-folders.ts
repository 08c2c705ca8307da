/**
 * The folders where a compilation looks for headers, as its flags spell them, in the order of GCC's manual (Directory
 * Options).
 */
export interface SearchFolders {
  /** For `#include "name"`, behind the folder of the including file. */
  readonly quote: readonly string[];
  /** For every include; those of the compiler itself come behind. */
  readonly all: readonly string[];
  /** Behind the compiler's own. */
  readonly after: readonly string[];
  /** Files of `-include` and `-imacros`. */
  readonly forced: readonly string[];
}

const KINDS = ['-I', '-iquote', '-isystem', '-idirafter'] as const;
const FORCED = ['-include', '-imacros'];

/** Sorts the folders that flags name. */
export function searchFolders(flags: readonly string[]): SearchFolders {
  const found: Record<string, string[]> = { '-I': [], '-iquote': [], '-isystem': [], '-idirafter': [] };
  const forced: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i]!;
    if (FORCED.includes(flag) && flags[i + 1] !== undefined) forced.push(flags[++i]!);
    const kind = folderKind(flag);
    if (kind === undefined) continue;
    const folder = flag === kind ? flags[++i] : flag.slice(kind.length);
    if (folder !== undefined) found[kind]!.push(folder);
  }
  const all = [...found['-I']!, ...found['-isystem']!];
  return { quote: found['-iquote']!, all, after: found['-idirafter']!, forced };
}

/** Flags with each folder replaced by its place in the list, so that flags of equal meaning in two places are equal. */
export function flagsWithoutFolders(flags: readonly string[]): string[] {
  const words: string[] = [];
  let count = 0;
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i]!;
    const kind = folderKind(flag);
    if (kind === undefined) words.push(flag);
    else words.push(kind, String(count++));
    if (kind !== undefined && flag === kind) i++;
  }
  return words;
}

function folderKind(flag: string): (typeof KINDS)[number] | undefined {
  return KINDS.find((kind) => flag.startsWith(kind));
}
