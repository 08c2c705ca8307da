/**
 * What GNU make knows of files, read from the data base that `make -p` prints (GNU make manual, "Summary of Options").
 */
import { splitFolders } from '../../natmod-rules/compile/messages.ts';

/** An explicit rule, or a file that one names. */
export interface MakeRule {
  readonly target: string;
  readonly prerequisites: readonly string[];
  /** Prerequisites whose time does not count. */
  readonly orderOnly: readonly string[];
  /** The makefile that has its recipe; undefined when it has none. */
  readonly recipeFile: string | undefined;
  /** Its recipe as it is written. */
  readonly recipe: string;
  /** There are variables for this target alone. */
  readonly hasVariables: boolean;
  readonly phony: boolean;
}

/** Everything about files in a data base. Names are as make prints them. */
export interface MakeRules {
  readonly rules: ReadonlyMap<string, MakeRule>;
  /** Targets of pattern rules, such as `build/%.o`, with the recipe and the makefile that has it. */
  readonly patterns: readonly { readonly target: string; readonly recipeFile: string; readonly recipe: string }[];
  /** Variables by name, as they are written where they are expanded late. */
  readonly variables: ReadonlyMap<string, string>;
  /** Patterns of targets with variables of their own. */
  readonly variablePatterns: readonly string[];
  /** `vpath` lines in order. */
  readonly vpaths: readonly { readonly pattern: string; readonly folders: readonly string[] }[];
  /** Folders of the variable VPATH. */
  readonly vpath: readonly string[];
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** @param text what make printed, with the data base somewhere in it */
export function readMakeRules(text: string): MakeRules {
  const lines = text.split(/\r?\n/);
  const rules = new Map<string, Mutable<MakeRule>>();
  const patterns: { target: string; recipeFile: string; recipe: string }[] = [];
  const implicit = lines.lastIndexOf('# Implicit Rules');
  const files = lines.lastIndexOf('# Files');
  if (implicit >= 0) {
    readBlocks(lines, implicit + 1, files < implicit ? lines.length : files, ({ head, recipeFile, recipe }) => {
      const targets = head?.split(/::?(?: |$)/)[0];
      if (targets === undefined || recipeFile === undefined) return;
      for (const target of targets.split(' ')) patterns.push({ target, recipeFile, recipe: recipe.join('\n') });
    });
  }
  if (files >= 0) readBlocks(lines, files + 1, lines.length, (block) => addRule(rules, block));
  const variables = readVariables(lines);
  return { rules, patterns, variables, variablePatterns: readVariablePatterns(lines), ...readSearchPaths(lines) };
}

interface Block {
  /** The line with the colon. */
  head: string | undefined;
  recipeFile: string | undefined;
  recipe: string[];
  /** Lines such as `a.o: CFLAGS = -O3`. */
  variables: string[];
  /** Has variables that are told in its comments. */
  hasVariables: boolean;
  phony: boolean;
}

// A line that says where a variable of one target was set.
const VARIABLE_ORIGIN = /^# (makefile|command line|environment|'override'|default)\b/;

function readBlocks(lines: readonly string[], start: number, end: number, take: (block: Block) => void): void {
  const none = () => ({
    ...{ head: undefined, recipeFile: undefined, recipe: [], variables: [] },
    ...{ hasVariables: false, phony: false },
  });
  let block: Block = none();
  const finish = () => {
    if (block.head !== undefined || block.variables.length > 0) take(block);
    block = none();
  };
  for (let i = start; i < end; i++) {
    const line = lines[i]!;
    if (line === '') finish();
    else if (line.startsWith('# files hash-table stats') || line.startsWith('# VPATH Search Paths')) break;
    else if (line.startsWith('#')) {
      const recipe = /^#\s+(?:recipe|commands) to execute \(from [`'](.*)', line \d+\)/.exec(line);
      if (recipe !== null) block.recipeFile = recipe[1];
      if (line.startsWith('#  Phony target')) block.phony = true;
      // Make 3.81 has no lines for them.
      if (VARIABLE_ORIGIN.test(lines[i - 1] ?? '') && /^# [^\s=]+ [:?+]*=/.test(line)) block.hasVariables = true;
    } else if (line.startsWith('\t') || block.recipeFile !== undefined) {
      // Make 3.81 ends recipes with an empty line. What else they may begin with is .RECIPEPREFIX.
      if (line !== '\t') block.recipe.push(line);
    } else if (!line.startsWith('.RECIPEPREFIX = ')) {
      if (VARIABLE_ORIGIN.test(lines[i - 1] ?? '')) block.variables.push(line);
      else block.head ??= line;
    }
  }
  finish();
}

function addRule(rules: Map<string, Mutable<MakeRule>>, block: Block): void {
  const { head, recipeFile, recipe, variables, phony } = block;
  const parsed = head === undefined ? undefined : /^(.*?)::?(?: (.*))?$/s.exec(head);
  const target = parsed?.[1] ?? /^(.*?): /.exec(variables[0]!)?.[1];
  if (target === undefined) return;
  const [normal = '', orderOnly = ''] = (parsed?.[2] ?? '').split(/(?:^| )\|(?: |$)/);
  const names = (list: string) => list.split(' ').filter((name) => name !== '');
  const before = rules.get(target);
  rules.set(target, {
    target,
    prerequisites: [...(before?.prerequisites ?? []), ...names(normal)],
    orderOnly: [...(before?.orderOnly ?? []), ...names(orderOnly)],
    recipeFile: recipeFile ?? before?.recipeFile,
    recipe: recipe.length === 0 ? (before?.recipe ?? '') : recipe.join('\n'),
    hasVariables: variables.length > 0 || block.hasVariables || before?.hasVariables === true,
    phony: phony || before?.phony === true,
  });
}

function readVariables(lines: readonly string[]): Map<string, string> {
  const variables = new Map<string, string>();
  const start = lines.lastIndexOf('# Variables');
  for (let i = start + 1; start >= 0 && i < lines.length && lines[i] !== '# Pattern-specific Variable Values'; i++) {
    const line = lines[i]!;
    const [, name, value] = /^([^\s:=#]+) (?::{0,3}|[?+])= ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) variables.set(name, value!);
    const defined = /^define (\S+)/.exec(line)?.[1];
    if (defined === undefined) continue;
    const end = lines.indexOf('endef', i);
    variables.set(defined, lines.slice(i + 1, end === -1 ? i + 1 : end).join('\n'));
    if (end !== -1) i = end;
  }
  return variables;
}

function readVariablePatterns(lines: readonly string[]): string[] {
  const start = lines.lastIndexOf('# Pattern-specific Variable Values');
  const patterns: string[] = [];
  for (let i = start + 1; start >= 0 && i < lines.length && lines[i] !== '# Directories'; i++) {
    const match = /^([^#\t\s][^:]*) :/.exec(lines[i]!);
    if (match !== null && !/[/\\]make[/\\]probe\.mk', line/.test(lines[i + 1] ?? '')) patterns.push(match[1]!);
  }
  return patterns;
}

function readSearchPaths(lines: readonly string[]): Pick<MakeRules, 'vpath' | 'vpaths'> {
  const start = lines.lastIndexOf('# VPATH Search Paths');
  const vpaths: { pattern: string; folders: string[] }[] = [];
  let vpath: string[] = [];
  for (let i = start + 1; start >= 0 && i < lines.length; i++) {
    const line = lines[i]!;
    const match = /^vpath (\S+) (.*)$/.exec(line);
    if (match !== null) vpaths.push({ pattern: match[1]!, folders: splitFolders(match[2]!) });
    if (line.startsWith("# General ('VPATH' variable)") || line.startsWith("# General (`VPATH' variable)")) {
      vpath = splitFolders((lines[i + 1] ?? '').replace(/^# /, ''));
      break;
    }
  }
  return { vpaths, vpath: vpath.filter((folder) => folder !== '') };
}

/** Whether a name fits a pattern with one `%`. */
export function fitsPattern(name: string, pattern: string): boolean {
  const [head, tail] = pattern.split('%') as [string, string | undefined];
  if (tail === undefined) return name === pattern;
  return name.length > head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
}

/** The folders that make searches for a file that is not where its name says, in order. */
export function searchFolders(name: string, { vpaths, vpath }: MakeRules): string[] {
  return [...vpaths.filter(({ pattern }) => fitsPattern(name, pattern)).flatMap(({ folders }) => folders), ...vpath];
}
