/**
 * Writes line programs (DWARF 5, 6.2.5) for code that has moved. The header of a unit stays as the compiler made it.
 */
import { Sink } from './bytes.ts';
import type { LineRow, LineUnit } from './line-read.ts';
import type { AddressRange } from './shared-tails.ts';

/** A row with its address in the linked module. */
interface PlacedRow extends LineRow {
  readonly address: number;
}

/**
 * The opcodes for the rows of a unit whose code is in the module.
 * @param addressOf undefined for code that went
 * @param gaps addresses of code that shall have no lines, in their order
 */
export function writeLineProgram(
  unit: LineUnit,
  addressOf: (row: LineRow) => number | undefined,
  gaps: readonly AddressRange[] = [],
): Uint8Array {
  const sink = new Sink();
  for (const sequence of sequencesOf(unit.rows))
    for (const rows of apart(placeRows(sequence, addressOf), gaps))
      if (rows.length > 1) writeSequence(sink, unit, rows);
  return sink.finish();
}

/** A sequence without what lies in gaps: one for each part between them. */
function* apart(rows: readonly PlacedRow[], gaps: readonly AddressRange[]): Generator<readonly PlacedRow[]> {
  let rest = rows;
  for (const { start, end } of gaps) {
    const [first, last] = [rest[0], rest.at(-1)];
    if (first === undefined || last === undefined || end <= first.address || start >= last.address) continue;
    const before = rest.filter(({ address }) => address < start);
    if (before.length > 0) yield [...before, { ...before.at(-1)!, address: start, endSequence: true }];
    const behind = rest.filter(({ address }) => address > end);
    const there = rest.filter(({ address, endSequence }) => address <= end && !endSequence).at(-1);
    rest = there === undefined || behind.length === 0 ? [] : [{ ...there, address: end }, ...behind];
  }
  yield rest;
}

function* sequencesOf(rows: readonly LineRow[]): Generator<readonly LineRow[]> {
  let start = 0;
  for (let i = 0; i < rows.length; i++) {
    if (!rows[i]!.endSequence) continue;
    yield rows.slice(start, i + 1);
    start = i + 1;
  }
}

/** Of rows that have come to the same address the last one tells what is there: the code of the others has gone. */
function placeRows(sequence: readonly LineRow[], addressOf: (row: LineRow) => number | undefined): PlacedRow[] {
  const rows: PlacedRow[] = [];
  const { section } = sequence[0]!.place;
  for (const row of sequence) {
    const address = row.place.section === section ? addressOf(row) : undefined;
    // A sequence lies in one section, so all of its rows are there or none is.
    if (address === undefined || address < (rows.at(-1)?.address ?? 0)) return [];
    while (rows.length > 0 && hasCollapsed(rows.at(-1)!, row, address)) rows.pop();
    rows.push({ ...row, address });
  }
  return rows;
}

function hasCollapsed(before: PlacedRow, row: LineRow, address: number): boolean {
  return before.address === address && before.place.offset !== row.place.offset;
}

const COPY = 1;
const ADVANCE_PC = 2;
const ADVANCE_LINE = 3;
const SET_FILE = 4;
const SET_COLUMN = 5;
const NEGATE_STMT = 6;
const SET_BASIC_BLOCK = 7;
const FIXED_ADVANCE_PC = 9;
const SET_PROLOGUE_END = 10;
const SET_EPILOGUE_BEGIN = 11;
const SET_ISA = 12;
const END_SEQUENCE = 1;
const SET_ADDRESS = 2;
const SET_DISCRIMINATOR = 4;

function writeSequence(sink: Sink, unit: LineUnit, rows: readonly PlacedRow[]): void {
  const state = { file: 1, line: 1, column: 0, isStatement: unit.defaultIsStatement, isa: 0, address: -1 };
  const changeTo = (field: 'file' | 'column' | 'isa', opcode: number, value: number) => {
    if (state[field] === value) return;
    sink.byte(opcode);
    sink.uleb(value);
    state[field] = value;
  };
  for (const row of rows) {
    if (state.address < 0) {
      sink.byte(0, unit.addressSize + 1, SET_ADDRESS);
      sink.unsigned(row.address, unit.addressSize);
    } else advance(sink, unit, row.address - state.address);
    state.address = row.address;
    if (row.endSequence) {
      sink.byte(0, 1, END_SEQUENCE);
      return;
    }
    changeTo('file', SET_FILE, row.file);
    changeTo('column', SET_COLUMN, row.column);
    // What these say came later than DWARF 2, and so did their opcodes.
    if (unit.opcodeBase > SET_ISA) changeTo('isa', SET_ISA, row.isa);
    if (row.isStatement !== state.isStatement) sink.byte(NEGATE_STMT);
    state.isStatement = row.isStatement;
    if (row.basicBlock) sink.byte(SET_BASIC_BLOCK);
    if (row.prologueEnd && unit.opcodeBase > SET_PROLOGUE_END) sink.byte(SET_PROLOGUE_END);
    if (row.epilogueBegin && unit.opcodeBase > SET_EPILOGUE_BEGIN) sink.byte(SET_EPILOGUE_BEGIN);
    if (row.discriminator !== 0) writeDiscriminator(sink, row.discriminator);
    writeLine(sink, unit, row.line - state.line);
    state.line = row.line;
  }
}

function advance(sink: Sink, { minInstruction }: LineUnit, distance: number): void {
  if (distance === 0) return;
  if (distance % minInstruction === 0) {
    sink.byte(ADVANCE_PC);
    sink.uleb(distance / minInstruction);
    return;
  }
  // Data between code can have any size.
  for (let rest = distance; rest > 0; rest -= Math.min(rest, 0xffff)) {
    sink.byte(FIXED_ADVANCE_PC);
    sink.unsigned(Math.min(rest, 0xffff), 2);
  }
}

function writeDiscriminator(sink: Sink, value: number): void {
  const operand = new Sink();
  operand.uleb(value);
  sink.byte(0, operand.length + 1, SET_DISCRIMINATOR, ...operand.finish());
}

/** Adds the row, with the line in a special opcode where it fits one. */
function writeLine(sink: Sink, { lineBase, lineRange, opcodeBase }: LineUnit, change: number): void {
  const special = change - lineBase;
  if (special >= 0 && special < lineRange && opcodeBase + special <= 255) {
    sink.byte(opcodeBase + special);
    return;
  }
  if (change !== 0) {
    sink.byte(ADVANCE_LINE);
    sink.sleb(change);
  }
  sink.byte(COPY);
}
