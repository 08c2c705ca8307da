import type { Chunk } from '../../model/model.ts';
import { REGISTER } from './constants.ts';
import { decode } from './decode.ts';
import { viewOf } from './sites.ts';

const { TP } = REGISTER;

/** The byte offset of the first instruction that reads tp. */
export function readsTp(chunk: Chunk, wordSize: 4 | 8): number | undefined {
  const view = viewOf(chunk);
  for (let at = 0; at + 2 <= view.byteLength; ) {
    const insn = decode(view, at, wordSize === 8);
    const reads = insn !== undefined && ((insn.reads & (1 << TP)) !== 0 || insn.terms.includes(TP) || insn.base === TP);
    if (reads) return at;
    at += insn?.length ?? ((view.getUint16(at, true) & 3) === 3 ? 4 : 2);
  }
  return undefined;
}
