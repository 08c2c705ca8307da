/**
 * Files that rules of a Makefile's own make under one name for every architecture: an object `helper.o`, the library of
 * another make. To make, one of another architecture looks finished. So what was not made for the architecture in hand
 * is put aside first.
 */
import { renameSync } from 'node:fs';
import { posix } from 'node:path';
import { namesOnly } from '../../natmod-rules/arch/names.ts';
import type { Problem } from '../../natmod-rules/problem.ts';
import { readMade, removeQuietly, temporaryName } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { isFile } from '../system/look.ts';
import { type FolderNotes, filesOf, isInBuild, isMachineCode, isOfFlow, pathOf, recipeOf } from './own-rules.ts';
import type { Probe } from './probe.ts';
import type { MakeRules } from './rules.ts';
import type { MakeWork } from './work.ts';

/** What is known of the files that one build of a module for one architecture shares with others. */
export interface SharedFiles {
  /** As the Makefile names them. */
  readonly names: readonly string[];
  /** Other makes take part: those know of more files than this one does. */
  readonly recursive: boolean;
}

/**
 * The files that make has to make, or had to, whose names say nothing of the architecture while their contents do:
 * objects and libraries, and whatever has a recipe that names the compiler or the architecture.
 */
export function findShared(probe: Probe, work: MakeWork, dir: string, arch: string): SharedFiles {
  const { rules } = probe;
  const names: string[] = [];
  let recursive = false;
  for (const name of filesOf(probe, work)) {
    const rule = rules.rules.get(name);
    const recipe = recipeOf(name, rules);
    // MicroPython's own rules for objects count where BUILD is the same for all.
    const isMade = recipe !== undefined && (work.made.includes(name) || !isOfFlow(recipe.file));
    if (!isMade || rule?.phony === true || namesOnly(posix.normalize(name), arch)) continue;
    if (/\bmake\b|\$[({]MAKE[)}]/.test(recipe.text)) recursive = true;
    const path = pathOf(name, dir);
    const inBuild = isInBuild(probe, name) && work.made.includes(name);
    if (inBuild || isMachineCode(path) || namesArch(recipe.text, rules, arch)) names.push(name);
  }
  return { names, recursive };
}

const NAME = 'made';

/**
 * Puts aside what is there and was not made for this architecture.
 * @param notes of this architecture, where the last build left hashes of what was made
 * @returns what puts it back where make has made nothing new
 */
export function putForeignAside({ names }: SharedFiles, dir: string, notes: FolderNotes) {
  const noted = notes.read(NAME) ?? {};
  const own = noted === 'damaged' ? {} : noted;
  const aside: { path: string; temporary: string }[] = [];
  for (const name of names) {
    const path = pathOf(name, dir);
    const bytes = readMade(path);
    if (bytes === undefined || own[name] === hashOf(bytes)) continue;
    const temporary = temporaryName(path);
    renameSync(path, temporary);
    aside.push({ path, temporary });
  }
  return {
    any: aside.length > 0,
    putBack(): void {
      for (const { path, temporary } of aside) {
        if (isFile(path)) removeQuietly(temporary);
        else renameSync(temporary, path);
      }
    },
  };
}

/** Notes what make has made, for the next build of this architecture. */
export function noteShared({ names }: SharedFiles, dir: string, notes: FolderNotes): void {
  if (names.length === 0) return;
  const made = names.map((name) => [name, readMade(pathOf(name, dir))] as const);
  const hashes = made.flatMap(([name, bytes]) => (bytes === undefined ? [] : [[name, hashOf(bytes)]]));
  notes.write(NAME, Object.fromEntries(hashes));
}

/**
 * A problem with what a rule of the Makefile's own has made: where that is code for another CPU, the rule keeps it for
 * all of them, by means that make does not tell of.
 */
export function aboutShared(problem: Problem, work: MakeWork | undefined): Problem {
  const file = problem.where?.file?.replace(/\(.*\)$/, '');
  const names = [...(work?.targets ?? []), ...(work?.made ?? [])].map((name) => posix.normalize(name));
  if (file === undefined || !names.some((name) => file === name || file.endsWith(`/${name}`))) return problem;
  if (problem.code !== 'wrong-machine' && problem.code !== 'wrong-abi') return problem;
  const hint =
    "the Makefile's own rules make this file for every architecture under one name: put $(ARCH) into the name of the file\n" +
    'or of its folder, or let the rule make everything in it anew, with the compiler and flags of the architecture';
  return { ...problem, hint };
}

/** What differs from one architecture to the next. */
const OF_ARCH =
  /^(ARCH|CROSS|CROSS_COMPILE|CC|CXX|AS|AR|LD|CFLAGS|CXXFLAGS|CFLAGS_\w+|BUILD|MICROPY_FLOAT_IMPL|MPY_\w+_FLAGS)$/;

/** Whether a recipe, or a variable in it, depends on the architecture. */
function namesArch(text: string, { variables }: MakeRules, arch: string): boolean {
  const seen = new Set<string>();
  const queue = [text];
  for (const part of queue) {
    if (new RegExp(`\\b(ARCH|${arch})\\b`).test(part)) return true;
    for (const [, name] of part.matchAll(/[\w.-]*?([A-Za-z_][\w.-]*)/g)) {
      if (seen.has(name!)) continue;
      seen.add(name!);
      if (OF_ARCH.test(name!)) return true;
      const value = variables.get(name!);
      if (value !== undefined) queue.push(value);
    }
  }
  return false;
}
