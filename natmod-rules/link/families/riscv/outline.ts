/**
 * What outlining has to know of RISC-V code. Outlined code is called with t0 as link register, which compilers seldom
 * use and which no function keeps for its caller, so that functions that call nothing can have it, too. Documents:
 * RISC-V ELF psABI specification, "Integer Register Convention"; The RISC-V Instruction Set Manual, volume I.
 */

import { SHF_EXECINSTR } from '../../../elf/constants.ts';
import { isCompiled, type ObjectFile, type Section } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import { isLinked } from '../../read/select.ts';
import type { Instruction, OutlineRules } from '../../shrink/outline-types.ts';
import { bytes } from '../types.ts';
import { MARKS, OPCODE, OPCODE_MASK, R_RISCV, REGISTER } from './constants.ts';
import { decode } from './decode.ts';
import type { Instruction as Effects, Flow } from './instruction.ts';
import { isOpenObject } from './sites.ts';

const { RA, T0 } = REGISTER;

export function outlineRules(is64: boolean): OutlineRules {
  return {
    instructions: (chunk) => instructions(chunk, is64),
    canMove: (object) => isMarked(object) || isPlainCode(object, is64 ? 8 : 4),
    wantsPlace: () => false,
    align: 2,
    call: { code: bytes(0xef, 0x02, 0, 0), type: R_RISCV.JAL }, // jal t0
    jump: { code: bytes(OPCODE.JAL, 0, 0, 0), type: R_RISCV.JAL }, // j
    // The relaxed form; a longer one takes no more than two instructions do, which is the least that is shared.
    shortestJump: 2,
    goBack: bytes(0x82, 0x82), // c.jr t0
  };
}

/** Code compiled without -mrelax may have distances that the assembler has settled, and no sign of it. */
function isMarked({ sections }: ObjectFile): boolean {
  return sections.some(({ relocations }) => relocations.some((r) => MARKS.has(r.type)));
}

/**
 * Code with nothing to mark: a compiler's, with every branch left to the linker, and no data that could hold a
 * distance.
 */
function isPlainCode(object: ObjectFile, wordSize: 4 | 8): boolean {
  const { sections } = object;
  const isCode = (section: Section) => section.size === 0 || (section.flags & SHF_EXECINSTR) !== 0;
  return isCompiled(object) && sections.every((s) => !isLinked(s) || isCode(s)) && isOpenObject(object, wordSize);
}

function instructions({ data }: Chunk, is64: boolean): Instruction[] | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const found: Instruction[] = [];
  for (let at = 0; at < data.length; ) {
    const known = decode(view, at, is64);
    if (known === undefined) return undefined;
    const { reads, terms, base, writes, length, flow } = known;
    const uses = (reads & (1 << T0)) !== 0 || terms.includes(T0) || base === T0;
    const defines = (writes & (1 << T0)) !== 0;
    if (isRigid(view, at, known)) return undefined;
    const fixed = isFixed(view, at, known);
    const relative = fixed || flow.kind === 'jump' || flow.kind === 'branch';
    const is = flowOf(flow, uses, defines);
    found.push({
      at,
      size: length,
      flow: is.flow,
      uses: is.uses,
      defines: is.defines,
      relative,
      fixed,
      livesOn: false,
    });
    at += length;
  }
  return found;
}

function flowOf(flow: Flow, uses: boolean, defines: boolean): Pick<Instruction, 'flow' | 'uses' | 'defines'> {
  switch (flow.kind) {
    case 'next':
      return { flow: 'next', uses, defines };
    case 'stop':
      return { flow: 'indirect', uses, defines };
    case 'branch':
      return { flow: 'branch', uses, defines };
    case 'jump':
      return { flow: flow.link === 0 ? 'jump' : 'call', uses, defines };
    case 'indirect':
      if (flow.link !== 0) {
        // Whoever leaves the return address elsewhere may keep t0, too.
        const isUsual = flow.link === RA || flow.link === T0;
        return { flow: 'call', uses: uses || flow.register === T0 || !isUsual, defines };
      }
      return { flow: flow.register === RA ? 'return' : 'indirect', uses: uses || flow.register === T0, defines };
  }
}

/**
 * An atomic sequence, which a jump in it may keep from ever coming through, or the mark before a call of a debugger.
 */
function isRigid(view: DataView, at: number, { length }: Effects): boolean {
  if (length !== 4) return false;
  const word = view.getUint32(at, true);
  const isReserving = (word & OPCODE_MASK) === OPCODE.AMO && word >>> 27 === 2;
  return isReserving || word === 0x01f01013;
}

/** auipc makes an address from its own. */
function isFixed(view: DataView, at: number, { length }: Effects): boolean {
  return length === 4 && (view.getUint8(at) & OPCODE_MASK) === OPCODE.AUIPC;
}
