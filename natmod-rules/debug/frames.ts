/** Descriptions of stack frames (`.debug_frame`; DWARF 5, 6.4) that follow code which has moved. */
import { Cursor, Unreadable } from './bytes.ts';
import type { Draft, Drafts } from './draft.ts';
import { ADVANCES, CIE, readCommonHead, skipOperands } from './frame-entries.ts';
import type { CodePlace } from './line-read.ts';

/**
 * Follows all descriptions of a section.
 * @param offsetAt what the 4 bytes at a place name, in the object's own section
 */
export function followFrames(draft: Draft, drafts: Drafts, wordSize: number, offsetAt: (at: number) => number): void {
  const { before } = draft;
  for (let at = 0; at < before.length; ) {
    const head = new Cursor(before, at);
    const length = head.unsigned(4);
    if (length >= 0xfffffff0) throw new Unreadable('frames of 64-bit DWARF');
    const end = head.at + length;
    if (end > before.length) throw new Unreadable('a frame that ends before it should');
    const idAt = head.at;
    if (head.unsigned(4) !== CIE) {
      const common = new Cursor(before, offsetAt(idAt) + 8);
      const { codeStep: step, addressSize } = readCommonHead(common, wordSize);
      const start = draft.relocated.addressAt(head.at, addressSize);
      head.skip(addressSize);
      if (start !== undefined)
        followFrame(draft, new Cursor(before, head.at, end), { start, step, addressSize, drafts });
    }
    at = end;
  }
}

interface Frame {
  readonly start: CodePlace;
  readonly step: number;
  readonly addressSize: number;
  readonly drafts: Drafts;
}

function followFrame(draft: Draft, cursor: Cursor, { start, step, addressSize, drafts }: Frame): void {
  const rangeAt = cursor.at;
  const range = drafts.between(start, 0, cursor.unsigned(addressSize));
  if (range === undefined) return;
  draft.write(rangeAt, addressSize, range);
  let here = 0;
  /** Whether the step fits its field; where it does not, the description ends. */
  const advance = (by: number, limit: number, write: (now: number) => void): boolean => {
    const distance = drafts.between(start, here, here + by * step) ?? 0;
    if (distance / step > limit || distance % step !== 0) {
      draft.write(rangeAt, addressSize, drafts.between(start, 0, here) ?? 0);
      return false;
    }
    here += by * step;
    write(distance / step);
    return true;
  };
  while (!cursor.isAtEnd) {
    const at = cursor.at;
    const opcode = cursor.unsigned(1);
    const width = ADVANCES[opcode];
    let fits = true;
    if (opcode >> 6 === 1) fits = advance(opcode & 0x3f, 0x3f, (now) => draft.writeBits(at, 0x3f, now));
    else if (opcode >> 6 === 2) cursor.uleb();
    else if (width !== undefined)
      fits = advance(cursor.unsigned(width), 2 ** (8 * width) - 1, (now) => draft.write(at + 1, width, now));
    else if (opcode >> 6 !== 3) skipOperands(cursor, opcode);
    if (!fits) return;
  }
}
