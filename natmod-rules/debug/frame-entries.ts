/** What descriptions of stack frames have in common, whoever reads them (`.debug_frame`; DWARF 5, 6.4 and 7.24). */
import { type Cursor, Unreadable } from './bytes.ts';

/** In the place of the offset of what an entry has in common with others, in that one itself. */
export const CIE = 0xffffffff;

/** Bytes of the distance behind DW_CFA_advance_loc1, 2 and 4. */
export const ADVANCES: Readonly<Record<number, number>> = { 2: 1, 3: 2, 4: 4 };

/** Operands of the instructions without distances: `l` a LEB128, `b` a block. */
const OPERANDS: Readonly<Record<number, string>> = {
  0: '',
  5: 'll',
  6: 'l',
  7: 'l',
  8: 'l',
  9: 'll',
  10: '',
  11: '',
  12: 'll',
  13: 'l',
  14: 'l',
  15: 'b',
  16: 'lb',
  17: 'll',
  18: 'll',
  19: 'l',
  20: 'll',
  21: 'll',
  22: 'lb',
  45: '',
  46: 'l',
  47: 'll',
};

/** Passes over the operands of an instruction. Throws `Unreadable` for one that is not known. */
export function skipOperands(cursor: Cursor, opcode: number): void {
  const operands = OPERANDS[opcode];
  if (operands === undefined) throw new Unreadable(`a frame instruction 0x${opcode.toString(16)}`);
  for (const operand of operands) {
    const value = cursor.uleb();
    if (operand === 'b') cursor.skip(value);
  }
}

/** How a CIE begins. */
export interface CommonHead {
  readonly version: number;
  /** Bytes. */
  readonly addressSize: number;
  /** The unit of distances in code, in bytes. */
  readonly codeStep: number;
}

/** Reads from behind the CIE's length and id to what follows the unit of distances. @param wordSize in bytes */
export function readCommonHead(cursor: Cursor, wordSize: number): CommonHead {
  const version = cursor.unsigned(1);
  while (cursor.unsigned(1) !== 0);
  const addressSize = version >= 4 ? cursor.unsigned(1) : wordSize;
  if (version >= 4) cursor.skip(1);
  return { version, addressSize, codeStep: cursor.uleb() };
}
