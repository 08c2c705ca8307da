/**
 * Orders of the functions in which more calls reach their target in 2 bytes: functions that call each other lie side by
 * side, in the manner of K. Pettis and R. C. Hansen, "Profile Guided Code Positioning" (1990), section 3, with the
 * number of calls in the code for the number of calls at run time.
 */
import type { Chunk } from '../model/model.ts';
import type { Program } from './program.ts';
import { type Relaxation, relaxationOf, type SitesOf } from './relax.ts';

/**
 * Starts anew with the functions in the order that is likely to make the program smaller. What comes before the entry
 * and the entry itself stay where they are. Undefined when there is nothing to gain.
 * @param relaxed the program with its jumps as short as they get in the present order
 */
export function reorderFunctions(relaxation: Relaxation, relaxed: Program): Relaxation | undefined {
  const { program, rules, sitesOf } = relaxation;
  const { chunks, entry } = program;
  const first = chunks.indexOf(entry.chunk) + 1;
  const texts = chunks.slice(first).filter(({ role }) => role === 'text');
  const edges = callsBetween(program, sitesOf, texts);
  if (texts.length < 3 || texts.length > MOST_FUNCTIONS || edges.length === 0) return undefined;
  const sizes = new Map(chunks.map((chunk, i) => [chunk, relaxed.chunks[i]!.size]));
  const order = bestOrder(texts, edges, (chunk) => sizes.get(chunk)!);
  const others = chunks.slice(first).filter(({ role }) => role !== 'text');
  const reordered = { ...program, chunks: [...chunks.slice(0, first), ...order, ...others] };
  return relaxationOf(reordered, rules, sitesOf);
}

/** The smaller of two forms of a program; the first when they are equal. */
export function smallerOf(one: Program, other: Program): Program {
  const total = ({ chunks }: Program) => chunks.reduce((sum, { size }) => sum + size, 0);
  return total(other) < total(one) ? other : one;
}

type SizeOf = (chunk: Chunk) => number;

/** Of several orders the one with the most calls in the reach of their shortest form. */
function bestOrder(texts: readonly Chunk[], edges: readonly Edge[], sizeOf: SizeOf): readonly Chunk[] {
  const near = chained(texts, edges, sizeOf, ({ calls }) => calls);
  const dense = chained(texts, edges, sizeOf, ({ a, b, calls }) => calls / (sizeOf(a) + sizeOf(b)));
  const orders = [texts, near, dense].flatMap((order) => [order, hubsInside(order, edges, sizeOf)]);
  const scores = orders.map((order) => callsInReach(order, edges, sizeOf));
  return orders[scores.indexOf(Math.max(...scores))]!;
}

/** Bytes that c.j and c.jal span. */
const REACH = 2048;

/** About how many calls reach, from the middle of their functions. */
function callsInReach(order: readonly Chunk[], edges: readonly Edge[], sizeOf: SizeOf): number {
  const middles = new Map<Chunk, number>();
  let end = 0;
  for (const chunk of order) {
    middles.set(chunk, end + sizeOf(chunk) / 2);
    end += sizeOf(chunk);
  }
  const isNear = ({ a, b }: Edge) => Math.abs(middles.get(a)! - middles.get(b)!) < REACH;
  return edges.filter(isNear).reduce((sum, { calls }) => sum + calls, 0);
}

/** A bound on the work for modules that are made of whole libraries. */
const MOST_FUNCTIONS = 4000;

interface Edge {
  readonly a: Chunk;
  readonly b: Chunk;
  /** Number of calls, in both directions. */
  calls: number;
}

/** Calls and jumps that have a form of 2 bytes. */
function callsBetween({ resolve }: Program, sitesOf: SitesOf, texts: readonly Chunk[]): Edge[] {
  const numbers = new Map(texts.map((chunk, i) => [chunk, i]));
  const edges = new Map<number, Edge>();
  for (const chunk of texts) {
    const from = numbers.get(chunk)!;
    for (const { jump, forms } of sitesOf.get(chunk)?.jumps ?? []) {
      const target = resolve(jump.symbol);
      const to = target.kind === 'chunk' ? numbers.get(target.chunk) : undefined;
      if (to === undefined || to === from || forms[0]!.code.length > 2) continue;
      const key = Math.min(from, to) * texts.length + Math.max(from, to);
      const edge = edges.get(key) ?? { a: texts[Math.min(from, to)]!, b: texts[Math.max(from, to)]!, calls: 0 };
      edge.calls++;
      edges.set(key, edge);
    }
  }
  return [...edges.values()];
}

/** Joins chains of functions at the ends that bring the two nearest together, the edges with most weight first. */
function chained(
  texts: readonly Chunk[],
  edges: readonly Edge[],
  sizeOf: SizeOf,
  weight: (edge: Edge) => number,
): Chunk[] {
  const chains = new Map<Chunk, Chunk[]>(texts.map((chunk) => [chunk, [chunk]]));
  for (const { a, b } of [...edges].sort((x, y) => weight(y) - weight(x))) {
    const left = chains.get(a)!;
    const right = chains.get(b)!;
    if (left === right) continue;
    const joined = [...turned(left, a, true, sizeOf), ...turned(right, b, false, sizeOf)];
    for (const chunk of joined) chains.set(chunk, joined);
  }
  return [...new Set(texts.map((chunk) => chains.get(chunk)!))].flat();
}

/** The chain the way round in which `chunk` is nearer to its end, or to its start. */
function turned(chain: Chunk[], chunk: Chunk, toEnd: boolean, sizeOf: SizeOf): Chunk[] {
  const at = chain.indexOf(chunk);
  const size = (chunks: readonly Chunk[]) => chunks.reduce((sum, one) => sum + sizeOf(one), 0);
  const isNearEnd = size(chain.slice(at + 1)) <= size(chain.slice(0, at));
  return isNearEnd === toEnd ? chain : [...chain].reverse();
}

/** Calls from how many places, per function, make it one that all shall reach. */
const HUB_CALLS = 3;

/** What is small and called from many places lies in the middle of the rest. */
function hubsInside(texts: readonly Chunk[], edges: readonly Edge[], sizeOf: SizeOf): Chunk[] {
  const calls = new Map<Chunk, number>();
  for (const { a, b, calls: count } of edges) {
    for (const chunk of [a, b]) calls.set(chunk, (calls.get(chunk) ?? 0) + count);
  }
  const isHub = (chunk: Chunk) => (calls.get(chunk) ?? 0) >= Math.max(HUB_CALLS, sizeOf(chunk) / HUB_SIZE);
  const hubs = texts.filter(isHub);
  const rest = texts.filter((chunk) => !isHub(chunk));
  const half = rest.reduce((sum, chunk) => sum + sizeOf(chunk), 0) / 2;
  let before = 0;
  const middle = rest.findIndex((chunk) => {
    before += sizeOf(chunk);
    return before >= half;
  });
  return [...rest.slice(0, middle + 1), ...hubs, ...rest.slice(middle + 1)];
}

/** Bytes of a hub for each call of it. */
const HUB_SIZE = 16;
