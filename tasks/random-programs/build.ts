/** Random programs as native modules, by the compiler's command line and the linker that a build uses. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { compileCommand, defaultFlags } from '../../natmod-rules/compile/index.ts';
import { link } from '../../natmod-rules/link/index.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { collectQstrs, configHeader } from '../../natmod-rules/preprocess/index.ts';
import { fail, formatProblem, problemsIn } from '../../natmod-rules/problem.ts';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { type LinkPlan, linkOptions } from '../building/link-plan.ts';
import { compactPlan } from '../modules/compact-plan.ts';
import { runProcess } from '../system/processes.ts';
import { sdkDir } from '../system/project.ts';
import { findToolchain, type Toolchain } from '../toolchain/find.ts';
import { openLibraries, runtimeLibraries } from '../toolchain/libraries.ts';
import type { Form } from './forms.ts';
import { csmithHeaders, type RandomProgram } from './generate.ts';
import { moduleSource } from './program.ts';

/** A module, or the code of the problem for which the linker refused it. */
export type Built = { readonly mpy: Uint8Array } | Refusal;

export interface Refusal {
  readonly refused: string;
  readonly message: string;
}

export interface Builder {
  /**
   * Builds a program in several forms, each object once.
   * @throws NatmodError `compile-failed`, and for anything that is no refusal
   */
  build(program: RandomProgram, forms: readonly Form[]): Promise<Map<Form, Built>>;
}

/**
 * @param folder where objects go; `added` is more of CFLAGS, `cc` a compiler in place of the usual one
 * @throws NatmodError `no-compiler`, `no-csmith`
 */
export async function openBuilder(
  arch: Arch,
  folder: string,
  { added = [], cc }: { added?: readonly string[]; cc?: string } = {},
): Promise<Builder> {
  const tools = await openTools(arch, folder, { added, cc });
  const { toolchain, cflags } = tools;
  return {
    async build({ seed, text }, forms) {
      const headers = `-I${csmithHeaders()}`;
      const objects = new Map<string, Promise<Uint8Array>>();
      const results = new Map<Form, Built>();
      for (const form of forms) {
        const { variables, compactFlags } = form;
        const name = [
          arch.name,
          seed,
          variables,
          compactFlags ? (form.level ?? 'small') : 'plain',
          ...form.cflags,
        ].join('-');
        const flags = await flagsOf(arch, toolchain, [...cflags, headers], form);
        const source = moduleSource(text, variables);
        if (!objects.has(name)) objects.set(name, compile(source, { toolchain, flags, name, folder }));
        const made = [{ name: `${moduleName(seed)}.o`, bytes: await objects.get(name)! }];
        results.set(form, linkObjects(tools, made, { name: moduleName(seed), source, form }));
      }
      return results;
    },
  };
}

export interface Tools {
  readonly arch: Arch;
  readonly toolchain: Toolchain;
  readonly cflags: readonly string[];
  readonly libraries: readonly Library[];
}

/** What objects of all programs are compiled and linked with. @throws NatmodError `no-compiler` */
export async function openTools(
  arch: Arch,
  folder: string,
  { added = [], cc }: { added?: readonly string[]; cc?: string },
): Promise<Tools> {
  const toolchain = await findToolchain(arch, { cwd: folder, cc });
  const cflags = [...defaultFlags(arch, { mpyDir: sdkDir }), '-w', ...added];
  const paths = await runtimeLibraries(toolchain, cflags);
  return { arch, toolchain, cflags, libraries: await openLibraries(paths, { cwd: folder, toolchain, cflags }) };
}

/** Flags with those of a form. */
export async function flagsOf(
  arch: Arch,
  toolchain: Toolchain,
  flags: readonly string[],
  form: Form,
): Promise<readonly string[]> {
  const plan = { arch, toolchain, cflags: [...flags, ...form.cflags] };
  return form.compactFlags ? (await compactPlan(plan, form.level ?? 'size')).cflags : plan.cflags;
}

/** Modules of one program have one name, so that equal forms have equal bytes. */
export function moduleName(seed: number): string {
  return `random${seed}`;
}

/** @param source has the names of all interned strings */
export function linkObjects(
  { arch, toolchain, libraries }: Tools,
  objects: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  { name, source, form }: { readonly name: string; readonly source: string; readonly form: Form },
): Built {
  try {
    const { mpy } = link({
      ...linkOptions(planOf(arch, toolchain, form), `${name}.mpy`),
      objects,
      qstrs: collectQstrs([source]),
      libraries,
    });
    return { mpy };
  } catch (error) {
    return refusalOf(error);
  }
}

function planOf(arch: Arch, toolchain: Toolchain, { passes: compact }: Form): LinkPlan {
  const linker = { archFlags: 0, externs: [], libraries: [], passes: [] };
  return { arch, linker, runtime: 'wanted', toolchain, cflags: [], mpyDir: '', compact, module: { dir: '' } };
}

/** Of what the compiler or the linker says. */
export function refusalOf(error: unknown): Refusal {
  const problems = problemsIn(error);
  return { refused: problems[0]!.code, message: problems.map(formatProblem).join('\n') };
}

interface Compilation {
  readonly toolchain: Toolchain;
  readonly flags: readonly string[];
  readonly name: string;
  readonly folder: string;
}

/** @param name of the folder that the object is made in @throws NatmodError `compile-failed` */
export async function compile(source: string, { toolchain, flags, name, folder }: Compilation): Promise<Uint8Array> {
  const own = join(folder, name);
  makeFolders(own);
  writeFileSync(join(own, 'module.c'), source, 'latin1');
  writeFileSync(join(own, 'config.h'), configHeader(collectQstrs([source])));
  const command = compileCommand({
    compiler: toolchain.compiler,
    compilerFlags: toolchain.flags,
    cflags: flags,
    configHeader: join(own, 'config.h'),
    source: 'module.c',
    object: 'module.o',
    dependencyFile: 'module.d',
    dependencyTarget: 'module.o',
    color: false,
  });
  const { status, output, startError } = await runProcess(command, { cwd: own });
  if (status !== 0) fail('compile-failed', `${own}: ${startError ?? output}`);
  return readFile(join(own, 'module.o'));
}
