/**
 * Code that comes several times is kept once. The ends of functions are jumped to; other sequences become small
 * functions, which are called where the link register is free. A sequence may end with a call: then its function jumps
 * there, and what is called returns to where the sequence was.
 */
import type { ElfSymbol } from '../../../elf/object.ts';
import { makeChunk } from '../../model/model.ts';
import { Numbering } from '../../shrink/numbering.ts';
import { isHot } from '../../shrink/outline-code.ts';
import { findRepeats, type Repeatable } from '../../shrink/outline-repeats.ts';
import { SHARED_LABEL } from '../../shrink/place-names.ts';
import { halves } from '../types.ts';
import { R_ARM } from './constants.ts';
import { leave, plain } from './instruction.ts';
import { type Code, type Line, runsOn, sizeOfLine, type ThumbFunction, type ThumbProgram, targetsOf } from './lines.ts';
import { linkNeeded } from './link-register.ts';
import { isCall, isStraight, type MeaningOf } from './meaning.ts';

export interface OutlineContext {
  readonly meaningOf: MeaningOf;
  readonly isThumb1: boolean;
  readonly makeSymbol: (name: string) => ElfSymbol;
}

/** Symbols of the field: half-words whose fields hold the addend -4, so that the symbol itself is meant. */
const CALL = halves(0xf7ff, 0xfffe);
const JUMP = halves(0xf7ff, 0xbffe);
const SHORT_JUMP = halves(0xe7fe);
const RETURN = halves(0x4770);

/** @param near whether a short jump reaches from one function to another */
export function outlineThumb(
  program: ThumbProgram,
  context: OutlineContext,
  near: (from: ThumbFunction, to: ThumbFunction) => boolean,
): ThumbProgram {
  return shareSequences(shareTails(program, context, near), context);
}

/** Lines of the longest tail that is compared. */
const LONGEST_TAIL = 24;

interface Tail {
  readonly owner: ThumbFunction;
  readonly lines: readonly Line[];
  /** What the last 1, 2, 3, … lines do, as a number. */
  readonly endings: readonly number[];
}

/** A place that may be jumped to. */
interface KeptEnd {
  readonly owner: ThumbFunction;
  readonly line: Line;
}

function shareTails(
  program: ThumbProgram,
  context: OutlineContext,
  near: (from: ThumbFunction, to: ThumbFunction) => boolean,
): ThumbProgram {
  const labels = labelledLines(program);
  const owners = program.functions.filter(({ chunk }) => !isHot(chunk));
  const meanings = new Numbering<string>();
  const numbered = owners.map(({ lines }) => lines.map((line) => numberOf(context.meaningOf(line), meanings)));
  const endings = new Numbering<number>();
  // An ending is what its last line does and the ending behind that, which this makes one number of.
  const longer = (ending: number, meaning: number) => endings.of((ending + 1) * meanings.size + meaning);
  const tails = owners.flatMap((one, i) => tailsOf(one, labels, numbered[i]!, longer));
  const changes = new Changes(program, context);
  const left = new Set(tails);
  const kept = new Map<number, KeptEnd[]>();
  for (let length = LONGEST_TAIL; length >= 1; length--) {
    for (const [ending, group] of byEnding(left, length)) {
      let places: readonly KeptEnd[] = kept.get(ending) ?? [];
      if (places.length === 0 && group.length === 1) continue;
      const size = group[0]!.lines.slice(-length).reduce((sum, line) => sum + sizeOfLine(line), 0);
      const jumpTo = (tail: Tail) => {
        const close = size > 2 ? places.find(({ owner }) => near(tail.owner, owner)) : undefined;
        return close ?? (size > 4 && !context.isThumb1 ? places[0] : undefined);
      };
      for (const tail of group) {
        const place = jumpTo(tail);
        if (place !== undefined) {
          left.delete(tail);
          const form = near(tail.owner, place.owner) ? 'short' : 'far';
          changes.replace(tail.lines.slice(-length), jumpLine(changes.symbolFor(place.line), form));
        } else if (group.length > 1) {
          left.delete(tail);
          keepEnds(tail, kept);
          places = kept.get(ending)!;
        }
      }
    }
  }
  return changes.apply();
}

