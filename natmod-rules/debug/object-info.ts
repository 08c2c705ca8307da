/** The debug information of one object file: its sections, uncompressed, with the relocations in them. */
import { inflateSync } from 'node:zlib';
import type { Arch } from '../arch/index.ts';
import type { ObjectFile, Relocation, Section } from '../elf/object.ts';
import { Cursor, Unreadable } from './bytes.ts';
import type { Places } from './places.ts';
import { relocationsByTarget } from './relocations.ts';

export interface InfoSection {
  readonly section: Section;
  /** Uncompressed. */
  readonly data: Uint8Array;
  /** Bytes. */
  readonly align: number;
  readonly relocations: readonly Relocation[];
}

export interface ObjectInfo {
  readonly object: ObjectFile;
  readonly sections: readonly InfoSection[];
}

/** Indexes over debug information hold distances that are not relocated; readers make their own when there are none. */
const INDEXES = /^\.debug_(aranges|names|pubnames|pubtypes|gnu_pubnames|gnu_pubtypes|cu_index|tu_index|gdb_scripts)/;
const SHF_COMPRESSED = 0x800;
/** Bytes of an uncompressed section; what keeps a damaged header from asking for all memory. */
const LARGEST = 256 * 1024 * 1024;

export function isInfoSection({ name }: Section): boolean {
  return name.startsWith('.debug_') && !name.endsWith('.dwo') && !INDEXES.test(name);
}

/**
 * The debug information of an object; undefined when it has none.
 * Throws `Unreadable` when it has some that cannot be used.
 */
export function readObjectInfo(object: ObjectFile, { wordSize }: Pick<Arch, 'wordSize'>): ObjectInfo | undefined {
  const found = object.sections.filter(isInfoSection);
  if (object.sections.some(({ name }) => name.startsWith('.zdebug_')))
    throw new Unreadable('sections compressed in the old way (.zdebug_info): compile with -gz=none');
  if (!found.some(({ name }) => name === '.debug_info')) return undefined;
  const relocations = relocationsByTarget(object);
  const sections = found.map((section) => ({
    section,
    ...uncompressed(section, wordSize),
    relocations: relocations.get(section.index) ?? [],
  }));
  return { object, sections };
}

function uncompressed({ name, data, flags, align }: Section, wordSize: number): { data: Uint8Array; align: number } {
  if ((flags & SHF_COMPRESSED) === 0) return { data, align };
  const header = new Cursor(data);
  const type = header.unsigned(4);
  if (wordSize === 8) header.skip(4);
  const size = header.unsigned(wordSize);
  const alignment = header.unsigned(wordSize);
  if (type !== 1)
    throw new Unreadable(`${name}, which is compressed with something else than zlib: compile with -gz=none`);
  if (size > LARGEST) throw new Unreadable(`${name}, which would have ${size} bytes when uncompressed`);
  try {
    const bytes = inflateSync(data.subarray(header.at), { maxOutputLength: Math.max(size, 1) });
    if (bytes.length === size && alignment >= 1 && alignment <= 64) return { data: bytes, align: alignment };
  } catch {
    // Told below.
  }
  throw new Unreadable(`${name}, which does not uncompress`);
}

/** Whether the passes of the linker have moved code of the object within its sections. */
export function hasMovedCode(object: ObjectFile, places: Places): boolean {
  return object.sections.some(({ index }) => {
    const chunk = places.chunkOf(object, index);
    const start = chunk?.role === 'text' ? places.addressOf(object, index, 0) : undefined;
    if (chunk === undefined || start === undefined) return false;
    for (let offset = 1; offset <= chunk.size; offset++) {
      if (places.addressOf(object, index, offset) !== start + offset) return true;
    }
    return false;
  });
}
