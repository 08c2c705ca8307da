/**
 * Decides how functions compiled with -msave-restore save their registers. One routine for all takes room once and then
 * 4 bytes per function and 2 or 4 per return; instructions in the function take 2 bytes per register. What is shorter
 * in all is taken, for each size of frames. A register that a routine for restoring takes from the frame must have been
 * put there.
 */
import { type Chunk, makeChunk } from '../../model/model.ts';
import { type Edit, editChunks } from '../../shrink/edit.ts';
import { type Program, type Replacement, replaceChunks } from '../../shrink/program.ts';
import { frameSize, inlineCode, makeRoutines, type RoutineName, type Routines, routineOf } from './save-restore.ts';
import { isRelaxableCall, linkOf, viewOf } from './sites.ts';

interface Use {
  readonly routine: RoutineName;
  readonly frame: number;
  readonly chunk: Chunk;
  /** Byte offset of the call; undefined if it cannot be replaced. */
  readonly at: number | undefined;
}

/** Registers of calls: t0 has the return address of a save routine; restore routines are jumped to. */
const LINK = { save: 5, restore: 0 };

/** Bytes of the pair that a call is compiled as. */
const CALL_SIZE = 8;

/** The program with fewer bytes for saving registers. */
export function shortenPrologues(program: Program): Program {
  const uses = findUses(program);
  if (uses.length === 0) return program;
  const { wordSize } = program.arch;
  const textSize = program.chunks.reduce((sum, { role, size }) => sum + (role === 'text' ? size : 0), 0);
  const saves = uses.filter(({ routine }) => routine.kind === 'save');
  const restores = uses.filter(({ routine }) => routine.kind === 'restore');
  const restoreChoices = decisions('restore', restores, textSize < SMALL ? 2 : 4, wordSize);
  let best: { readonly cost: number; readonly parts: readonly Decision[] } | undefined;
  for (const restore of restoreChoices) {
    const save = cheapest(decisions('save', saves, 4, wordSize, restore.routines.counts));
    const cost = save.cost + restore.cost;
    if (best === undefined || cost < best.cost) best = { cost, parts: [save, restore] };
  }
  const { parts } = best!;
  const edits = new Map<Chunk, Edit[]>();
  for (const { use, code } of parts.flatMap(({ inline }) => inline)) {
    const edit = { at: use.at!, size: CALL_SIZE, code, relocations: [] };
    edits.set(use.chunk, [...(edits.get(use.chunk) ?? []), edit]);
  }
  return share(
    editChunks(program, edits),
    parts.map(({ routines }) => routines),
  );
}

/** Bytes of code that a compressed jump spans, before relaxation. */
const SMALL = 4096;

function findUses(program: Program): Use[] {
  const { wordSize } = program.arch;
  const uses: Use[] = [];
  for (const chunk of program.chunks) {
    const marked = isRelaxableCall(chunk);
    for (const relocation of chunk.relocations) {
      const target = program.resolve(relocation.symbol);
      const routine = target.kind === 'chunk' ? routineOf(target.chunk) : undefined;
      if (routine === undefined) continue;
      const isPlain = marked(relocation) && relocation.addend === 0;
      const fits = isPlain && linkOf(viewOf(chunk), relocation) === LINK[routine.kind];
      const frame = frameSize(routine.count, wordSize);
      uses.push({ routine, frame, chunk, at: fits ? relocation.offset : undefined });
    }
  }
  return uses;
}

interface Decision {
  /** Bytes. */
  readonly cost: number;
  readonly inline: readonly { readonly use: Use; readonly code: Uint8Array }[];
  readonly routines: Routines;
}

function cheapest(choices: readonly Decision[]): Decision {
  return choices.reduce((best, next) => (next.cost < best.cost ? next : best));
}

/**
 * What comes of calling routines for no frame size, for all, for those up to some size and for those from some size on.
 * @param atLeast how many registers have to be moved, by frame size
 */
function decisions(
  kind: RoutineName['kind'],
  uses: readonly Use[],
  callSize: number,
  wordSize: 4 | 8,
  atLeast: ReadonlyMap<number, number> = new Map(),
): Decision[] {
  const inlined = uses.map((use) => {
    const count = Math.max(use.routine.count, atLeast.get(use.frame) ?? 0);
    return { use, count, code: inlineCode({ kind, count }, wordSize) };
  });
  const frames = [...new Set(uses.map(({ frame }) => frame))].sort((a, b) => a - b);
  const choices = frames.flatMap((_, i) => [frames.slice(0, i), frames.slice(i)]);
  return [...choices, []].map((called) => {
    const isInline = ({ use, code }: (typeof inlined)[number]) =>
      use.at !== undefined && (!called.includes(use.frame) || code.length <= callSize);
    const needs = new Map<number, number>();
    let cost = 0;
    for (const one of inlined) {
      const { frame } = one.use;
      if (!isInline(one)) needs.set(frame, Math.max(one.count, needs.get(frame) ?? 0));
      cost += isInline(one) ? one.code.length : callSize;
    }
    const routines = makeRoutines(kind, needs, wordSize);
    return { cost: cost + routines.code.length, inline: inlined.filter(isInline), routines };
  });
}

/** One chunk with all routines that are called instead of those that stood by themselves. */
function share(program: Program, parts: readonly Routines[]): Program {
  const kept = parts.filter(({ entries }) => entries.size > 0);
  const data = Uint8Array.from(Buffer.concat(kept.map(({ code }) => code)));
  const symbol = '__riscv_save_restore';
  const shared = makeChunk({ name: `.stub.${symbol}`, symbol, role: 'text', align: 2, size: data.length, data });
  const starts = new Map<Routines, number>();
  let start = 0;
  for (const routines of kept) {
    starts.set(routines, start);
    start += routines.code.length;
  }
  const replacements = new Map<Chunk, Replacement>();
  for (const chunk of program.chunks) {
    const routine = routineOf(chunk);
    if (routine === undefined) continue;
    const routines = parts[routine.kind === 'save' ? 0 : 1]!;
    const entry = routines.entries.get(frameSize(routine.count, program.arch.wordSize)) ?? 0;
    const base = (starts.get(routines) ?? 0) + entry;
    replacements.set(chunk, { chunk: shared, moved: (offset) => base + offset });
  }
  const replaced = replaceChunks(program, replacements);
  return data.length > 0 ? replaced : { ...replaced, chunks: replaced.chunks.filter((chunk) => chunk !== shared) };
}
