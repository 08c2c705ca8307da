/**
 * Takes Thumb code apart. GNU as leaves no relocations for distances inside a section, so every instruction is decoded,
 * and a section that is not understood whole stays as it is. Where code ends and data begin is told by the mapping
 * symbols `$t` and `$d`. Document: ELF for the Arm Architecture (IHI 0044), "Mapping symbols".
 */

import type { Relocation } from '../../../elf/object.ts';
import { firstNotBelow } from '../../../sorted.ts';
import type { Chunk } from '../../model/model.ts';
import type { PlaceNames } from '../../shrink/place-names.ts';
import type { Program } from '../../shrink/program.ts';
import { R_ARM } from './constants.ts';
import { decodeThumb } from './decode.ts';
import type { Decoded, Flow } from './instruction.ts';
import { type Code, type Line, type Literal, runsOn, type Table, type ThumbFunction, targetsOf } from './lines.ts';

/** They ask for nothing. */
const IDLE: ReadonlySet<number> = new Set([R_ARM.NONE, R_ARM.V4BX]);
const FAR_BRANCHES: ReadonlySet<number> = new Set([R_ARM.THM_CALL, R_ARM.THM_JUMP24]);
/** What `bl` and `b.w` have in their fields when the symbol itself is meant. */
const TO_SYMBOL = -4;

/** Where pieces of a section of one kind begin, in order. */
interface Region {
  readonly from: number;
  readonly to: number;
  readonly isCode: boolean;
}

/** What functions of one program share when they are taken apart. */
export interface Shared {
  /** For what literals hold. */
  readonly names: PlaceNames;
  /** The bytes of instructions, once for all that are the same, by their half-words as one number. */
  readonly bytes: Map<number, Uint8Array>;
}

/**
 * @param entered byte offsets that other places refer to
 * @returns undefined when something is not understood
 */
export function takeApart(
  program: Program,
  chunk: Chunk,
  entered: ReadonlySet<number>,
  shared: Shared,
): ThumbFunction | undefined {
  return new Reader(program, chunk, shared).read(entered);
}

class Refusal extends Error {}

function refuse(): never {
  throw new Refusal();
}

class Reader {
  readonly #chunk: Chunk;
  readonly #resolve: Program['resolve'];
  readonly #view: DataView;
  readonly #relocations = new Map<number, Relocation>();
  /** Lines by the offset of their first byte. */
  readonly #lines = new Map<number, MutableLine>();
  /** Literals by offset, with the pool that they are in; undefined for the one behind all code. */
  readonly #literals = new Map<number, { readonly literal: Literal; readonly pool: Line | undefined }>();
  readonly #loaded = new Set<number>();

  readonly #shared: Shared;

  constructor({ resolve }: Program, chunk: Chunk, shared: Shared) {
    this.#shared = shared;
    this.#chunk = chunk;
    this.#resolve = resolve;
    this.#view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.length);
  }

