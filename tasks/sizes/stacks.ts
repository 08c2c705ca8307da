import { relative, resolve } from 'node:path';
import { readLinkedFile } from '../../natmod-rules/debug/where/index.ts';
import type { Budget } from '../../natmod-rules/size/index.ts';
import {
  overStackBudget,
  type StackDepth,
  settlePointers,
  stackDepths,
  stackFunctions,
} from '../../natmod-rules/stack/index.ts';
import type { OnDescribed } from '../building/build-module.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import { type Report, TaskFailure } from '../report/report.ts';
import { textIfThere } from '../system/if-there.ts';
import type { Built } from './measure-built.ts';

/** Depths of what was built with debug information, so that no objects stay in memory. */
export type Stacks = Map<ModulePlan, readonly StackDepth[]>;

/**
 * Notes how deep the stack gets in everything of which an ELF file is made.
 * @param cwd folder that shown paths start from
 */
export function noteStacks(stacks: Stacks, cwd: string): OnDescribed {
  return (plan, { image }, elf) => {
    const functions = stackFunctions(image, readLinkedFile(elf, plan.name));
    settlePointers(functions, sourceReader(plan.module.dir));
    stacks.set(
      plan,
      stackDepths(functions, (line) => shortLine(line, plan.module.dir, cwd)),
    );
  };
}

/** `FILE:LINE` as the user would name it. */
function shortLine(line: string, folder: string, cwd: string): string {
  const short = relative(cwd, resolve(folder, line));
  return short.startsWith('..') ? line : short;
}

/** Lines of one call. */
const MOST_LINES = 4;

/** Gives the source of a call that begins at a line; empty when it cannot be read. */
function sourceReader(folder: string): (line: string) => string {
  const files = new Map<string, readonly string[]>();
  return (line) => {
    const [, name = '', number = '0'] = /^(.*):(\d+)$/.exec(line) ?? [];
    const path = resolve(folder, name);
    let lines = files.get(path);
    if (lines === undefined) {
      lines = readLines(path);
      files.set(path, lines);
    }
    let text = '';
    for (let i = 0; i < MOST_LINES; i++) {
      text += `${lines[Number(number) - 1 + i] ?? ''} `;
      if (text.split('(').length <= text.split(')').length) break;
    }
    return text.trim();
  };
}

function readLines(path: string): readonly string[] {
  return textIfThere(path).split('\n');
}

/** The depths of one module; none for one in Python only, or of which no ELF file could be made. */
export function stacksOf(stacks: Stacks, { plan }: Built): readonly StackDepth[] {
  return stacks.get(plan) ?? [];
}

/** @throws TaskFailure, when all that is deeper than its bound has been told */
export function checkStackBudget(built: readonly Built[], stacks: Stacks, budget: Budget, report: Report): void {
  const over = built.flatMap((one) => {
    const problems = overStackBudget(one.name, stacksOf(stacks, one), budget);
    report.problems(problems, `${one.name} ${one.arch}`);
    return problems.length === 0 ? [] : [`${one.name} (${one.arch})`];
  });
  if (over.length > 0) throw new TaskFailure(`over the stack budget: ${over.join(', ')}`);
}
