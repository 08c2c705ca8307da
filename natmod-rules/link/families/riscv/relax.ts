/**
 * RISC-V linker relaxation. A call is compiled as auipc + jalr, 8 bytes that reach everywhere; most callees are near enough for jal
 * (4 bytes, 1 MiB) or c.jal and c.j (2 bytes, 2 KiB). Once calls are shorter, more branches find their targets in the reach of
 * their shorter forms. The object marks what may shrink (R_RISCV_RELAX) and where padding keeps an alignment (R_RISCV_ALIGN).
 * Document: RISC-V ELF psABI specification, "Linker Relaxation".
 */
import type { ObjectFile } from '../../../elf/object.ts';
import type { Chunk, Placement } from '../../model/model.ts';
import { type Edit, replacementsFor } from '../../shrink/edit.ts';
import { type Program, type Replacement, replaceChunks } from '../../shrink/program.ts';
import { isInt } from '../types.ts';
import { type Form, findSites, isOpenObject, type JumpSite, type Sites } from './sites.ts';

/** Which of its forms each jump has, as an index. */
type Choice = Map<JumpSite, number>;

/** Rounds of layout after which every jump that is too short takes its longest form. */
const MOST_ROUNDS = 64;

/** Bytes that what the linker adds later may move two chunks apart. */
const MARGIN = 64;

/** What may change its length, in chunks that have any of it. */
export type SitesOf = ReadonlyMap<Chunk, Sites>;

/** @param shrink false: only what has come to be too short may change */
export function sitesOfProgram(program: Program, shrink = true): SitesOf {
  const sitesOf = new Map<Chunk, Sites>();
  const { wordSize } = program.arch;
  const open = new Map<ObjectFile | undefined, boolean>([[undefined, false]]);
  for (const chunk of program.chunks) {
    if (chunk.role !== 'text') continue;
    const { from } = chunk;
    if (from !== undefined && !open.has(from)) open.set(from, isOpenObject(from, wordSize));
    const { jumps, paddings } = findSites(chunk, wordSize, open.get(from)!);
    const own = jumps
      .filter((site) => targetOf(program, chunk, site) !== undefined)
      .map((site) => (shrink ? site : withoutShorter(site)));
    if (own.length + paddings.length > 0) sitesOf.set(chunk, { jumps: own, paddings });
  }
  return sitesOf;
}

/**
 * The program with every jump in the shortest form that reaches: all start with their shortest, and grow until all reach.
 * @param layOut places the chunks of a program; addresses in bytes
 */
export function relaxRiscv(
  program: Program,
  layOut: (program: Program) => ReadonlyMap<Chunk, Placement>,
  sitesOf: SitesOf = sitesOfProgram(program),
): Program {
  if (sitesOf.size === 0) return program;
  const choice: Choice = new Map([...sitesOf.values()].flatMap(({ jumps }) => jumps.map((site) => [site, 0])));
  for (let round = 1; ; round++) {
    const edits = new Map([...sitesOf].map(([chunk, sites]) => [chunk, editsOf(sites, choice)]));
    const { replacements, labels } = replacementsFor(program, edits);
    const relaxed = replaceChunks(program, replacements, labels);
    const addressOf = addresses(replacements, layOut(relaxed));
    let grown = false;
    for (const [chunk, { jumps }] of sitesOf) {
      for (const site of jumps) {
        const last = site.forms.length - 1;
        const now = choice.get(site)!;
        if (now === last || reaches(program, chunk, site, site.forms[now]!, addressOf)) continue;
        choice.set(site, round < MOST_ROUNDS ? now + 1 : last);
        grown = true;
      }
    }
    if (!grown) return relaxed;
  }
}

function withoutShorter(site: JumpSite): JumpSite {
  const { size, forms } = site;
  return { ...site, forms: forms.filter(({ code }, i) => code.length >= size || i === forms.length - 1) };
}

type AddressOf = (chunk: Chunk, offset: number) => number;

/** Finds the present address of a byte offset in a chunk of the program as it was. */
function addresses(replacements: ReadonlyMap<Chunk, Replacement>, place: ReadonlyMap<Chunk, Placement>): AddressOf {
  return (chunk, offset) => {
    const now = replacements.get(chunk);
    return place.get(now?.chunk ?? chunk)!.address + (now?.moved?.(offset) ?? offset);
  };
}

/** Where a jump goes. Only the way to other code of the module can be measured. */
function targetOf({ resolve }: Program, chunk: Chunk, { jump }: JumpSite) {
  const target = resolve(jump.symbol);
  if (target.kind !== 'chunk' || (target.chunk !== chunk && target.chunk.role !== 'text')) return undefined;
  return { chunk: target.chunk, offset: target.offset + jump.addend };
}

function reaches(program: Program, chunk: Chunk, site: JumpSite, form: Form, addressOf: AddressOf): boolean {
  const target = targetOf(program, chunk, site)!;
  const distance = addressOf(target.chunk, target.offset) - (addressOf(chunk, site.at) + form.offset);
  const margin = target.chunk === chunk ? 0 : MARGIN;
  return isInt(form.bits, distance + margin) && isInt(form.bits, distance - margin);
}

function editsOf({ jumps, paddings }: Sites, choice: Choice): Edit[] {
  const edits: Edit[] = jumps.map((site) => {
    const { code, type, offset } = site.forms[choice.get(site)!]!;
    return { at: site.at, size: site.size, code, relocations: [{ ...site.jump, type, offset }] };
  });
  if (paddings.length === 0) return edits;
  for (const { at, size } of paddings) edits.push({ at, size, code: new Uint8Array(size), relocations: [] });
  return withPaddings(
    edits.sort((a, b) => a.at - b.at),
    new Set(paddings.map(({ at }) => at)),
  );
}

/**
 * Padding of as many bytes as the alignment needs behind the code that is before it now.
 * Chunks are placed by their own alignment, which is at least that of any padding in them.
 */
function withPaddings(sorted: readonly Edit[], paddings: ReadonlySet<number>): Edit[] {
  let shift = 0;
  return sorted.map((edit) => {
    const code = paddings.has(edit.at) ? padding(edit.at + shift, edit.size) : edit.code;
    shift += code.length - edit.size;
    return { ...edit, code };
  });
}

const C_NOP = 1;

/** @param most bytes, one instruction less than the alignment */
function padding(offset: number, most: number): Uint8Array {
  let align = 2;
  while (align <= most) align *= 2;
  const size = Math.min((align - (offset % align)) % align, most);
  return new Uint8Array(size).map((_, i) => (i % 2 === 0 ? C_NOP : 0));
}
