/** Differences between MicroPython's headers and ours, one sentence each; none is what we want. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Section } from '../../natmod-rules/elf/object.ts';
import { collectQstrs, configHeader } from '../../natmod-rules/preprocess/index.ts';
import { type Declarations, type Member, parseDeclarations } from './abi-declarations.ts';
import {
  compileObject,
  type Environment,
  environmentOf,
  type Macro,
  SDK,
  type Target,
  WORDS,
  withFolder,
} from './abi-headers.ts';
import { isOlder, mayDiffer, NOT_IN_UPSTREAM, OTHER_TOKENS, reasonToLeaveOut } from './abi-left-out.ts';
import { type Answers, ask, probesFor } from './abi-probe.ts';

export interface Tree {
  readonly dir: string;
  readonly version: string;
}

/** Both header sets, taken apart. */
export interface Pair {
  readonly target: Target;
  readonly tree: Tree;
  readonly theirs: Side;
  readonly ours: Side;
}

interface Side {
  readonly environment: Environment;
  readonly declared: Declarations;
}

export async function readPair(target: Target, tree: Tree): Promise<Pair> {
  const [theirs, ours] = await Promise.all([readSide(target, tree.dir), readSide(target, SDK)]);
  return { target, tree, theirs, ours };
}

/** Several tests look at the same headers, which the compilers answer alike each time. */
const sides = new Map<string, Promise<Side>>();

function readSide(target: Target, include: string): Promise<Side> {
  return memo(sides, [target.arch.name, target.command, target.float, include], async () => {
    const environment = await environmentOf(target, include);
    return { environment, declared: parseDeclarations(environment.text) };
  });
}

function memo<T>(map: Map<string, Promise<T>>, key: unknown, make: () => Promise<T>): Promise<T> {
  const name = JSON.stringify(key);
  const value = map.get(name) ?? make();
  map.set(name, value);
  return value;
}

interface Compared {
  readonly differences: readonly string[];
  readonly compared: number;
}

const tables = new Map<string, Promise<Compared>>();
const codes = new Map<string, Promise<Compared & { readonly missing: readonly string[] }>>();

/**
 * Compares names, and the value, size, offset or bits behind each; also tells how many were compared. What a compiler
 * has answered for one CPU counts for another of the same ABI if each of both header sets says the very same there.
 */
export function compareTables(pair: Pair): Promise<Compared> {
  return memo(tables, [...sameAbi(pair), textOf(pair.theirs), textOf(pair.ours)], () => compareTablesAnew(pair));
}

/** For what is the same with each CPU that this compiler and kind of ELF file are for. */
function sameAbi({ target, tree }: Pair) {
  return [target.command[0], target.arch.elfMachine, target.arch.wordSize, target.float, tree.dir];
}

function textOf({ environment: { text, macros } }: Side): string {
  return `${text}\n${JSON.stringify([...macros])}`;
}

async function compareTablesAnew(pair: Pair): Promise<Compared> {
  const { target, tree, theirs } = pair;
  const probes = probesFor(theirs.environment, theirs.declared);
  const expected = await ask(target, tree.dir, probes);
  const differences = missingNames(pair, expected);
  const missing = new Set(differences);
  const wanted = [...probes].filter(([question]) => {
    const name = /of ((?:struct |union )?\w+)/.exec(question)![1]!;
    return expected.get(question) !== 'no constant' && !isAllowed(pair, name, expected) && !missing.has(name);
  });
  const found = await ask(target, SDK, new Map(wanted));
  for (const [question] of wanted) {
    const [value, own] = [expected.get(question), found.get(question)];
    if (own !== value) differences.push(`${question}: ${value}, ours ${own}`);
  }
  return {
    differences: [...differences, ...compareMembers(pair), ...compareParameters(pair), ...compareTokens(pair)],
    compared: wanted.length,
  };
}