  read(entered: ReadonlySet<number>): ThumbFunction | undefined {
    try {
      return this.#read(entered);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  #read(entered: ReadonlySet<number>): ThumbFunction {
    for (const relocation of this.#chunk.relocations) {
      if (IDLE.has(relocation.type)) continue;
      if (this.#relocations.has(relocation.offset)) refuse();
      this.#relocations.set(relocation.offset, relocation);
    }
    const regions = regionsOf(this.#chunk) ?? refuse();
    const decoded = regions.flatMap((region) => (region.isCode ? this.#decode(region) : []));
    this.#group(decoded);
    this.#readPools(regions, decoded);
    for (const { parts } of this.#lines.values()) for (const part of parts) this.#connect(part);
    for (const offset of entered) if (!this.#lines.has(offset)) refuse();
    for (const offset of this.#literals.keys()) if (!this.#loaded.has(offset)) refuse();
    const labels = new Set([...entered].map((offset) => this.#lines.get(offset)!));
    const lines = withoutPadding(this.#inOrder(), labels);
    const last = lines.at(-1);
    const isOver = last !== undefined && (!runsOn(last) || endsInCall(last));
    if (!isOver) refuse();
    return { chunk: this.#chunk, lines, entered: labels };
  }

  /** Instructions are read in order, pools inside of functions behind them. */
  #inOrder(): readonly Line[] {
    const lines = [...this.#lines.values()];
    if (lines.at(-1)?.pool === undefined) return lines;
    return [...this.#lines].sort(([a], [b]) => a - b).map(([, line]) => line);
  }

  #decode({ from, to }: Region): PlacedCode[] {
    const found: PlacedCode[] = [];
    for (let at = from; at < to; ) {
      const decoded = decodeThumb(this.#view, at) ?? refuse();
      if (at + decoded.size > to) refuse();
      found.push(this.#codeOf(decoded, at));
      at += decoded.size;
    }
    return found;
  }

  /** Makes lines: what an IT block governs belongs to it. */
  #group(decoded: readonly PlacedCode[]): void {
    for (let i = 0; i < decoded.length; ) {
      const code = decoded[i]!;
      const count = code.flow.kind === 'it' ? code.flow.count : 0;
      const parts = count === 0 ? [code] : decoded.slice(i, i + 1 + count);
      if (parts.length <= count) refuse();
      let end = code.old;
      for (const one of parts) {
        if (one.old !== end || (one !== code && !mayBeGoverned(one))) refuse();
        end += one.size;
      }
      this.#lines.set(code.old, { parts });
      i += 1 + count;
    }
  }

  #codeOf(code: Decoded, at: number): PlacedCode {
    const bytes = this.#bytesAt(at, code.size);
    const relocation = this.#relocations.get(at);
    // The assembler has settled the distance to a function of the same section.
    if (relocation === undefined && code.flow.kind === 'call') refuse();
    if (relocation === undefined) return placed(code, bytes, at);
    this.#relocations.delete(at);
    const { flow } = code;
    const isBranch = flow.kind === 'call' || (flow.kind === 'branch' && flow.form === 'b.w');
    if (!isBranch || !FAR_BRANCHES.has(relocation.type) || addendOf(code, at) !== TO_SYMBOL) refuse();
    return { ...placed(code, bytes, at), relocation };
  }

  #bytesAt(at: number, size: 2 | 4): Uint8Array {
    const { bytes } = this.#shared;
    const first = this.#view.getUint16(at, true);
    // The first half-word of a long instruction is that of no short one.
    const number = size === 2 ? first : first * 0x10000 + this.#view.getUint16(at + 2, true);
    const known = bytes.get(number);
    if (known !== undefined) return known;
    const own = this.#chunk.data.slice(at, at + size);
    bytes.set(number, own);
    return own;
  }

  /** Data: tables behind `tbb` and `tbh`, and literal pools. */
  #readPools(regions: readonly Region[], decoded: readonly PlacedCode[]): void {
    const tables: { readonly line: MutableLine; readonly region: Region }[] = [];
    const doubles = new Set<number>();
    for (const { literal } of decoded) if (literal?.form === 'vldr.64') doubles.add(literal.at);
    regions.forEach((region, i) => {
      if (region.isCode) return;
      const { old: at } = endingAt(decoded, region.from) ?? refuse();
      // An IT block cannot hold what a table follows.
      const line = this.#lines.get(at);
      const flow = line === undefined ? undefined : tableFlow(line.parts.at(-1)!);
      if (line !== undefined && flow !== undefined) {
        line.parts.splice(-1, 1, { ...line.parts.at(-1)!, flow });
        line.table = { width: flow.width, entries: [] };
        tables.push({ line, region });
        return;
      }
      const isLast = regions.slice(i + 1).every(({ isCode }) => !isCode);
      this.#readPool(region, isLast, doubles);
    });
    const isTable = new Set(tables.map(({ line }) => line));
    for (const line of this.#lines.values())
      if (line.parts.at(-1)?.flow.kind === 'table' && !isTable.has(line)) refuse();
    for (const { line, region } of tables) line.table = this.#tableOf(line.table!.width, region);
    if (this.#relocations.size > 0) refuse();
  }

  #tableOf(width: 1 | 2, { from, to }: Region): Table {
    const entries: Line[] = [];
    for (let at = from; at + width <= to; at += width) {
      const entry = width === 1 ? this.#view.getUint8(at) : this.#view.getUint16(at, true);
      // A byte that makes the length even.
      if (entry === 0 && width === 1 && at + 1 === to) break;
      const line = this.#lines.get(from + entry * 2);
      if (line === undefined || line.pool !== undefined) refuse();
      entries.push(line);
    }
    return { width, entries };
  }

  /** @param doubles offsets of literals of eight bytes */
  #readPool({ from, to }: Region, isLast: boolean, doubles: ReadonlySet<number>): void {
    if (from % 4 !== 0 || to % 4 !== 0) refuse();
    const literals: Literal[] = [];
    const pool: MutableLine | undefined = isLast ? undefined : { parts: [], pool: literals };
    for (let at = from; at < to; ) {
      const literal = this.#literalAt(at, doubles.has(at) ? 8 : 4, to);
      literals.push(literal);
      this.#literals.set(at, { literal, pool });
      at += literal.bytes.length;
    }
    if (pool !== undefined) this.#lines.set(from, pool);
  }

  #literalAt(at: number, size: 4 | 8, end: number): Literal {
    if (at + size > end) refuse();
    const bytes = this.#chunk.data.slice(at, at + size);
    const relocation = this.#relocations.get(at);
    if (relocation === undefined) return { key: Buffer.from(bytes).toString('hex'), bytes };
    this.#relocations.delete(at);
    if (size !== 4 || (relocation.type !== R_ARM.ABS32 && relocation.type !== R_ARM.TARGET1)) refuse();
    const { symbol, addend } = relocation;
    const total = this.#view.getInt32(at, true) + addend;
    return { key: `${this.#shared.names.of(this.#resolve(symbol))} ${total}`, bytes, relocation };
  }

  /** Puts lines and literals in place of offsets. */
  #connect(part: MutableCode): void {
    const { flow, literal } = part;
    if (literal !== undefined) {
      const found = this.#literals.get(literal.at);
      const size = literal.form === 'vldr.64' ? 8 : 4;
      if (found === undefined || found.literal.bytes.length !== size) refuse();
      this.#loaded.add(literal.at);
      part.loads = found.literal;
      part.pool = found.pool;
    }
    if (flow.kind !== 'branch' || part.relocation !== undefined) return;
    const target = this.#lines.get(flow.target);
    if (target === undefined || target.pool !== undefined) refuse();
    part.target = target;
  }
}

/** GCC's routines for `switch` on Thumb-1: the table lies behind the call, which never comes back. */
const SWITCHES: ReadonlyMap<string, 1 | 2> = new Map([
  ['__gnu_thumb1_case_uqi', 1],
  ['__gnu_thumb1_case_uhi', 2],
]);

function tableFlow({ flow, relocation }: Code): (Flow & { kind: 'table' }) | undefined {
  if (flow.kind === 'table') return flow;
  const width = flow.kind === 'call' ? SWITCHES.get(relocation?.symbol.name ?? '') : undefined;
  return width === undefined ? undefined : { kind: 'table', width };
}

/** The instruction before a byte offset. @param decoded in order */
function endingAt(decoded: readonly PlacedCode[], end: number): PlacedCode | undefined {
  const one = decoded[firstNotBelow(decoded.length, (i) => decoded[i]!.old < end) - 1];
  return one !== undefined && one.old + one.size === end ? one : undefined;
}

/** Field by field: copying `...code` for every instruction is most of the time that taking apart takes. */
function placed({ size, flow, literal, usesLink, definesLink }: Decoded, bytes: Uint8Array, old: number): PlacedCode {
  return literal === undefined
    ? { size, flow, usesLink, definesLink, bytes, old }
    : { size, flow, literal, usesLink, definesLink, bytes, old };
}

type MutableCode = { -readonly [Key in keyof Code]: Code[Key] };
type PlacedCode = MutableCode & { readonly old: number };
interface MutableLine {
  readonly parts: MutableCode[];
  table?: Table;
  readonly pool?: readonly Literal[];
}

/** An IT block's condition is encoded beside it, so what it governs may do all but branch by itself. */
function mayBeGoverned({ flow }: Decoded): boolean {
  return flow.kind !== 'it' && flow.kind !== 'table' && !(flow.kind === 'branch' && !flow.form.startsWith('b.'));
}

/** The addend in the field of `bl` and `b.w`. */
function addendOf({ flow, size }: Decoded, at: number): number | undefined {
  if (flow.kind === 'branch') return flow.target - at - 4;
  return flow.kind === 'call' && size === 4 ? flow.offset : undefined;
}

function regionsOf({ from, section, size }: Chunk): Region[] | undefined {
  if (from === undefined || section === undefined) return undefined;
  const marks = from.symbols
    .filter(({ shndx, name }) => shndx === section.index && /^\$[atd](\.|$)/.test(name))
    .sort((a, b) => a.value - b.value || a.index - b.index);
  if (marks[0]?.value !== 0 || marks.some(({ name }) => name[1] === 'a')) return undefined;
  const regions: Region[] = [];
  marks.forEach(({ value, name }, i) => {
    const to = Math.min(marks[i + 1]?.value ?? size, size);
    const isCode = name[1] === 't';
    const last = regions.at(-1);
    if (to <= value) return;
    if (last !== undefined && last.isCode === isCode) regions[regions.length - 1] = { ...last, to };
    else regions.push({ from: value, to, isCode });
  });
  return regions[0]?.isCode === true ? regions : undefined;
}

/** Without the `nop`s that aligned pools: nothing comes to them. */
function withoutPadding(lines: readonly Line[], entered: ReadonlySet<Line>): readonly Line[] {
  if (!lines.some(isPadding)) return lines;
  const targets = new Set(entered);
  for (const line of lines) for (const target of targetsOf(line)) targets.add(target);
  const kept: Line[] = [];
  let reached = true;
  for (const line of lines) {
    if (!reached && isPaddingAt(line, targets)) continue;
    if (line.pool === undefined) reached = runsOn(line);
    kept.push(line);
  }
  // Behind a call that does not return, too.
  let end = kept.length;
  while (end > 0 && isPaddingAt(kept[end - 1]!, targets)) end--;
  return end > 0 && endsInCall(kept[end - 1]!) ? kept.slice(0, end) : kept;
}

function isPaddingAt(line: Line, targets: ReadonlySet<Line>): boolean {
  return isPadding(line) && !targets.has(line);
}

function isPadding({ parts }: Line): boolean {
  return parts.length === 1 && isNop(parts[0]!);
}

/** Of a function that does not return. */
function endsInCall({ parts }: Line): boolean {
  const kind = parts.at(-1)?.flow.kind;
  return parts.length === 1 && (kind === 'call' || kind === 'call-register');
}

/** `nop`, and what Thumb-1 has in its place: `mov r8, r8`. */
function isNop({ bytes }: Code): boolean {
  return bytes.length === 2 && ((bytes[0] === 0 && bytes[1] === 0xbf) || (bytes[0] === 0xc0 && bytes[1] === 0x46));
}
