/**
 * Functions that call nothing keep their return address in a0 all the way, so that nothing in them can be a call of
 * shared code. Where that saves bytes, such a function keeps it in a register that it does not use:
 *
 *   mov.n a11, a0  …  mov.n a0, a11; ret.n
 *
 * Document: Xtensa Instruction Set Architecture Reference Manual, "The CALL0 ABI": a2 to a11 belong to the callee.
 */
import type { Section } from '../../../elf/object.ts';
import type { Chunk } from '../../model/model.ts';
import { type Edit, editChunks } from '../../shrink/edit.ts';
import { shareSequences, shareTails } from '../../shrink/outline.ts';
import { readCode, type Step } from '../../shrink/outline-code.ts';
import type { OutlineRules } from '../../shrink/outline-types.ts';
import type { Program } from '../../shrink/program.ts';
import { bytes } from '../types.ts';
import { OP0, R_XTENSA } from './constants.ts';

/** The program with the return address elsewhere in functions that get shorter by it, if the whole does. */
export function freeLinkRegister(program: Program, rules: OutlineRules): Program {
  const shared = (one: Program) => shareSequences(shareTails(one, rules), rules);
  const before = shared(program);
  const sizesBefore = sizesOf(before);
  let wanted = candidates(program, rules);
  while (wanted.size > 0) {
    const freed = editChunks(program, wanted);
    const after = shared(freed);
    const now = new Map(after.chunks.map((chunk) => [chunk.section, chunk]));
    const kept = new Map(
      [...wanted].filter(([{ section }]) => {
        const chunk = now.get(section);
        return chunk !== undefined && chunk.size < sizesBefore.get(section)! && reaches(chunk, after);
      }),
    );
    if (kept.size === wanted.size) return totalOf(after) < totalOf(before) ? freed : program;
    wanted = kept;
  }
  return program;
}

/** Whether conditional branches, which got longer where they skip a return, still reach. */
function reaches(chunk: Chunk, { resolve }: Program): boolean {
  return chunk.relocations.every(({ offset, type, symbol, addend }) => {
    const operation = (chunk.data[offset] ?? 0) & 15;
    if (type !== R_XTENSA.SLOT0_OP || operation === OP0.L32R || operation === OP0.CALLN) return true;
    const target = resolve(symbol);
    const distance = target.kind === 'chunk' && target.chunk === chunk ? target.offset + addend - offset - 4 : 0;
    const isNarrow = operation === OP0.ST2;
    return distance >= (isNarrow ? 0 : -128) && distance < (isNarrow ? 64 : 128);
  });
}

function sizesOf({ chunks }: Program): ReadonlyMap<Section | undefined, number> {
  return new Map(chunks.map(({ section, size }) => [section, size]));
}

function totalOf({ chunks }: Program): number {
  return chunks.reduce((sum, { size, align }) => sum + Math.ceil(size / align) * align, 0);
}

/** Edits that free a0, for every function in which that is possible. */
function candidates(program: Program, rules: OutlineRules): ReadonlyMap<Chunk, readonly Edit[]> {
  const enteredInside = insides(program);
  const found = new Map<Chunk, readonly Edit[]>();
  for (const steps of readCode(program, rules)) {
    const { chunk } = steps[0]!;
    if (enteredInside.has(chunk) || !isLeaf(steps, chunk, program)) continue;
    const register = unusedRegister(steps);
    if (register !== undefined) found.set(chunk, editsOf(steps, register));
  }
  return found;
}

/** Chunks with a place behind their start that something else knows of. */
function insides({ chunks, resolve, rules }: Program): ReadonlySet<Chunk> {
  const found = new Set<Chunk>();
  for (const chunk of chunks) {
    const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
    for (const { symbol, type, addend, offset } of chunk.relocations) {
      const known = rules.types.get(type);
      const target = resolve(symbol);
      if (known === undefined || known.expression === 'none' || target.kind !== 'chunk') continue;
      const inPlace = offset + known.width <= chunk.data.length ? (known.addend?.(view, offset) ?? 0) : 0;
      if (target.chunk !== chunk && target.offset + addend + inPlace !== 0) found.add(target.chunk);
    }
    for (const { target, addend } of chunk.words)
      if (target.kind === 'chunk' && target.offset + addend !== 0) found.add(target.chunk);
  }
  return found;
}

/** a0 is read by returns only, nothing writes it, and control neither leaves otherwise nor comes back to the start. */
function isLeaf(steps: readonly Step[], chunk: Chunk, { resolve }: Program): boolean {
  return steps.every(({ flow, uses, defines, relocation }) => {
    if (defines || flow === 'call' || flow === 'indirect') return false;
    if (flow === 'return') return true;
    if (uses) return false;
    if (flow === 'next') return true;
    const target = relocation === undefined ? undefined : resolve(relocation.symbol);
    return target?.kind === 'chunk' && target.chunk === chunk && target.offset + relocation!.addend > 0;
  });
}

/**
 * Of those that a callee may change: the last whose number is in no field where any format has a register, whatever an
 * instruction has there.
 */
function unusedRegister(steps: readonly Step[]): number | undefined {
  const used = new Set<number>();
  for (const { chunk, at } of steps) {
    const [low, high] = [chunk.data[at]!, chunk.data[at + 1]!];
    for (const field of [low >> 4, high & 15, high >> 4]) used.add(field);
  }
  return [11, 10, 9, 8, 7, 6, 5, 4, 3].find((register) => !used.has(register));
}

function editsOf(steps: readonly Step[], register: number): readonly Edit[] {
  const [first] = steps;
  const returns = steps.filter(({ flow, at }) => flow === 'return' && at > 0);
  const { chunk, size, relocation } = first!;
  const start = [...moveFromLink(register), ...chunk.data.subarray(0, size)];
  const moved = relocation === undefined ? [] : [{ ...relocation, offset: relocation.offset + 2 }];
  return [
    { at: 0, size, code: Uint8Array.from(start), relocations: moved },
    ...returns.map(({ at, size: length }) => ({
      at,
      size: length,
      code: Uint8Array.from([...moveToLink(register), ...RETURN]),
      relocations: [],
    })),
  ];
}

/** mov.n aREGISTER, a0 */
const moveFromLink = (register: number) => bytes((register << 4) | 0x0d, 0);
/** mov.n a0, aREGISTER */
const moveToLink = (register: number) => bytes(0x0d, register);
/** ret.n */
const RETURN = bytes(0x0d, 0xf0);
