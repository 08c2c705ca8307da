/**
 * Which registers hold the upper part of an address (what `lui` with R_RISCV_HI20 leaves), at every instruction of a
 * section of RISC-V code. Register contents are followed along all paths until nothing changes; a register that may
 * hold several things holds the set of them. Adding to an upper part keeps it one, as code for arrays does.
 *
 * Two things are taken from the psABI's calling convention ("Integer Register Convention"): registers hold nothing
 * known at the start of a function, and no half-made address is passed to a function or returned. A jump through a
 * register leads to a label of the same section whose address something takes, as compilers' switch tables have it.
 */

import type { Relocation, Section } from '../../../elf/object.ts';
import { BRANCHES, CALLS, HINTS, REGISTER } from './constants.ts';
import { decode } from './decode.ts';
import type { Instruction } from './instruction.ts';
import type { Labels } from './labels.ts';
import { OTHER, UpperSets } from './sets.ts';

export interface FlowResult {
  /**
   * What the base register of each lower part may hold: indices into the given upper parts, and -1 for anything else.
   */
  readonly lows: ReadonlyMap<Relocation, readonly number[]>;
  /** Upper parts whose value is used for something else than making an address. */
  readonly misused: ReadonlySet<number>;
}

/**
 * Bytes of code, and instructions looked at, beyond which a section is left alone. Far more than compilers put in one.
 */
const MOST_CODE = 512 * 1024;
const MOST_STEPS = 2_000_000;

const { RA, T0 } = REGISTER;
/** ra, t0 to t6, a0 to a7. */
const CALLER_SAVED = 0xf003fce2;
/** A call that leaves its return address elsewhere follows a convention of its own. */
const ALL = 0xfffffffe;

/**
 * Follows the upper parts `highs` (relocations of `lui`) to the lower parts `lows`. Undefined when the code holds
 * something that is not understood, and then nothing may be concluded.
 */
export function followUpperParts(
  section: Section,
  labels: Labels,
  is64: boolean,
  highs: readonly Relocation[],
  lows: readonly Relocation[],
): FlowResult | undefined {
  if (section.data.length > MOST_CODE) return undefined;
  const code = readCode(section, is64);
  const graph = code && connect(section, labels, code);
  if (graph === undefined) return undefined;
  const tracker = new Tracker(graph, highs, lows);
  return tracker.run(labels) ? tracker.result() : undefined;
}

interface Step extends Instruction {
  readonly offset: number;
  /** Relocation types that change what it does. */
  readonly relocated: boolean;
}

/** All instructions, by offset. */
function readCode(section: Section, is64: boolean): Map<number, Step> | undefined {
  const relocated = new Set(section.relocations.filter((r) => !HINTS.has(r.type)).map((r) => r.offset));
  const { data } = section;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const code = new Map<number, Step>();
  for (let offset = 0; offset < data.length; ) {
    const instruction = decode(view, offset, is64);
    if (instruction === undefined) return undefined;
    code.set(offset, { ...instruction, offset, relocated: relocated.has(offset) });
    offset += instruction.length;
  }
  return code;
}

interface Graph {
  readonly code: ReadonlyMap<number, Step>;
  /** Offsets where control goes after an instruction that is not simply followed by the next. */
  readonly successors: ReadonlyMap<number, readonly number[]>;
  /** Where straight runs of instructions start. */
  readonly leaders: ReadonlySet<number>;
  /** Where functions start: what the section itself calls is among them. */
  readonly functions: ReadonlySet<number>;
  /** Some jump may go to any label whose address is taken. */
  readonly hasIndirect: boolean;
}

/** Undefined when something jumps between instructions. */
function connect(section: Section, labels: Labels, code: ReadonlyMap<number, Step>): Graph | undefined {
  const targets = relocatedTargets(section, code);
  if (targets === undefined) return undefined;
  const successors = new Map<number, readonly number[]>();
  const leaders = new Set<number>([0, ...labels.functions, ...labels.taken]);
  const functions = new Set<number>([0, ...labels.functions]);
  let hasIndirect = false;
  for (const step of code.values()) {
    const { kind } = step.flow;
    if (kind === 'next') continue;
    const to = goesTo(step, targets, labels);
    if (to === labels.taken) hasIndirect = true;
    const next = step.offset + step.length;
    if (isCall(step)) for (const offset of to) functions.add(offset);
    // What a called function does to registers shows at the caller's next instruction.
    const after = isCall(step) ? [next] : kind === 'branch' ? [...to, next] : to;
    successors.set(step.offset, after);
    for (const offset of [...to, next]) leaders.add(offset);
  }
  leaders.delete(section.data.length);
  for (const offset of leaders) if (!code.has(offset)) return undefined;
  return { code, successors, leaders, functions, hasIndirect };
}

/** Where relocations send jumps, by offset of the jump; undefined as target: out of the section. */
function relocatedTargets(section: Section, code: ReadonlyMap<number, Step>) {
  const targets = new Map<number, number | undefined>();
  for (const { type, offset, symbol, addend } of section.relocations) {
    const target = symbol.shndx === section.index ? symbol.value + addend : undefined;
    if (BRANCHES.has(type)) {
      const kind = code.get(offset)?.flow.kind;
      if (kind !== 'branch' && kind !== 'jump') return undefined;
      targets.set(offset, target);
    } else if (CALLS.has(type)) {
      const jump = code.get(offset + 4);
      if (jump?.flow.kind !== 'indirect' || code.get(offset)?.writes !== 1 << jump.flow.register) return undefined;
      targets.set(offset + 4, target);
    }
  }
  return targets;
}