/** Others may jump to any line of a tail that stays. */
function keepEnds({ owner, lines, endings }: Tail, kept: Map<number, KeptEnd[]>): void {
  endings.forEach((ending, i) => {
    const end = { owner, line: lines.at(-i - 1)! };
    const places = kept.get(ending);
    if (places === undefined) kept.set(ending, [end]);
    else places.push(end);
  });
}

function byEnding(tails: ReadonlySet<Tail>, length: number): ReadonlyMap<number, readonly Tail[]> {
  const groups = new Map<number, Tail[]>();
  for (const tail of tails) {
    const ending = tail.endings[length - 1];
    if (ending === undefined) continue;
    const group = groups.get(ending);
    if (group === undefined) groups.set(ending, [tail]);
    else group.push(tail);
  }
  return groups;
}

function tailsOf(
  owner: ThumbFunction,
  labels: ReadonlySet<Line>,
  meanings: readonly (number | undefined)[],
  longer: (ending: number, meaning: number) => number,
): readonly Tail[] {
  const tails: Tail[] = [];
  let from = 0;
  owner.lines.forEach((line, i) => {
    if (labels.has(line)) from = i;
    const isEnd = line.pool === undefined && !runsOn(line);
    const meaning = meanings[i];
    if (isEnd && meaning !== undefined) {
      const first = Math.max(from, i + 1 - LONGEST_TAIL);
      let ending = -1;
      const endings: number[] = [];
      for (let k = i; k >= first; k--) {
        ending = longer(ending, meanings[k]!);
        endings.push(ending);
      }
      tails.push({ owner, lines: owner.lines.slice(first, i + 1), endings });
    }
    if (isEnd || meaning === undefined || !isPassed(line)) from = i + 1;
  });
  return tails;
}

function numberOf(meaning: string | undefined, numbers: Numbering<string>): number | undefined {
  return meaning === undefined ? undefined : numbers.of(meaning);
}

/** A line that control comes out of at its end only. */
function isPassed({ parts }: Line): boolean {
  return parts.every(({ flow }) => flow.kind === 'next' || flow.kind === 'it' || flow.kind.startsWith('call'));
}

interface Step extends Repeatable {
  readonly line: Line;
}

function shareSequences(program: ThumbProgram, context: OutlineContext): ThumbProgram {
  const numbers = new Numbering<string>();
  const labels = labelledLines(program);
  const runs = program.functions
    .filter(({ chunk }) => !isHot(chunk))
    .flatMap(({ lines }) => runsOf(lines, labels, numbers, context));
  const changes = new Changes(program, context);
  const costs = {
    call: CALL.length,
    body: ({ line }: Step) => (isCall(line) ? 0 : RETURN.length),
  };
  findRepeats(runs, costs).forEach((repeat, number) => {
    const symbol = changes.add(
      bodyOf(
        repeat[0]!.map(({ line }) => line),
        number,
      ),
    );
    for (const steps of repeat) {
      changes.replace(
        steps.map(({ line }) => line),
        callLine(symbol),
      );
    }
  });
  return changes.apply();
}

/** Straight code that leaves the link register alone, with a call at its end. */
function runsOf(
  lines: readonly Line[],
  labels: ReadonlySet<Line>,
  numbers: Numbering<string>,
  { meaningOf, isThumb1 }: OutlineContext,
): Step[][] {
  const needed = linkNeeded(lines);
  const runs: Step[][] = [];
  let run: Step[] = [];
  const end = () => {
    if (run.length > 0) runs.push(run);
    run = [];
  };
  lines.forEach((line, i) => {
    if (labels.has(line)) end();
    const meaning = meaningOf(line);
    // Thumb-1 has no far jump.
    const isEnding = isCall(line) && !(isThumb1 && line.parts[0]!.flow.kind === 'call');
    if (meaning === undefined || !(isStraight(line) || isEnding)) {
      end();
      return;
    }
    const next = lines[i + 1];
    const isFreeAfter = isEnding || (next !== undefined && !needed.has(next));
    run.push({ line, key: numbers.of(meaning), size: sizeOfLine(line), isFreeAfter });
    if (isEnding) end();
  });
  end();
  return runs;
}

