/** The deepest way through the calls of a module. */
import type { Call, StackFunction } from './graph.ts';

/**
 * One function of the deepest way, with what the stack holds of it when it calls the next one; the last one has all it
 * takes.
 */
export interface PathStep {
  readonly name: string;
  /** Bytes. */
  readonly bytes: number;
}

/** How deep the stack gets in a function that is called from outside of the module. */
export interface StackDepth {
  readonly name: string;
  /**
   * Bytes, counted from the caller's stack pointer; of what is recursive one round. What the firmware takes is not in
   * it.
   */
  readonly bytes: number;
  readonly path: readonly PathStep[];
  /**
   * The first circle of calls that may be gone through any number of times: its functions, the first one again at the
   * end.
   */
  readonly recursive: readonly string[] | undefined;
  /** Names of what it calls in the firmware, directly or through others. */
  readonly firmware: readonly string[];
  /** Where pointers are called that may lead anywhere: `FUNCTION, FILE:LINE`. */
  readonly pointers: readonly string[];
  /** Functions on its ways whose frames nothing describes. */
  readonly unknown: readonly string[];
  /** Functions that take more by a number that only running them tells. */
  readonly dynamic: readonly string[];
}

/** What is below a function: everything but its own name. */
interface Below {
  readonly bytes: number;
  readonly path: readonly PathStep[];
}

/**
 * The depths of all functions that may be called from outside, the deepest first.
 * @param shortLine how `FILE:LINE` is shown
 */
export function stackDepths(
  functions: readonly StackFunction[],
  shortLine: (line: string) => string = (line) => line,
): StackDepth[] {
  const circles = circlesOf(functions);
  const known = new Map<StackFunction, Below>();
  const roots = functions.filter(({ isRoot }) => isRoot);
  return roots
    .map((root) => depthOf(root, circles, known, shortLine))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

function depthOf(
  root: StackFunction,
  circles: ReadonlyMap<StackFunction, number>,
  known: Map<StackFunction, Below>,
  shortLine: (line: string) => string,
): StackDepth {
  const { bytes, path } = deepest(root, circles, known, new Set());
  const reached = reachedFrom(root);
  const all = [...reached];
  const named = (pick: (call: Call, by: StackFunction) => string | undefined) =>
    [...new Set(all.flatMap((one) => one.calls.flatMap((call) => pick(call, one) ?? [])))].sort();
  return {
    name: root.name,
    bytes,
    path,
    recursive: circleIn(all),
    firmware: named(({ to }) => (to.kind === 'firmware' ? to.name : undefined)),
    pointers: named(({ to }, { name }) =>
      to.kind === 'pointer' ? (to.line === '' ? name : `${name}, ${shortLine(to.line)}`) : undefined,
    ),
    unknown: all.filter(({ frame }) => frame === undefined).map(({ name }) => name),
    dynamic: all.filter(({ frame }) => frame?.isDynamic).map(({ name }) => name),
  };
}

function calledBy({ calls }: StackFunction): StackFunction[] {
  return calls.flatMap(({ to }) => (to.kind === 'function' ? [to.called] : []));
}

function reachedFrom(root: StackFunction): Set<StackFunction> {
  const reached = new Set([root]);
  // A set that grows is walked to its end.
  for (const one of reached) for (const called of calledBy(one)) reached.add(called);
  return reached;
}

/** Functions tried on ways through circles, where each may be on a way once; more would take for ever. */
const MOST_TRIED = 20_000;

/**
 * The deepest way from a function. What is in no circle is looked at once; in a circle each function counts once on a
 * way.
 * @param circles numbers of the circles that functions are in
 */
function deepest(
  start: StackFunction,
  circles: ReadonlyMap<StackFunction, number>,
  known: Map<StackFunction, Below>,
  before: Set<StackFunction>,
): Below {
  const seen = known.get(start);
  if (seen !== undefined) return seen;
  const onWay = new Set(before);
  let tried = 0;
  const visit = (one: StackFunction): Below => {
    const own = known.get(one);
    if (own !== undefined) return own;
    onWay.add(one);
    const most = one.frame?.most ?? 0;
    let best: Below = { bytes: most, path: [{ name: one.name, bytes: most }] };
    for (const { to, depth } of one.calls) {
      if (to.kind !== 'function' || onWay.has(to.called) || tried > MOST_TRIED) continue;
      tried++;
      const below = visit(to.called);
      if (depth + below.bytes <= best.bytes) continue;
      best = { bytes: depth + below.bytes, path: [{ name: one.name, bytes: depth }, ...below.path] };
    }
    onWay.delete(one);
    // In a circle what is deepest depends on where it was entered.
    if (!circles.has(one)) known.set(one, best);
    return best;
  };
  return visit(start);
}

/** Tarjan's strongly connected components, those with a circle; without recursion, because modules may be large. */
function circlesOf(functions: readonly StackFunction[]): Map<StackFunction, number> {
  const order = new Map<StackFunction, number>();
  const low = new Map<StackFunction, number>();
  const stack: StackFunction[] = [];
  const onStack = new Set<StackFunction>();
  const circles = new Map<StackFunction, number>();
  let count = 0;
  for (const root of functions) {
    if (order.has(root)) continue;
    const work: { one: StackFunction; next: number; called: StackFunction[] }[] = [];
    const enter = (one: StackFunction) => {
      order.set(one, order.size);
      low.set(one, order.get(one)!);
      stack.push(one);
      onStack.add(one);
      work.push({ one, next: 0, called: calledBy(one) });
    };
    enter(root);
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const called = top.called[top.next++];
      if (called !== undefined) {
        if (!order.has(called)) enter(called);
        else if (onStack.has(called)) low.set(top.one, Math.min(low.get(top.one)!, order.get(called)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) low.set(parent.one, Math.min(low.get(parent.one)!, low.get(top.one)!));
      if (low.get(top.one) !== order.get(top.one)) continue;
      const members = stack.splice(stack.indexOf(top.one));
      for (const member of members) onStack.delete(member);
      if (members.length === 1 && !top.called.includes(top.one)) continue;
      for (const member of members) circles.set(member, count);
      count++;
    }
  }
  return circles;
}

/** The shortest circle of calls among functions, the first found. */
function circleIn(functions: readonly StackFunction[]): readonly string[] | undefined {
  for (const start of functions) {
    const from = new Map<StackFunction, StackFunction | undefined>([[start, undefined]]);
    for (const [one] of from) {
      for (const called of calledBy(one)) {
        if (called === start) {
          const names: string[] = [start.name];
          for (let at: StackFunction | undefined = one; at !== undefined; at = from.get(at)) names.unshift(at.name);
          return names;
        }
        if (!from.has(called)) from.set(called, one);
      }
    }
  }
  return undefined;
}
