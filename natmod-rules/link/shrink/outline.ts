/**
 * Outlining: instructions that come in the same order in several places are kept once, and called or jumped to from the
 * others. Done where every distance in the code has a relocation, so that code can move: Xtensa, and RISC-V with
 * -mrelax.
 *
 *   shareTails      the ends of functions: one stays, the others jump into it
 *   shareSequences  what lies between labels: a small function of its own, where the link register is free
 */
import type { ElfSymbol } from '../../elf/object.ts';
import { type Chunk, makeChunk, type Target } from '../model/model.ts';
import { type Edit, editChunks } from './edit.ts';
import { Numbering } from './numbering.ts';
import { readCode, type Step } from './outline-code.ts';
import { findRepeats, type Repeat } from './outline-repeats.ts';
import type { CodeWithTarget, OutlineRules } from './outline-types.ts';
import { SHARED_LABEL } from './place-names.ts';
import { madeSymbol, type Program } from './program.ts';

/** Instructions in a tail that are compared. */
const LONGEST_TAIL = 24;

/** Code that control leaves at its end only. */
interface Tail {
  readonly steps: readonly Step[];
  /** What the last 1, 2, 3, … instructions do, as a number. */
  readonly endings: readonly number[];
}

/** The program with equal ends of functions kept once. */
export function shareTails(program: Program, rules: OutlineRules): Program {
  const numbers = new Numbering<string>();
  const tails = readCode(program, rules).flatMap((steps) => tailsOf(steps, numbers));
  /** By ending: a place that others may jump to. */
  const kept = new Map<number, ElfSymbol>();
  const changes = new Changes(program);
  const left = new Set(tails);
  for (let length = LONGEST_TAIL; length >= 2; length--) {
    for (const [ending, group] of byEnding(left, length, rules)) {
      const first = kept.has(ending) ? undefined : group[0]!;
      if (first !== undefined && group.length === 1) continue;
      if (first !== undefined) keepEnds(first, changes, kept);
      for (const tail of group) {
        left.delete(tail);
        if (tail !== first) changes.replace(tail.steps.slice(-length), rules.jump, kept.get(ending)!);
      }
    }
  }
  return changes.apply();
}

/** Those that are long enough for a jump to pay, by what their last instructions do. */
function byEnding(tails: ReadonlySet<Tail>, length: number, rules: OutlineRules): ReadonlyMap<number, Tail[]> {
  const groups = new Map<number, Tail[]>();
  for (const tail of tails) {
    const ending = tail.endings[length - 1];
    if (ending === undefined || tail.steps.at(-length)!.isJoined) continue;
    if (sizeOf(tail.steps.slice(-length)) <= rules.shortestJump) continue;
    const group = groups.get(ending);
    if (group === undefined) groups.set(ending, [tail]);
    else group.push(tail);
  }
  return groups;
}

/** Others may jump to any instruction of a tail that stays, but not between the halves of one. */
function keepEnds({ steps, endings }: Tail, changes: Changes, kept: Map<number, ElfSymbol>): void {
  endings.forEach((ending, i) => {
    const { chunk, at, isJoined } = steps.at(-i - 1)!;
    if (!kept.has(ending) && !isJoined) kept.set(ending, changes.label({ kind: 'chunk', chunk, offset: at }));
  });
}

/** What leads to each place that control never passes, without a label in between. */
function tailsOf(steps: readonly Step[], numbers: Numbering<string>): Tail[] {
  const tails: Tail[] = [];
  let from = 0;
  steps.forEach((step, i) => {
    if (step.isLabel) from = i;
    const isKnown = step.meaning !== undefined;
    const isEnd = step.flow === 'return' || step.flow === 'jump' || (step.flow === 'indirect' && step.isJoined);
    if (isEnd && isKnown && i > from)
      tails.push(tailOf(steps.slice(Math.max(from, i + 1 - LONGEST_TAIL), i + 1), numbers));
    if (isEnd || !isKnown || step.flow === 'indirect') from = i + 1;
  });
  return tails;
}

function tailOf(steps: readonly Step[], numbers: Numbering<string>): Tail {
  let ending = -1;
  const endings = steps.toReversed().map(({ meaning }) => {
    ending = numbers.of(`${ending} ${meaning}`);
    return ending;
  });
  return { steps, endings };
}

/** The program with equal sequences of instructions kept once. */
export function shareSequences(program: Program, rules: OutlineRules): Program {
  const runs = readCode(program, rules).flatMap((steps) => runsOf(steps));
  const changes = new Changes(program);
  const ending = rules.goBack.length + Math.max(rules.align / 2 - 1, 0);
  const costs = { call: rules.call.code.length, body: () => ending };
  findRepeats(runs, costs).forEach((repeat, number) => {
    const chunk = bodyOf(repeat, number, rules);
    const symbol = changes.add(chunk);
    for (const steps of repeat) changes.replace(steps, rules.call, symbol);
  });
  return changes.apply();
}

/** Straight code that neither uses nor changes the link register. */
function runsOf(steps: readonly Step[]): Step[][] {
  const runs: Step[][] = [];
  let run: Step[] = [];
  const end = () => {
    if (run.length > 1) runs.push(run);
    run = [];
  };
  for (const step of steps) {
    if (step.isLabel) end();
    if (step.flow === 'next' && step.key !== undefined && !step.uses && !step.defines) run.push(step);
    else end();
  }
  end();
  return runs;
}

function bodyOf([steps]: Repeat<Step>, number: number, rules: OutlineRules): Chunk {
  const code = steps!.map(({ chunk, at, size }) => chunk.data.subarray(at, at + size));
  const data = Uint8Array.from(Buffer.concat([...code, rules.goBack]));
  const start = steps![0]!.at;
  const relocations = steps!.flatMap(({ relocation, at }) =>
    relocation === undefined ? [] : [{ ...relocation, offset: at - start }],
  );
  const size = data.length;
  const symbol = `outlined.${number}`;
  const { align } = rules;
  return makeChunk({ name: `.text.${symbol}`, symbol, role: 'text', align, size, data, relocations });
}

function sizeOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { size }) => sum + size, 0);
}

/** Collects edits of a program. */
class Changes {
  readonly #program: Program;
  readonly #edits = new Map<Chunk, Edit[]>();
  readonly #labels = new Map<ElfSymbol, Target>();
  readonly #added: Chunk[] = [];

  constructor(program: Program) {
    this.#program = program;
  }

  /** A symbol for a place in the program as it was. */
  label(target: Target): ElfSymbol {
    const { symbol: like } = this.#program.chunks.find((c) => c.relocations.length > 0)!.relocations[0]!;
    const symbol = madeSymbol(like, SHARED_LABEL);
    this.#labels.set(symbol, target);
    return symbol;
  }

  add(chunk: Chunk): ElfSymbol {
    this.#added.push(chunk);
    return this.label({ kind: 'chunk', chunk, offset: 0 });
  }

  /** Puts a call or jump in the place of steps. */
  replace(steps: readonly Step[], { code, type }: CodeWithTarget, symbol: ElfSymbol): void {
    const { chunk, at } = steps[0]!;
    const edit = { at, size: sizeOf(steps), code, relocations: [{ offset: 0, type, symbol, addend: 0 }] };
    this.#edits.set(chunk, [...(this.#edits.get(chunk) ?? []), edit]);
  }

  apply(): Program {
    if (this.#edits.size === 0) return this.#program;
    const edited = editChunks(this.#program, this.#edits, this.#labels);
    return { ...edited, chunks: [...edited.chunks, ...this.#added] };
  }
}
