/**
 * Thumb instructions, as far as moving them needs: how long they are, where control goes, what of the code around they
 * name by its distance, and what they do to the link register. What is not known for certain is refused: then the code
 * stays as it is. Document: Armv7-M Architecture Reference Manual, A5 "The Thumb Instruction Set Encoding".
 */
import { decodeWide } from './decode-wide.ts';
import { COMPARE_BRANCH, type DistanceField, literalAt, NARROW_LOAD, SHORT_BRANCH, SHORT_CONDITION } from './fields.ts';
import { type BranchForm, type Decoded, flowing, LR, leave, load, PC, plain } from './instruction.ts';

/**
 * The instruction at a byte offset.
 * @returns undefined for what is unknown, or must not be moved
 */
export function decodeThumb(view: DataView, at: number): Decoded | undefined {
  if (at + 2 > view.byteLength) return undefined;
  const code = view.getUint16(at, true);
  if (code >>> 11 < 0b11101) return narrow(code, at);
  return at + 4 > view.byteLength ? undefined : decodeWide(code, view.getUint16(at + 2, true), at);
}

function narrow(code: number, at: number): Decoded | undefined {
  if (code < 0x4400) return plain(2); // shifts, moves, arithmetic of low registers
  if (code < 0x4800) return highRegisters(code);
  if (code < 0x5000) return load('ldr.n', 2, literalAt(at, NARROW_LOAD, code));
  if (code < 0xa000) return plain(2); // loads and stores
  if (code < 0xa800) return undefined; // adr
  if (code < 0xb000) return plain(2); // add of sp
  if (code < 0xc000) return miscellaneous(code, at);
  if (code < 0xd000) return plain(2); // ldm, stm
  if (code < 0xde00) return branch(at, 'bcc.n', SHORT_CONDITION, code);
  if (code < 0xdf00) return leave(2, true); // udf: a trap
  if (code < 0xe000) return undefined; // svc
  return branch(at, 'b.n', SHORT_BRANCH, code);
}

function branch(at: number, form: BranchForm, field: DistanceField, code: number): Decoded {
  return flowing({ kind: 'branch', form, target: at + 4 + field.read([code, 0]) }, 2);
}

/** add, cmp, mov with any register; bx, blx. */
function highRegisters(code: number): Decoded | undefined {
  const [operation, rm] = [(code >> 8) & 3, (code >> 3) & 15];
  if (operation === 3) {
    if ((code & 7) !== 0 || rm === PC) return undefined;
    if ((code & 0x80) === 0) return leave(2, true); // where a tail call goes, somebody returns by lr
    return flowing({ kind: 'call-register' }, 2, rm === LR, true);
  }
  const rd = (code & 7) | ((code >> 4) & 8);
  if (rd === PC || rm === PC) return undefined;
  if (operation === 2) return plain(2, rm === LR, rd === LR);
  return plain(2, rm === LR || rd === LR);
}

function miscellaneous(code: number, at: number): Decoded | undefined {
  if ((code & 0xf500) === 0xb100) return branch(at, 'cbz', COMPARE_BRANCH, code);
  switch ((code >> 8) & 15) {
    case 0x0: // add, sub of sp
    case 0x2: // sxth, sxtb, uxth, uxtb
    case 0x4: // push
      return plain(2);
    case 0x5:
      return plain(2, true); // push with lr
    case 0x6:
      return (code & 0xffe8) === 0xb660 ? plain(2) : undefined; // cps
    case 0xa:
      return (code & 0xc0) === 0x80 ? undefined : plain(2); // rev
    case 0xc:
      return plain(2); // pop
    case 0xd:
      return leave(2, false); // pop with pc
    case 0xf:
      return hintOrIt(code);
    default:
      return undefined;
  }
}

function hintOrIt(code: number): Decoded | undefined {
  const mask = code & 15;
  // nop, yield, wfe, wfi, sev
  if (mask === 0) return (code & 0xf0) <= 0x40 ? plain(2) : undefined;
  // The lowest bit that is set ends the block.
  const count = 4 - Math.log2(mask & -mask);
  return flowing({ kind: 'it', count }, 2);
}
