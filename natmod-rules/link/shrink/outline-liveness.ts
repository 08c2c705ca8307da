/**
 * Where the link register of outlined code holds something that is still needed, over the whole program: values may
 * pass from one section to another by jumps and, in assembler code with a convention of its own, by calls.
 */
import type { ObjectFile } from '../../elf/object.ts';
import type { Chunk } from '../model/model.ts';
import type { Instruction } from './outline-types.ts';

export interface Place {
  readonly chunk: Chunk;
  readonly offset: number;
}

/** A chunk's instructions, and where the relocation of each leads (of a pair's second half: that of the first). */
export interface Code {
  readonly chunk: Chunk;
  readonly found: readonly Instruction[];
  /** Index of the instruction at a byte offset. */
  readonly numbers: ReadonlyMap<number, number>;
  /** 'outside' is no code of the module's objects; undefined: a register tells. */
  readonly targets: readonly (Place | 'outside' | undefined)[];
}

export interface Liveness {
  /** Before which instructions of a chunk the link register is needed. */
  readonly live: ReadonlyMap<Chunk, readonly boolean[]>;
  /**
   * Functions whose callers want to find the link register as the function leaves it; so it must leave it as it does.
   */
  readonly watched: ReadonlySet<Chunk>;
}

/** @param taken places whose address something takes: there a jump through a register may lead, within one object */
export function findLiveness(codes: readonly Code[], taken: readonly Place[]): Liveness {
  const live = new Map(codes.map(({ chunk, found }) => [chunk, found.map(({ uses }) => uses)]));
  const byChunk = new Map(codes.map((code) => [code.chunk, code]));
  const isLiveAt = ({ chunk, offset }: Place): boolean => {
    const number = byChunk.get(chunk)?.numbers.get(offset);
    // Of code that is not understood nothing is known; the linker's own has the usual convention.
    return number === undefined ? chunk.from !== undefined : live.get(chunk)![number]!;
  };
  // Not the start of a function, so a place where its end is shared: what happens behind it tells all.
  const isInside = ({ chunk, offset }: Place) => offset !== 0 && byChunk.get(chunk)?.numbers.has(offset) === true;
  const takenIn = new Map<ObjectFile | undefined, Place[]>();
  for (const place of taken) takenIn.set(place.chunk.from, [...(takenIn.get(place.chunk.from) ?? []), place]);
  const isLiveAfter = (code: Code, i: number): boolean => {
    const { flow, livesOn } = code.found[i]!;
    const target = code.targets[i];
    const isLast = i + 1 === code.found.length;
    const isLiveNext = isLast ? flow !== 'call' : live.get(code.chunk)![i + 1]!;
    const isLiveThere = target !== undefined && target !== 'outside' && isLiveAt(target);
    const leaves = target === undefined || target === 'outside' || (target.chunk !== code.chunk && !isInside(target));
    switch (flow) {
      case 'next':
        return isLiveNext;
      case 'call':
        return isLiveThere || (isLiveNext && target !== undefined);
      case 'branch':
        return isLiveNext || isLiveThere || (livesOn && leaves);
      case 'jump':
        return isLiveThere || (livesOn && leaves);
      case 'indirect':
        return target === undefined ? (takenIn.get(code.chunk.from) ?? []).some(isLiveAt) : isLiveThere;
      case 'return':
        return isLiveThere;
    }
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const code of codes) {
      const own = live.get(code.chunk)!;
      for (let i = own.length - 1; i >= 0; i--) {
        if (own[i] || code.found[i]!.defines || !isLiveAfter(code, i)) continue;
        own[i] = true;
        changed = true;
      }
    }
  }
  return { live, watched: findWatched(codes, live) };
}

function findWatched(codes: readonly Code[], live: ReadonlyMap<Chunk, readonly boolean[]>): Set<Chunk> {
  const leadsTo = new Map<Chunk, Chunk[]>();
  const watched = new Set<Chunk>();
  for (const { chunk, found, targets } of codes) {
    const all = targets.flatMap((target) => (target === undefined || target === 'outside' ? [] : [target.chunk]));
    leadsTo.set(chunk, all);
    found.forEach(({ flow, defines }, i) => {
      const target = targets[i];
      const isCall = flow === 'call' && !defines && target !== undefined && target !== 'outside';
      if (isCall && live.get(chunk)![i + 1]) watched.add(target.chunk);
    });
  }
  // A set that grows is walked to its end.
  for (const chunk of watched) for (const next of leadsTo.get(chunk) ?? []) watched.add(next);
  return watched;
}
