/** Source lines of addresses in a linked file. */
import { firstNotBelow } from '../../sorted.ts';
import { Cursor, Unreadable } from '../bytes.ts';
import { FORM, NUMBER_SIZES } from '../forms.ts';
import { type LineRow, type LineUnit, readLineUnits } from '../line-read.ts';
import { type LinkedFile, textAt } from './linked-file.ts';

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** Code from `start` up to `end` is of one line. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly unit: LineUnit;
  readonly row: LineRow;
}

export class LineIndex {
  readonly #stretches: readonly Stretch[];
  readonly #file: LinkedFile;
  readonly #files = new Map<LineUnit, readonly string[]>();

  /** A file without lines, or with damaged ones, has an index that finds none. */
  constructor(file: LinkedFile) {
    this.#file = file;
    this.#stretches = readStretches(file);
  }

  /** @param address in the file's own addresses */
  find(address: number): SourceLine | undefined {
    const all = this.#stretches;
    const found = all[firstNotBelow(all.length, (i) => all[i]!.start <= address) - 1];
    if (found === undefined || address >= found.end || found.row.line === 0) return undefined;
    const file = this.#filesOf(found.unit)[found.row.file];
    return file === undefined ? undefined : { file, line: found.row.line };
  }

  #filesOf(unit: LineUnit): readonly string[] {
    let files = this.#files.get(unit);
    if (files === undefined) {
      files = readFiles(this.#file, unit);
      this.#files.set(unit, files);
    }
    return files;
  }
}

function sectionBytes({ sections }: LinkedFile, wanted: string): Uint8Array {
  return sections.find(({ name }) => name === wanted)?.bytes ?? new Uint8Array(0);
}

function readStretches(file: LinkedFile): Stretch[] {
  const bytes = sectionBytes(file, '.debug_line');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const addressAt = (offset: number, width: number) => {
    if (offset + width > bytes.length) throw new Unreadable('an address outside of the table');
    return { section: 0, offset: width === 8 ? Number(view.getBigUint64(offset, true)) : view.getUint32(offset, true) };
  };
  const distanceAt = (offset: number) => view.getUint16(offset, true);
  try {
    const units = readLineUnits(bytes, file.is64 ? 8 : 4, { addressAt, distanceAt });
    const stretches = units.flatMap((unit) => unit.rows.flatMap((row, i) => stretchOf(unit, row, unit.rows[i + 1])));
    return stretches.sort((a, b) => a.start - b.start);
  } catch (error) {
    if (error instanceof Unreadable || error instanceof RangeError) return [];
    throw error;
  }
}

function stretchOf(unit: LineUnit, row: LineRow, next: LineRow | undefined): Stretch[] {
  if (row.endSequence || next === undefined || next.place.offset <= row.place.offset) return [];
  return [{ start: row.place.offset, end: next.place.offset, unit, row }];
}

/** What an entry says, by number: DWARF 5, 6.2.4.1. */
const PATH = 1;
const FOLDER = 2;

/** Paths by the numbers that rows have. DWARF 5, 6.2.4.1; DWARF 4, 6.2.4. */
function readFiles(file: LinkedFile, unit: LineUnit): string[] {
  const cursor = new Cursor(sectionBytes(file, '.debug_line'), unit.tables, unit.program);
  try {
    if (unit.version >= 5) {
      const folders = readEntries(file, cursor).map(({ path }) => path);
      return readEntries(file, cursor).map(({ path, folder }) => join(folders, folder, path));
    }
    const folders = [''];
    for (let text = readText(cursor); text !== ''; text = readText(cursor)) folders.push(text);
    const files = [''];
    for (let path = readText(cursor); path !== ''; path = readText(cursor)) {
      files.push(join(folders, cursor.uleb(), path));
      cursor.uleb();
      cursor.uleb();
    }
    return files;
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

function readEntries(file: LinkedFile, cursor: Cursor): { readonly path: string; readonly folder: number }[] {
  const formats = Array.from({ length: cursor.unsigned(1) }, () => [cursor.uleb(), cursor.uleb()] as const);
  const count = cursor.uleb();
  const entries: { path: string; folder: number }[] = [];
  for (let i = 0; i < count; i++) {
    const entry = { path: '', folder: 0 };
    for (const [kind, form] of formats) {
      const value = readForm(file, cursor, form);
      if (kind === PATH) entry.path = String(value);
      else if (kind === FOLDER) entry.folder = Number(value);
    }
    entries.push(entry);
  }
  return entries;
}

function readForm(file: LinkedFile, cursor: Cursor, form: number): string | number {
  if (form === FORM.string) return readText(cursor);
  if (form === FORM.line_strp) return textAt(sectionBytes(file, '.debug_line_str'), cursor.unsigned(4));
  if (form === FORM.strp) return textAt(sectionBytes(file, '.debug_str'), cursor.unsigned(4));
  if (form === FORM.udata) return cursor.uleb();
  if (form === FORM.data16 || form === FORM.block) {
    cursor.skip(form === FORM.data16 ? 16 : cursor.uleb());
    return 0;
  }
  const size = NUMBER_SIZES[form];
  if (size === undefined) throw new Unreadable(`a value of form ${form}`);
  return cursor.unsigned(size);
}

function readText(cursor: Cursor): string {
  const start = cursor.at;
  while (cursor.unsigned(1) !== 0);
  return new TextDecoder().decode(cursor.bytes.subarray(start, cursor.at - 1));
}

function join(folders: readonly string[], folder: number, path: string): string {
  const before = folders[folder] ?? '';
  return before === '' || /^(?:[A-Za-z]:)?[\\/]/.test(path) ? path : `${before}/${path}`;
}