function isAllowed({ tree, ours }: Pair, name: string, expected: Answers): boolean {
  if (reasonToLeaveOut(name) !== undefined || isOlder(name, tree.version)) return true;
  // An undefined macro counts as 0 in #if.
  return /^MICROPY_/.test(name) && !ours.environment.macros.has(name) && isZero(expected.get(`value of ${name}`));
}

function isZero(value: string | undefined): boolean {
  return value !== undefined && (value === 'no constant' || /^0*$/.test(value));
}

function missingNames(pair: Pair, expected: Answers): string[] {
  const { macros } = pair.theirs.environment;
  const theirs = pair.theirs.declared;
  const ours = pair.ours.declared;
  const known = new Set([
    ...pair.ours.environment.macros.keys(),
    ...[ours.aggregates, ours.typedefs, ours.functions, ours.objects].flatMap((map) => [...map.keys()]),
    ...ours.enumerators,
  ]);
  const wanted = new Set([
    ...[theirs.aggregates, theirs.typedefs, theirs.functions, theirs.objects].flatMap((map) => [...map.keys()]),
    ...theirs.enumerators,
    ...macros.keys(),
  ]);
  return [...wanted].filter((name) => !known.has(name) && !isAllowed(pair, name, expected) && !isEmptyHook(pair, name));
}

// MICROPY_... that a port may define as a piece of code; empty by default.
function isEmptyHook({ theirs }: Pair, name: string): boolean {
  return /^MICROPY_/.test(name) && theirs.environment.macros.get(name)?.body === '';
}

/** Members of structures: same order, same types. Of function pointers the types are compared by the compiler. */
function compareMembers({ theirs, ours, tree }: Pair): string[] {
  const differences: string[] = [];
  for (const [type, members] of theirs.declared.aggregates) {
    const own = ours.declared.aggregates.get(type);
    if (own === undefined || isOlder(type, tree.version)) continue;
    const [expected, found] = [members.map(describeMember).join('; '), own.map(describeMember).join('; ')];
    if (expected !== found) differences.push(`members of ${type}: ${expected}; ours ${found}`);
  }
  return differences;
}

/** Function-like macros: as many parameters. */
function compareParameters(pair: Pair): string[] {
  return otherParameters(pair)
    .filter((name) => !isOlder(name, pair.tree.version))
    .map((name) => `parameters of ${name}`);
}

function otherParameters({ theirs, ours }: Pair): string[] {
  const count = (side: Side, name: string) => side.environment.macros.get(name)?.parameters?.split(',').length;
  const names = [...theirs.environment.macros.keys()].filter((name) => ours.environment.macros.has(name));
  return names.filter((name) => count(theirs, name) !== count(ours, name));
}

/**
 * Macros have the very tokens of MicroPython's: a source may define one again, which C allows for equal tokens only.
 */
function compareTokens({ theirs, ours, tree }: Pair): string[] {
  const tokens = ({ parameters = '', body }: Macro) =>
    `${parameters} ${body}`.match(/"(?:\\.|[^"])*"|\w+|\S/g)?.join(' ');
  return [...theirs.environment.macros].flatMap(([name, macro]) => {
    const own = ours.environment.macros.get(name);
    // What is no macro here is a function or a constant, which a macro may stand before.
    if (own === undefined || own.body === name || tokens(macro) === tokens(own)) return [];
    if (isOlder(name, tree.version) || OTHER_TOKENS.has(name)) return [];
    return [`tokens of ${name}: ${tokens(macro)}; ours ${tokens(own)}`];
  });
}

function describeMember({ path, kind, type }: Member): string {
  return kind === 'function' ? path : `${type} ${path}`;
}

