/** Reads the line programs of an object file (DWARF 2 to 5, 6.2): which source line each place in its code is from. */
import { Cursor, Unreadable } from './bytes.ts';

/** A place in an object's code. */
export interface CodePlace {
  readonly section: number;
  /** Bytes. */
  readonly offset: number;
}

/** One row of the matrix that a line program stands for. */
export interface LineRow {
  readonly place: CodePlace;
  readonly file: number;
  readonly line: number;
  readonly column: number;
  readonly isStatement: boolean;
  readonly basicBlock: boolean;
  readonly prologueEnd: boolean;
  readonly epilogueBegin: boolean;
  readonly isa: number;
  readonly discriminator: number;
  /** The first byte behind the code of a sequence. */
  readonly endSequence: boolean;
}

/** One line program. Offsets in bytes from the start of `.debug_line`. */
export interface LineUnit {
  readonly start: number;
  readonly version: number;
  /** Where its tables of folders and files begin. */
  readonly tables: number;
  /** Where its opcodes begin. */
  readonly program: number;
  readonly end: number;
  readonly minInstruction: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly addressSize: number;
  readonly rows: readonly LineRow[];
}

/** What relocations say of fields in `.debug_line`, in the code as the compiler made it. */
export interface LineFields {
  /** The place that the address at that byte offset names; undefined when it has no relocation. */
  addressAt(offset: number, width: number): CodePlace | undefined;
  /** The distance in the field of 2 bytes there, in the code as the compiler made it. */
  distanceAt(offset: number): number;
}

/** All units of a `.debug_line` section. Throws `Unreadable`. */
export function readLineUnits(bytes: Uint8Array, addressSize: number, fields: LineFields): LineUnit[] {
  const units: LineUnit[] = [];
  for (let at = 0; at < bytes.length; at = units.at(-1)!.end) units.push(readUnit(bytes, at, addressSize, fields));
  return units;
}

function readUnit(bytes: Uint8Array, start: number, wordSize: number, fields: LineFields): LineUnit {
  const head = new Cursor(bytes, start);
  const length = head.unsigned(4);
  if (length >= 0xfffffff0) throw new Unreadable('line tables of 64-bit DWARF');
  const end = head.at + length;
  if (end > bytes.length) throw new Unreadable('a line table that ends before it should');
  const version = head.unsigned(2);
  if (version < 2 || version > 5) throw new Unreadable(`line tables of DWARF ${version}`);
  const addressSize = version >= 5 ? head.unsigned(1) : wordSize;
  if (version >= 5) head.skip(1);
  const headerLength = head.unsigned(4);
  const program = head.at + headerLength;
  const minInstruction = head.unsigned(1);
  if (version >= 4 && head.unsigned(1) !== 1) throw new Unreadable('line tables for instructions in bundles');
  const defaultIsStatement = head.unsigned(1) !== 0;
  const lineBase = head.signedByte();
  const lineRange = head.unsigned(1);
  const opcodeBase = head.unsigned(1);
  if (program > end || lineRange === 0 || opcodeBase === 0) throw new Unreadable('a damaged line table');
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => head.unsigned(1));
  const tables = head.at;
  const frame = { minInstruction, defaultIsStatement, lineBase, lineRange, opcodeBase };
  const rows = new Machine(frame, operandCounts, fields).run(new Cursor(bytes, program, end));
  return { start, version, tables, program, end, addressSize, ...frame, rows };
}

type Frame = Pick<LineUnit, 'minInstruction' | 'defaultIsStatement' | 'lineBase' | 'lineRange' | 'opcodeBase'>;

/** More than any function has; it bounds what a small file can ask for. */
const MOST_ROWS = 4_000_000;

/** The state machine of DWARF 5, 6.2.2. */
class Machine {
  readonly #frame: Frame;
  readonly #operandCounts: readonly number[];
  readonly #fields: LineFields;
  readonly #rows: LineRow[] = [];
  #state: LineRow;

