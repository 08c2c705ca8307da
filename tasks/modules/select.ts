import { isAbsolute, join } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { fail, problemsIn } from '../../natmod-rules/problem.ts';
import type { ProbeOptions } from '../make/ask.ts';
import { probeModule } from '../make/probe.ts';
import { nearest } from '../options/nearest.ts';
import { hasConfig, type ModuleSource, modulesOf } from './find.ts';
import { loadConfig } from './load-config.ts';
import { writtenMod } from './makefile-kind.ts';

/** What a module is called on boards, as far as its description says it in so many words. */
function writtenName(module: ModuleSource, { makeVariables }: ProbeOptions): string | undefined {
  if (module.config !== undefined) return module.config.name;
  if (hasConfig(module)) return undefined;
  const given = makeVariables.findLast(({ name }) => name === 'MOD');
  return given === undefined ? writtenMod(join(module.dir, module.makefile)) : given.value;
}

/** The same, or the name of its folder: without a question to make, for what is not built. */
export function nameAtHand(module: ModuleSource, options: ProbeOptions): string {
  return writtenName(module, options) ?? module.name;
}

/**
 * What a module is called on boards: MOD, as make has it, or its config. That of its folder where what should tell has
 * faults, of which the build tells.
 */
export async function nameOf(module: ModuleSource, options: ProbeOptions, arch?: Arch): Promise<string> {
  const written = writtenName(module, options);
  if (written !== undefined) return written;
  try {
    if (hasConfig(module)) return (await loadConfig(join(module.dir, module.makefile))).name;
    const { value } = (await probeModule(module, arch, options)).get('MOD');
    return value === '' ? module.name : value;
  } catch (error) {
    problemsIn(error);
    return module.name;
  }
}

/**
 * Those of the modules that were asked for, in the order of the question; all when nothing was asked. A name is that of
 * a folder or of a module; an absolute path is the folder of any module.
 *
 * @throws NatmodError `unknown-module`, `no-makefile`, `no-modules`
 */
export async function selectModules(
  all: readonly ModuleSource[],
  { modules: names, ...options }: ProbeOptions & { readonly modules: readonly string[] },
): Promise<readonly ModuleSource[]> {
  if (names.length === 0) return all.length > 0 ? all : noModules();
  const chosen: ModuleSource[] = [];
  for (const name of new Set(names)) {
    if (isAbsolute(name)) chosen.push(...modulesOf(name));
    else chosen.push(await moduleNamed(name, all, options));
  }
  return chosen;
}

async function moduleNamed(name: string, all: readonly ModuleSource[], options: ProbeOptions): Promise<ModuleSource> {
  const written =
    all.find((module) => module.name === name) ?? all.find((module) => writtenName(module, options) === name);
  if (written !== undefined) return written;
  const known: string[] = [];
  for (const module of all) {
    known.push(await nameOf(module, options));
    if (known.at(-1) === name) return module;
  }
  return unknownModule(name, known);
}

function noModules(): never {
  return fail('no-modules', 'there is no module to build: no folder with a Makefile was found');
}

function unknownModule(name: string, known: readonly string[]): never {
  const near = nearest(name, known);
  const hint = `${near === undefined ? '' : `did you mean ${near}? `}known are ${known.join(', ')}`;
  return fail('unknown-module', name === '' ? 'the module name is empty' : `unknown module '${name}'`, undefined, hint);
}