function bodyOf(lines: readonly Line[], number: number): ThumbFunction {
  const last = lines.at(-1)!;
  const ending = isCall(last) ? [{ parts: [jumpFor(last.parts[0]!)] }] : [{ ...last }, RETURN_LINE()];
  const body = [...lines.slice(0, -1).map((line) => ({ ...line })), ...ending];
  const size = body.reduce((sum, line) => sum + sizeOfLine(line), 0);
  const chunk = makeChunk({ name: `.text.outlined.${number}`, role: 'text', align: 2, size });
  return { chunk, lines: body, entered: new Set() };
}

const RETURN_LINE = (): Line => ({ parts: [{ ...leave(2, true), bytes: RETURN }] });

/** The jump in place of a call. */
function jumpFor({ bytes, relocation }: Code): Code {
  if (relocation === undefined) return { ...leave(2, true), bytes: halves((bytes[0]! | (bytes[1]! << 8)) & ~0x80) };
  return { ...jump('far'), relocation: { ...relocation, type: R_ARM.THM_JUMP24 } };
}

/** A jump out of the section; its own target says nothing. */
export function jump(form: 'short' | 'far'): Code {
  const bytes = form === 'short' ? SHORT_JUMP : JUMP;
  const size = form === 'short' ? 2 : 4;
  const flow = { kind: 'branch', form: form === 'short' ? 'b.n' : 'b.w', target: 0 } as const;
  return { ...plain(size), flow, bytes };
}

function jumpLine(symbol: ElfSymbol, form: 'short' | 'far'): Line {
  const type = form === 'short' ? R_ARM.THM_JUMP11 : R_ARM.THM_JUMP24;
  return { parts: [{ ...jump(form), relocation: { offset: 0, type, symbol, addend: 0 } }] };
}

function callLine(symbol: ElfSymbol): Line {
  const relocation = { offset: 0, type: R_ARM.THM_CALL, symbol, addend: 0 };
  return { parts: [{ ...plain(4, false, true), flow: { kind: 'call', offset: -4 }, bytes: CALL, relocation }] };
}

function labelledLines({ functions, labels }: ThumbProgram): ReadonlySet<Line> {
  const labelled = new Set(labels.values());
  for (const { lines, entered } of functions) {
    for (const line of entered) labelled.add(line);
    for (const line of lines) for (const target of targetsOf(line)) labelled.add(target);
  }
  return labelled;
}

/** Collects what is to be replaced. */
class Changes {
  readonly #program: ThumbProgram;
  readonly #context: OutlineContext;
  /** By the first line that goes. */
  readonly #replaced = new Map<Line, { readonly count: number; readonly by: Line }>();
  readonly #labels: Map<ElfSymbol, Line>;
  readonly #added: ThumbFunction[] = [];

  constructor(program: ThumbProgram, context: OutlineContext) {
    this.#program = program;
    this.#context = context;
    this.#labels = new Map(program.labels);
  }

  symbolFor(line: Line): ElfSymbol {
    const symbol = this.#context.makeSymbol(SHARED_LABEL);
    this.#labels.set(symbol, line);
    return symbol;
  }

  add(made: ThumbFunction): ElfSymbol {
    this.#added.push(made);
    return this.symbolFor(made.lines[0]!);
  }

  replace(lines: readonly Line[], by: Line): void {
    this.#replaced.set(lines[0]!, { count: lines.length, by });
  }

  apply(): ThumbProgram {
    if (this.#replaced.size === 0) return this.#program;
    const heirs = new Map(this.#program.heirs);
    const functions = this.#program.functions.map((one) => ({ ...one, lines: this.#edited(one.lines, heirs) }));
    return { functions: [...functions, ...this.#added], heirs, labels: this.#labels };
  }

  #edited(lines: readonly Line[], heirs: Map<Line, Line>): readonly Line[] {
    const edited: Line[] = [];
    for (let i = 0; i < lines.length; ) {
      const change = this.#replaced.get(lines[i]!);
      edited.push(change?.by ?? lines[i]!);
      if (change !== undefined) heirs.set(lines[i]!, change.by);
      i += change?.count ?? 1;
    }
    return edited;
  }
}
