/** The debug sections of a module: those of its objects one behind the other, with addresses in the linked module. */
import type { Arch } from '../arch/index.ts';
import type { ObjectFile, Relocation } from '../elf/object.ts';
import { NatmodError } from '../problem.ts';
import { Unreadable } from './bytes.ts';
import { followCode } from './distances.ts';
import { Fields } from './fields.ts';
import { type LineRow, readLineUnits } from './line-read.ts';
import { writeLineProgram } from './line-write.ts';
import { hasMovedCode, type InfoSection, type ObjectInfo, readObjectInfo } from './object-info.ts';
import type { Places } from './places.ts';
import type { AddressRange } from './shared-tails.ts';

export interface DebugSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes. */
  readonly align: number;
  readonly flags: number;
  readonly entrySize: number;
}

export interface DebugSections {
  readonly sections: readonly DebugSection[];
  /** About objects whose debug information is left out or is somewhere else, in words. */
  readonly notes: readonly string[];
  /** How many objects have brought some. */
  readonly objects: number;
}

interface Output {
  readonly parts: Uint8Array[];
  size: number;
  align: number;
  readonly flags: number;
  readonly entrySize: number;
}

/** Flags that a section keeps: MERGE and STRINGS. */
const KEPT_FLAGS = 0x30;

/**
 * Collects the debug information of every object that has code or data in the module.
 * @param gaps code without lines
 */
export function debugSections(
  arch: Arch,
  objects: readonly ObjectFile[],
  places: Places,
  gaps: readonly AddressRange[],
): DebugSections {
  const outputs = new Map<string, Output>();
  const notes: string[] = [];
  let count = 0;
  for (const object of objects) {
    if (!object.sections.some(({ index }) => places.chunkOf(object, index) !== undefined)) continue;
    try {
      const info = readObjectInfo(object, arch);
      if (info === undefined) continue;
      append(outputs, placeInfo(arch, info, { places, gaps }, outputs));
      count++;
      if (object.sections.some(({ name }) => name === '.debug_addr') && isSplit(info))
        notes.push(
          `${object.name}: types and variables are in a .dwo file (-gsplit-dwarf), where only gdb looks for them`,
        );
    } catch (error) {
      const reason = error instanceof NatmodError ? 'damaged tables' : error instanceof Unreadable && error.message;
      if (!reason) throw error;
      notes.push(`${object.name}: its debug information is left out, because it has ${reason}`);
    }
  }
  const sections = [...outputs].map(([name, { parts, align, flags, entrySize }]) => {
    return { name, bytes: Uint8Array.from(Buffer.concat(parts)), align, flags, entrySize };
  });
  return { sections, notes, objects: count };
}

/** The part in the object names the other one in the first of its few entries. */
function isSplit({ sections }: ObjectInfo): boolean {
  const text = sections.filter(({ section }) => /^\.debug_(line_)?str$|^\.debug_info$/.test(section.name));
  return text.some(({ data }) =>
    Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length).includes('.dwo\0'),
  );
}

/** A section with the offset that it will have in that of the module. */
interface Placed {
  readonly info: InfoSection;
  readonly start: number;
  readonly bytes: Uint8Array;
}

function append(outputs: Map<string, Output>, placed: readonly Placed[]): void {
  for (const { info, start, bytes } of placed) {
    const { name, flags, entrySize } = info.section;
    const output = outputs.get(name) ?? { parts: [], size: 0, align: 1, flags: flags & KEPT_FLAGS, entrySize };
    outputs.set(name, output);
    output.parts.push(new Uint8Array(start - output.size), bytes);
    output.size = start + bytes.length;
    output.align = Math.max(output.align, info.align);
  }
}

const LINES = '.debug_line';

interface Linked {
  readonly places: Places;
  readonly gaps: readonly AddressRange[];
}

function placeInfo(arch: Arch, info: ObjectInfo, linked: Linked, outputs: ReadonlyMap<string, Output>): Placed[] {
  const { places } = linked;
  const ends = new Map([...outputs].map(([name, { size }]) => [name, size]));
  const starts = new Map<number, number>();
  const startOf = ({ section, align }: InfoSection, size: number) => {
    const start = Math.ceil((ends.get(section.name) ?? 0) / align) * align;
    ends.set(section.name, start + size);
    starts.set(section.index, start);
    return start;
  };
  const rest = info.sections.filter(({ section }) => section.name !== LINES);
  const restStarts = rest.map((section) => startOf(section, section.data.length));
  const lineMaps = new Map<number, (offset: number) => number>();
  const sectionStart = (index: number, offset: number) => {
    const start = starts.get(index);
    return start === undefined ? undefined : start + (lineMaps.get(index)?.(offset) ?? offset);
  };
  const fields = new Fields({ arch, object: info.object, places, debugAddress: sectionStart });
  const lines = info.sections.filter(({ section }) => section.name === LINES);
  const placedLines = lines.map((section): Placed => {
    const { bytes, moved } = followLines(section, fields, linked, info.object);
    lineMaps.set(section.section.index, moved);
    return { info: section, start: startOf(section, bytes.length), bytes };
  });
  const applied = new Map(rest.map((section) => [section, fields.applied(section)]));
  if (hasMovedCode(info.object, places)) followCode(info, applied, fields, places);
  const placedRest = rest.map((section, i): Placed => {
    return { info: section, start: restStarts[i]!, bytes: applied.get(section)! };
  });
  return [...placedRest, ...placedLines];
}

/** Line tables for where the code is now, and where each unit's table has come to lie. */
function followLines(
  section: InfoSection,
  fields: Fields,
  { places, gaps }: Linked,
  object: ObjectFile,
): { bytes: Uint8Array; moved: (offset: number) => number } {
  const units = readLineUnits(section.data, fields.wordSize, fields.relocatedIn(section));
  const inHeader = (relocation: Relocation) =>
    units.some(({ start, program }) => start <= relocation.offset && relocation.offset < program);
  // Opcodes are written anew.
  const header = fields.applied({ ...section, relocations: section.relocations.filter(inHeader) });
  const parts: Uint8Array[] = [];
  const starts = new Map<number, number>();
  let size = 0;
  for (const unit of units) {
    starts.set(unit.start, size);
    const addressOf = ({ place }: LineRow) => places.addressOf(object, place.section, place.offset);
    const program = writeLineProgram(unit, addressOf, gaps);
    const part = Uint8Array.from([...header.subarray(unit.start, unit.program), ...program]);
    new DataView(part.buffer).setUint32(0, part.length - 4, true);
    parts.push(part);
    size += part.length;
  }
  return { bytes: Uint8Array.from(Buffer.concat(parts)), moved: (offset) => starts.get(offset) ?? offset };
}