function goesTo(step: Step, targets: ReadonlyMap<number, number | undefined>, labels: Labels): readonly number[] {
  const { flow, offset } = step;
  if (flow.kind === 'stop' || flow.kind === 'next') return [];
  if (targets.has(offset)) {
    const target = targets.get(offset);
    return target === undefined ? [] : [target];
  }
  if (flow.kind !== 'indirect') return [offset + flow.distance];
  if (flow.link !== 0) return [];
  return flow.register === RA && !step.relocated ? [] : labels.taken;
}

function isCall({ flow }: Step): boolean {
  return (flow.kind === 'jump' || flow.kind === 'indirect') && flow.link !== 0;
}

/** For each register, the number of a set. */
type State = Int32Array;

class Tracker {
  readonly #graph: Graph;
  readonly #sets = new UpperSets();
  readonly #highAt: ReadonlyMap<number, number>;
  readonly #lowAt: ReadonlyMap<number, Relocation>;
  readonly #states = new Map<number, State>();
  readonly #pinned = new Set<number>();
  readonly #waiting = new Set<number>();
  readonly #lows = new Map<Relocation, readonly number[]>();
  readonly #misused = new Set<number>();
  #steps = 0;

  constructor(graph: Graph, highs: readonly Relocation[], lows: readonly Relocation[]) {
    this.#graph = graph;
    this.#highAt = new Map(highs.map((r, i) => [r.offset, i]));
    this.#lowAt = new Map(lows.map((r) => [r.offset, r]));
  }

  /** False when it would take too long. */
  run({ taken }: Labels): boolean {
    for (const offset of this.#graph.functions) this.#enter(offset, true);
    if (!this.#graph.hasIndirect) for (const offset of taken) this.#enter(offset, false);
    if (!this.#settle()) return false;
    // What no known path leads to may still be reached by one that is not known; then nothing is known there.
    for (const offset of this.#graph.leaders) {
      if (this.#states.has(offset)) continue;
      this.#enter(offset, false);
      if (!this.#settle()) return false;
    }
    return true;
  }

  result(): FlowResult {
    for (const offset of this.#states.keys()) this.#walk(offset, true);
    return { lows: this.#lows, misused: this.#misused };
  }

  /** Nothing is known at `offset`; with `pin` that stays so whatever leads there. */
  #enter(offset: number, pin: boolean): void {
    this.#merge(offset, new Int32Array(32).fill(OTHER));
    if (pin) this.#pinned.add(offset);
  }

  #settle(): boolean {
    for (const offset of this.#waiting) {
      this.#waiting.delete(offset);
      this.#walk(offset, false);
      if (this.#steps > MOST_STEPS || this.#sets.isFull) return false;
    }
    return true;
  }

  #merge(offset: number, from: State): void {
    const into = this.#states.get(offset);
    if (into === undefined) {
      this.#states.set(offset, from.slice());
      this.#waiting.add(offset);
      return;
    }
    if (this.#pinned.has(offset)) return;
    let changed = false;
    for (let r = 0; r < 32; r++) {
      const set = this.#sets.union(into[r]!, from[r]!);
      if (set === into[r]) continue;
      into[r] = set;
      changed = true;
    }
    if (changed) this.#waiting.add(offset);
  }

  /** From one leader to the next; `final` collects the result instead of passing states on. */
  #walk(leader: number, final: boolean): void {
    const { code, successors, leaders } = this.#graph;
    const state = this.#states.get(leader)!.slice();
    for (let offset = leader; ; ) {
      const step = code.get(offset);
      if (step === undefined) return;
      this.#steps++;
      if (final) this.#inspect(step, state);
      this.#execute(step, state);
      const after = successors.get(offset);
      offset += step.length;
      if (after === undefined && !leaders.has(offset)) continue;
      if (!final) for (const to of after ?? [offset]) if (code.has(to)) this.#merge(to, state);
      return;
    }
  }

  #execute(step: Step, state: State): void {
    const result = this.#written(step, state);
    forEachBit(step.writes, (r) => {
      state[r] = result;
    });
    const { flow } = step;
    if ((flow.kind !== 'jump' && flow.kind !== 'indirect') || flow.link === 0) return;
    const lost = flow.link === RA || flow.link === T0 ? CALLER_SAVED : ALL;
    forEachBit(lost, (r) => {
      state[r] = OTHER;
    });
  }

  #written(step: Step, state: State): number {
    const high = this.#highAt.get(step.offset);
    if (high !== undefined) return this.#sets.single(high);
    if (step.relocated || step.terms.length === 0) return OTHER;
    const [first, second] = step.terms;
    return second === undefined ? state[first!]! : this.#sets.sum(state[first!]!, state[second]!);
  }

  #inspect(step: Step, state: State): void {
    const misuse = (register: number) => {
      for (const high of this.#sets.members(state[register]!)) if (high >= 0) this.#misused.add(high);
    };
    forEachBit(step.reads, misuse);
    const low = this.#lowAt.get(step.offset);
    const isBase = low !== undefined && step.base !== undefined;
    if (isBase) this.#lows.set(low, this.#sets.members(state[step.base!]!));
    else if (step.base !== undefined && (step.relocated || step.terms.length === 0)) misuse(step.base);
    if (step.terms.length === 0 || isBase) return;
    const [first, second] = step.terms;
    const bothHold = second !== undefined && this.#sets.hasHigh(state[first!]!) && this.#sets.hasHigh(state[second]!);
    if (step.relocated || bothHold) for (const r of step.terms) misuse(r);
  }
}

function forEachBit(bits: number, act: (bit: number) => void): void {
  for (let rest = bits; rest !== 0; rest &= rest - 1) act(31 - Math.clz32(rest & -rest));
}
