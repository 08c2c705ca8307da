/** Depths of the stack as text. */
import type { Problem } from '../problem.ts';
import type { Budget } from '../size/budget.ts';
import { oneLine } from '../size/table.ts';
import type { StackDepth } from './depth.ts';

const MOST_NAMES = 4;

/** What makes a figure less than the whole truth, a phrase each. */
export function doubts({ recursive, firmware, pointers, unknown, dynamic }: StackDepth): string[] {
  return [
    ...(recursive === undefined ? [] : [`recursive: ${recursive.map(oneLine).join(' → ')}, counted once`]),
    ...(dynamic.length === 0 ? [] : [`more by what only running tells: ${some(dynamic)}`]),
    ...(unknown.length === 0 ? [] : [`nothing describes ${some(unknown)}`]),
    ...(pointers.length === 0 ? [] : [`calls through pointers in ${some(pointers)}`]),
    ...(firmware.length === 0 ? [] : [`calls the firmware: ${some(firmware)}`]),
  ];
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(oneLine);
  return names.length > MOST_NAMES ? `${shown.join(', ')} and ${names.length - MOST_NAMES} more` : shown.join(', ');
}

/** A block for each function, the deepest first: bytes, the way there, and what else there is to know. */
export function stackTable(depths: readonly StackDepth[]): string {
  const width = Math.max(5, ...depths.map(({ bytes }) => `${bytes}`.length));
  const rows = depths.flatMap((depth) => [
    `${`${depth.bytes}`.padStart(width)}  ${pathText(depth)}`,
    ...doubts(depth).map((text) => `${' '.repeat(width + 4)}${text}`),
  ]);
  return [`${'bytes'.padStart(width)}  of stack, and the deepest way there`, ...rows].join('\n');
}

/** `compile 48 → parse 112 → error 16`. */
export function pathText({ path }: StackDepth): string {
  return path.map(({ name, bytes }) => `${oneLine(name)} ${bytes}`).join(' → ');
}

/** What is over its bound: a problem (`over-stack-budget`) for each function that is. */
export function overStackBudget(module: string, depths: readonly StackDepth[], { every, named }: Budget): Problem[] {
  const bound = named.get(module) ?? every;
  if (bound === undefined) return [];
  return depths
    .filter(({ bytes }) => bytes > bound)
    .map((depth) => ({
      code: 'over-stack-budget' as const,
      message: `${oneLine(depth.name)} takes ${depth.bytes} bytes of stack, ${depth.bytes - bound} more than the budget of ${bound}`,
      hint: [pathText(depth), ...doubts(depth)].join('\n'),
    }));
}