/** Declares everything that our headers declare once more, after theirs: the compiler objects to other types. */
export async function compareTypes({ target, tree, theirs, ours }: Pair): Promise<string[]> {
  const lines = ['#include "py/dynruntime.h"'];
  const known = new Set([...theirs.declared.functions.keys(), ...theirs.declared.objects.keys()]);
  for (const [name, text] of [...ours.declared.functions, ...ours.declared.objects]) {
    // What became inline since: the compiler would not take both.
    const becameInline = ours.declared.inlines.has(name) && !theirs.declared.inlines.has(name);
    if (!known.has(name) || becameInline || isOlder(name, tree.version)) continue;
    lines.push(`#undef ${name}`, `${text};`);
  }
  for (const [name, text] of ours.declared.typedefs) {
    if (text !== name && theirs.declared.typedefs.has(name)) lines.push(`${text};`);
  }
  for (const member of ours.declared.aggregates.get('mp_fun_table_t') ?? []) {
    if (member.kind !== 'function') continue;
    const { path, type } = member;
    lines.push(`extern ${type.replace(`* ${path} )`, `* natmod_${path} )`)};`);
    lines.push(
      `_Static_assert(__builtin_types_compatible_p(__typeof__(natmod_${path}), __typeof__(((mp_fun_table_t *)0)->${path})), "${path}");`,
    );
  }
  return withFolder({ 'types.c': `${lines.join('\n')}\n` }, async (folder) => {
    const { result } = await compileObject(target, tree.dir, folder, 'types.c', ['-std=gnu11', '-w']);
    return [...result.stderr.matchAll(/error: (.*)/g)].map((match) => match[1]!);
  });
}

const API = readFileSync(resolve(import.meta.dirname, '../sdk/api.c'), 'utf8');

/**
 * Functions of `api.c` that become other machine code; `missing` are macros and functions that it does not use. What
 * two header sets become alike for one CPU they do for another of the same ABI, if each of both says the same there but
 * for how many registers `nlr_buf_t` keeps, which `compareTables` compares for all of them.
 */
export function compareCode(pair: Pair): Promise<Compared & { readonly missing: readonly string[] }> {
  const key = [...sameAbi(pair), withoutRegisters(pair.theirs), withoutRegisters(pair.ours)];
  return memo(codes, key, () => compareCodeAnew(pair));
}

function withoutRegisters(side: Side): string {
  return textOf(side)
    .replace(/void \*regs\[[^\]]*\]/, '')
    .replace(/MICROPY_NLR_NUM_REGS_ARM_THUMB(_FP)?\b/g, '')
    .replace(/\s+/g, ' ');
}

async function compareCodeAnew(pair: Pair): Promise<Compared & { readonly missing: readonly string[] }> {
  const { target, tree } = pair;
  // Also what theirs cannot.
  await compileApi(target, SDK, API);
  const blocks = blocksFor(pair);
  const both = blocks.join('\n\n');
  const [theirs, whole] = await Promise.all([compileApi(target, tree.dir, both), compileApi(target, SDK, API)]);
  // All of it is compiled with ours anyway. What else is in a file may decide what a function becomes, so a difference
  // counts only between the same blocks.
  const ofOthers = new Set(usesIn(API.split(BLOCK_END).filter((block) => !blocks.includes(block))));
  const isOfOthers = (name: string) => !theirs.has(name) && ofOthers.has(useOf(name) ?? '');
  const ours = new Map([...whole].filter(([name]) => !isOfOthers(name)));
  const quick = differentCode(pair, theirs, ours);
  const differences = quick.length === 0 ? [] : differentCode(pair, theirs, await compileApi(target, SDK, both));
  return { differences, missing: unused(pair), compared: theirs.size };
}

function differentCode({ tree }: Pair, theirs: ReadonlyMap<string, string>, ours: ReadonlyMap<string, string>) {
  return [...new Set([...theirs.keys(), ...ours.keys()])].filter((name) => {
    const use = useOf(name);
    return theirs.get(name) !== ours.get(name) && !(use !== undefined && mayDiffer(use, tree.version));
  });
}

const BLOCK_END = /\n\n/;

/** What the function of a section shows the use of. */
function useOf(section: string): string | undefined {
  return /use_(\w+?)(\.|$)/.exec(section)?.[1];
}

/** Names of what is used in blocks of `api.c`, among other words. */
function usesIn(blocks: readonly string[]): string[] {
  return blocks.flatMap((block) => block.match(/[A-Za-z_]\w*/g) ?? []);
}

