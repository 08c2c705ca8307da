/**
 * Static libraries (`.a`) in GNU/SysV and BSD form, regular and thin. Opening one reads the member headers only;
 * symbols are looked up through the archive's own index, and a member's bytes are a view into the file.
 */
import { fail } from '../problem.ts';
import { isThinArchive, type MemberHeader, readLayout } from './archive-header.ts';
import { readIndex } from './archive-index.ts';

export { isArchive } from './archive-header.ts';

export interface ArchiveMember {
  /** Name without the marks of the archive format; a relative path in a thin archive. Not unique. */
  readonly name: string;
  /** Byte offset of its header in the archive: what tells members of equal name apart. */
  readonly offset: number;
  /** Bytes of data, as the header says. */
  readonly size: number;
  /** The bytes: a view into the archive, or what `loadMember` gives for a thin one. Throws a NatmodError. */
  data(): Uint8Array;
}

export interface Archive {
  /** As the caller named it. */
  readonly file: string;
  readonly thin: boolean;
  /** Whether the archive brings a symbol index of its own. */
  readonly hasIndex: boolean;
  /** In file order, without the index and the table of names. */
  readonly members: readonly ArchiveMember[];
  /** The first member that defines the symbol. Throws a NatmodError when the index is damaged or cannot be made. */
  definitions(symbol: string): ArchiveMember | undefined;
  /** Every symbol that some member defines, in the order of the index. */
  symbols(): IterableIterator<string>;
}

export interface ArchiveOptions {
  /**
   * Gives the bytes of a file that a thin archive names; `path` is relative to the archive's folder (or absolute).
   * Throws a NatmodError when there is no such file.
   */
  readonly loadMember?: (path: string) => Uint8Array;
  /** Names of the symbols an object defines; needed for archives without an index only. */
  readonly definedSymbols?: (bytes: Uint8Array, file: string) => Iterable<string>;
}

const MAX_FALLBACK_SYMBOLS = 4_000_000;

/**
 * Opens a static library. `file` names it in messages. Throws a NatmodError with the byte offset for anything that is
 * no archive, is cut off or contradicts itself; what is wrong inside the symbol index shows at the first look-up.
 */
export function readArchive(bytes: Uint8Array, file: string, options: ArchiveOptions = {}): Archive {
  const layout = readLayout(bytes, file);
  const members = layout.members.map((header) => makeMember(bytes, file, header, options));
  let found: Map<string, ArchiveMember> | undefined;
  const table = () => {
    found ??= layout.index === undefined ? scanMembers(file, members, options) : indexed(members);
    return found;
  };
  const indexed = (all: readonly ArchiveMember[]) => {
    const byOffset = new Map(all.map((member) => [member.offset, member]));
    const result = new Map<string, ArchiveMember>();
    for (const [symbol, offset] of readIndex(bytes, file, layout.index!)) {
      const member = byOffset.get(offset);
      if (member === undefined) {
        const what = `the symbol index puts '${symbol}' at offset 0x${offset.toString(16)}, where no member starts`;
        const where = { file, offset: layout.index!.offset };
        return fail('bad-archive', what, where, 'rebuild the index with ranlib, or the archive with ar');
      }
      result.set(symbol, member);
    }
    return result;
  };
  return {
    file,
    thin: layout.thin,
    hasIndex: layout.index !== undefined,
    members,
    definitions: (symbol) => table().get(symbol),
    symbols: () => table().keys(),
  };
}

function makeMember(bytes: Uint8Array, file: string, header: MemberHeader, options: ArchiveOptions): ArchiveMember {
  const { name, offset, start, size } = header;
  if (start >= 0) return { name, offset, size, data: () => bytes.subarray(start, start + size) };
  return { name, offset, size, data: () => loadThin(file, header, options) };
}

/**
 * A member of a thin archive, which is a file or a member of a regular archive. A thin archive as the file is refused:
 * ar never writes that, and it is the only way to a circle.
 */
function loadThin(file: string, header: MemberHeader, options: ArchiveOptions): Uint8Array {
  const { name, offset, origin } = header;
  if (options.loadMember === undefined) {
    return fail('thin-archive', `a thin archive: its member '${name}' is another file`, { file, offset }, REGULAR);
  }
  const loaded = options.loadMember(name);
  if (isThinArchive(loaded)) {
    const what = `member '${name}' of this thin archive is a thin archive again`;
    return fail('thin-archive', what, { file, offset }, REGULAR);
  }
  if (origin === undefined) return loaded;
  const nested = readArchive(loaded, name);
  const member = nested.members.find((candidate) => candidate.offset === origin);
  if (member === undefined) {
    const what = `'${name}' has no member at offset 0x${origin.toString(16)}, as this thin archive says`;
    return fail('thin-archive', what, { file, offset }, 'it changed since: build the thin archive anew');
  }
  return member.data();
}

const REGULAR = 'build a regular archive: ar without T';

/** What an index would say, from the members' own symbol tables. Members that are not ELF files define nothing. */
function scanMembers(file: string, members: readonly ArchiveMember[], options: ArchiveOptions) {
  const table = new Map<string, ArchiveMember>();
  if (members.length === 0) return table;
  if (options.definedSymbols === undefined) {
    return fail('archive-without-index', 'this static library has no symbol index', { file }, 'run ranlib on it');
  }
  for (const member of members) {
    const bytes = member.data();
    if (!isElf(bytes)) continue;
    for (const symbol of options.definedSymbols(bytes, `${file}(${member.name})`)) {
      if (!table.has(symbol)) table.set(symbol, member);
      if (table.size > MAX_FALLBACK_SYMBOLS) {
        fail('archive-too-big', `more than ${MAX_FALLBACK_SYMBOLS} symbols`, { file }, 'split the library');
      }
    }
  }
  return table;
}

/** Whether a file begins as ELF files do. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}
