/**
 * What outlining has to know of RISC-V code. Outlined code is called with t0 as link register, which compilers seldom use and which
 * no function keeps for its caller, so that functions that call nothing can have it, too.
 * Documents: RISC-V ELF psABI specification, "Integer Register Convention"; The RISC-V Instruction Set Manual, volume I.
 */
import type { Chunk } from '../model.ts';
import { bytes } from '../relocate/types.ts';
import { decode } from '../riscv-decode.ts';
import type { Instruction as Effects, Flow } from '../riscv-instruction.ts';
import type { Instruction, OutlineRules } from './outline-types.ts';

const RA = 1;
const T0 = 5;
const JAL = 17;

export function riscvRules(is64: boolean): OutlineRules {
  return {
    instructions: (chunk) => instructions(chunk, is64),
    align: 2,
    call: { code: bytes(0xef, 0x02, 0, 0), type: JAL }, // jal t0
    jump: { code: bytes(0x6f, 0, 0, 0), type: JAL }, // j
    // The relaxed form; a longer one takes no more than two instructions do, which is the least that is shared.
    shortestJump: 2,
    goBack: bytes(0x82, 0x82), // c.jr t0
  };
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
    const fixed = isFixed(view, at, known);
    const is = flowOf(flow, uses, defines);
    found.push({ at, size: length, flow: is.flow, uses: is.uses, defines: is.defines, fixed, livesOn: false });
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
      return flow.link === 0 ? { flow: 'jump', uses, defines } : { flow: 'call', uses, defines: true };
    case 'indirect':
      if (flow.link !== 0) return { flow: 'call', uses: uses || flow.register === T0, defines: true };
      return { flow: flow.register === RA ? 'return' : 'indirect', uses: uses || flow.register === T0, defines };
  }
}

/** auipc makes an address from its own. */
function isFixed(view: DataView, at: number, { length }: Effects): boolean {
  return length === 4 && (view.getUint8(at) & 0x7f) === 0x17;
}