// Blocks that use a name which only one of the two header sets has are left out.
function blocksFor(pair: Pair): string[] {
  const { theirs, ours } = pair;
  const [a, b] = [allNames(theirs), allNames(ours)];
  const only = new Set([...[...a, ...b].filter((name) => !a.has(name) || !b.has(name)), ...otherParameters(pair)]);
  return API.split(BLOCK_END).filter((block) => {
    const words = block.match(/[A-Za-z_]\w*/g) ?? [];
    const use = /^F\(\w+, (\w+)/.exec(block)?.[1];
    return !(use !== undefined && use in NOT_IN_UPSTREAM) && !words.some((word) => only.has(word));
  });
}

// Up to 1.26 these come from the config header.
const FROM_CONFIG = ['mp_int_t', 'mp_uint_t'];

const namesCache = new WeakMap<Side, ReadonlySet<string>>();

function allNames(side: Side): ReadonlySet<string> {
  let names = namesCache.get(side);
  if (names === undefined) {
    const { functions, typedefs, objects } = side.declared;
    const maps = [side.environment.macros, functions, typedefs, objects];
    names = new Set([...maps.flatMap((map) => [...map.keys()]), ...FROM_CONFIG]);
    namesCache.set(side, names);
  }
  return names;
}

/** Function-like macros, inline functions and macros without a value that `api.c` shows no use of. */
function unused({ theirs, tree }: Pair): string[] {
  const used = new Set(API.match(/[A-Za-z_]\w*/g));
  const callable = [...theirs.environment.macros].filter(
    ([name, macro]) => macro.parameters !== undefined && !/^MICROPY_/.test(name),
  );
  const names = [...callable.map(([name]) => name), ...theirs.declared.inlines];
  return names.filter(
    (name) =>
      !used.has(name) &&
      !used.has(name.replace(/_dyn$/, '')) &&
      !name.startsWith('m_realloc_checked') &&
      reasonToLeaveOut(name) === undefined &&
      !isOlder(name, tree.version),
  );
}

const apis = new Map<string, Promise<Map<string, string>>>();

function compileApi(target: Target, include: string, source: string): Promise<Map<string, string>> {
  const { arch, command, float } = target;
  return memo(apis, [arch.name, command, float, include, source], () => compileApiAnew(target, include, source));
}

async function compileApiAnew(target: Target, include: string, source: string): Promise<Map<string, string>> {
  // Numbered alike, whichever blocks are left out.
  const header = WORDS + configHeader(collectQstrs([API, 'MP_QSTR_function']));
  return withFolder({ 'api.c': source }, async (folder) => {
    writeFileSync(join(folder, 'config.h'), header);
    // Two functions with the same code would become one.
    const flags = ['-ffunction-sections', '-fdata-sections', '-fno-ipa-icf'];
    // Padding before jump targets depends on what else is in the file.
    if (target.arch.family === 'xtensa') flags.push('-mno-target-align');
    const { result, sections } = await compileObject(target, include, folder, 'api.c', flags);
    if (sections === undefined) throw new Error(result.stderr);
    const kept = sections.filter(
      ({ name }) => /^\.(text|rodata|data|bss|literal)/.test(name) && !name.includes('pc_thunk'),
    );
    return new Map(kept.map((section) => [section.name, describeSection(section, sections)]));
  });
}

/** Bytes and relocations; local symbols by the section they are in. */
function describeSection(section: Section, sections: readonly Section[]): string {
  const relocations = section.relocations.map(({ offset, type, symbol, addend }) => {
    // Labels are numbered through the whole file.
    const isLabel = symbol.name === '' || symbol.name.startsWith('.L');
    const name = isLabel ? `${sections[symbol.shndx]?.name}+${symbol.value}` : symbol.name;
    return `${offset} ${type} ${name} ${addend}`;
  });
  return [Buffer.from(section.data).toString('hex'), section.size, ...relocations].join('\n');
}
