/**
 * Linker relaxation. A call may be compiled in a form that reaches everywhere; most callees are near enough for a
 * shorter one. Once calls are shorter, more branches find their targets in the reach of their shorter forms. All start
 * with their shortest form, and grow until all reach. On RISC-V a call is auipc + jalr (8 bytes); jal has 4 bytes and
 * reaches 1 MiB, c.jal and c.j have 2 bytes and reach 2 KiB. The object marks what may shrink (R_RISCV_RELAX) and where
 * padding keeps an alignment (R_RISCV_ALIGN). Document: RISC-V ELF psABI specification, "Linker Relaxation".
 */
import type { ObjectFile } from '../../elf/object.ts';
import { isInt } from '../families/types.ts';
import type { Chunk, Placement } from '../model/model.ts';
import { type Edit, replacementsFor } from './edit.ts';
import type { Form, JumpRules, JumpSite, PaddingSite, Sites } from './jump-types.ts';
import { type Program, type Replacement, replaceChunks } from './program.ts';

/** What may change its length, in chunks that have any of it. */
export type SitesOf = ReadonlyMap<Chunk, Sites>;

/** A program on its way to the shortest jumps. */
export interface Relaxation {
  /** As it was; sites and choice are of this one. */
  readonly program: Program;
  readonly rules: JumpRules;
  readonly sitesOf: SitesOf;
  /** Which of its forms each jump has, as an index. */
  readonly choice: ReadonlyMap<JumpSite, number>;
  /** What the chunks have become with these forms. */
  readonly replacements: ReadonlyMap<Chunk, Replacement>;
  /** Rounds of layout so far. */
  readonly round: number;
  /** Some jump has got a longer form in the last round. */
  readonly hasGrown: boolean;
}

/** Rounds of layout after which every jump that is too short takes its longest form. */
const MOST_ROUNDS = 64;

/** Bytes that what the linker adds later may move two chunks apart. */
const MARGIN = 64;

/**
 * Finds what may change its length; all of it has its shortest form.
 * @param shrink false: only what has come to be too short may change
 */
export function findJumps(program: Program, rules: JumpRules, shrink: boolean): Relaxation {
  const sitesOf = new Map<Chunk, Sites>();
  const { wordSize } = program.arch;
  const open = new Map<ObjectFile | undefined, boolean>([[undefined, false]]);
  for (const chunk of program.chunks) {
    if (chunk.role !== 'text') continue;
    const { from } = chunk;
    if (from !== undefined && !open.has(from)) open.set(from, rules.isOpen(from, wordSize));
    const { jumps, paddings } = rules.find(chunk, wordSize, open.get(from)!);
    const own = jumps
      .filter((site) => targetOf(program, chunk, site) !== undefined)
      .map((site) => (shrink ? site : withoutShorter(site)));
    if (own.length + paddings.length > 0) sitesOf.set(chunk, { jumps: own, paddings });
  }
  return relaxationOf(program, rules, sitesOf);
}

/** Starts anew with another order of the chunks. */
export function relaxationOf(program: Program, rules: JumpRules, sitesOf: SitesOf): Relaxation {
  const choice = new Map([...sitesOf.values()].flatMap(({ jumps }) => jumps.map((site) => [site, 0] as const)));
  return { program, rules, sitesOf, choice, replacements: new Map(), round: 0, hasGrown: false };
}

/** The program with all jumps in the forms chosen. */
export function writeJumps(relaxation: Relaxation): { relaxation: Relaxation; program: Program } {
  const { program, rules, sitesOf, choice } = relaxation;
  if (sitesOf.size === 0) return { relaxation, program };
  const edits = new Map([...sitesOf].map(([chunk, sites]) => [chunk, editsOf(sites, choice, rules.nop)]));
  const { replacements, labels } = replacementsFor(program, edits);
  return { relaxation: { ...relaxation, replacements }, program: replaceChunks(program, replacements, labels) };
}

/**
 * Chooses the next longer form for every jump that does not reach.
 * @param place a layout of the program that `writeJumps` has made; addresses in bytes
 */
export function lengthenJumps(relaxation: Relaxation, place: ReadonlyMap<Chunk, Placement>): Relaxation {
  const { program, sitesOf, replacements } = relaxation;
  const round = relaxation.round + 1;
  const choice = new Map(relaxation.choice);
  const addressOf = addresses(replacements, place);
  let hasGrown = false;
  for (const [chunk, { jumps }] of sitesOf) {
    for (const site of jumps) {
      const last = site.forms.length - 1;
      const now = choice.get(site)!;
      if (now === last || reaches(program, chunk, site, site.forms[now]!, addressOf)) continue;
      choice.set(site, round < MOST_ROUNDS ? now + 1 : last);
      hasGrown = true;
    }
  }
  return { ...relaxation, choice, round, hasGrown };
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

function editsOf({ jumps, paddings }: Sites, choice: Relaxation['choice'], nop: Uint8Array): Edit[] {
  const edits: Edit[] = jumps.map((site) => {
    const { code, type, offset } = site.forms[choice.get(site)!]!;
    return { at: site.at, size: site.size, code, relocations: [{ ...site.jump, type, offset }] };
  });
  return paddings.length === 0 ? edits : withPaddings(edits, paddings, nop);
}

/**
 * Padding of as many bytes as the alignment needs behind the code that is before it now.
 * Chunks are placed by their own alignment, which is at least that of any padding in them.
 */
function withPaddings(edits: readonly Edit[], paddings: readonly PaddingSite[], nop: Uint8Array): Edit[] {
  const padded = new Set(paddings.map(({ at }) => at));
  const empty = paddings.map(({ at, size }) => ({ at, size, code: new Uint8Array(size), relocations: [] }));
  let shift = 0;
  return [...edits, ...empty]
    .sort((a, b) => a.at - b.at)
    .map((edit) => {
      const code = padded.has(edit.at) ? padding(edit.at + shift, edit.size, nop) : edit.code;
      shift += code.length - edit.size;
      return { ...edit, code };
    });
}

/** @param most bytes, one instruction less than the alignment */
function padding(offset: number, most: number, nop: Uint8Array): Uint8Array {
  let align = 2;
  while (align <= most) align *= 2;
  const size = Math.min((align - (offset % align)) % align, most);
  return new Uint8Array(size).map((_, i) => nop[i % nop.length]!);
}