  constructor(frame: Frame, operandCounts: readonly number[], fields: LineFields) {
    this.#frame = frame;
    this.#operandCounts = operandCounts;
    this.#fields = fields;
    this.#state = this.#initial();
  }

  run(cursor: Cursor): LineRow[] {
    while (!cursor.isAtEnd) {
      const opcode = cursor.unsigned(1);
      if (opcode >= this.#frame.opcodeBase) this.#special(opcode);
      else if (opcode === 0) this.#extended(cursor);
      else this.#standard(opcode, cursor);
      if (this.#rows.length > MOST_ROWS) throw new Unreadable('a line table without end');
    }
    return this.#rows;
  }

  #initial(): LineRow {
    const flags = { basicBlock: false, prologueEnd: false, epilogueBegin: false, endSequence: false };
    const place = { section: 0, offset: 0 };
    const isStatement = this.#frame.defaultIsStatement;
    return { place, file: 1, line: 1, column: 0, isStatement, isa: 0, discriminator: 0, ...flags };
  }

  #set(change: Partial<LineRow>): void {
    this.#state = { ...this.#state, ...change };
  }

  #advance(bytes: number): void {
    const { section, offset } = this.#state.place;
    this.#set({ place: { section, offset: offset + bytes } });
  }

  #emit(): void {
    this.#rows.push(this.#state);
    this.#set({ basicBlock: false, prologueEnd: false, epilogueBegin: false, discriminator: 0 });
  }

  #special(opcode: number): void {
    const { opcodeBase, lineRange, lineBase, minInstruction } = this.#frame;
    const adjusted = opcode - opcodeBase;
    this.#advance(Math.floor(adjusted / lineRange) * minInstruction);
    this.#set({ line: this.#state.line + lineBase + (adjusted % lineRange) });
    this.#emit();
  }

  #standard(opcode: number, cursor: Cursor): void {
    const { opcodeBase, lineRange, minInstruction } = this.#frame;
    const { line, isStatement } = this.#state;
    if (opcode === 1) this.#emit();
    else if (opcode === 2) this.#advance(cursor.uleb() * minInstruction);
    else if (opcode === 3) this.#set({ line: line + cursor.sleb() });
    else if (opcode === 4) this.#set({ file: cursor.uleb() });
    else if (opcode === 5) this.#set({ column: cursor.uleb() });
    else if (opcode === 6) this.#set({ isStatement: !isStatement });
    else if (opcode === 7) this.#set({ basicBlock: true });
    else if (opcode === 8) this.#advance(Math.floor((255 - opcodeBase) / lineRange) * minInstruction);
    else if (opcode === 9) this.#advanceFixed(cursor);
    else if (opcode === 10) this.#set({ prologueEnd: true });
    else if (opcode === 11) this.#set({ epilogueBegin: true });
    else if (opcode === 12) this.#set({ isa: cursor.uleb() });
    else for (let i = this.#operandCounts[opcode - 1] ?? 0; i > 0; i--) cursor.uleb();
  }

  #advanceFixed(cursor: Cursor): void {
    this.#advance(this.#fields.distanceAt(cursor.at));
    cursor.skip(2);
  }

  #extended(cursor: Cursor): void {
    const length = cursor.uleb();
    const start = cursor.at;
    if (length === 0) return;
    const opcode = cursor.unsigned(1);
    if (opcode === 1) {
      this.#set({ endSequence: true });
      this.#emit();
      this.#state = this.#initial();
    } else if (opcode === 2) {
      const place = this.#fields.addressAt(cursor.at, length - 1);
      if (place === undefined) throw new Unreadable('a line table with a fixed address');
      this.#set({ place });
    } else if (opcode === 4) {
      this.#set({ discriminator: cursor.uleb() });
    } else if (opcode === 3) {
      throw new Unreadable('a line table that names files between its lines');
    }
    cursor.at = start;
    cursor.skip(length);
  }
}
