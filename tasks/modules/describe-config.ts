import { isAbsolute, join, relative, resolve } from 'node:path';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import {
  defaultFlags,
  isCxx,
  readLinkerFlags,
  readSanitizers,
  sourceKind,
  withTlsAsData,
} from '../../natmod-rules/compile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { neededHostArch } from '../make/host-arch.ts';
import { checkMpyDir } from '../make/probe.ts';
import type { Options } from '../options/options.ts';
import { sdkDir } from '../system/project.ts';
import { CompilerAnswers } from '../toolchain/answers.ts';
import { lackOfCxx, withCxxRuntime } from '../toolchain/cxx.ts';
import { findToolchain } from '../toolchain/find.ts';
import { configFor, type ModuleConfig } from './config.ts';
import type { ModulePlan, Skipped } from './describe-module.ts';
import type { ModuleSource } from './find.ts';
import { loadConfig } from './load-config.ts';
import { placeOf } from './place.ts';

/**
 * The plan of a module that a config describes.
 * @param arch undefined: the first one of the config, or the host's
 * @param answers knows what compilers answered before
 * @throws NatmodError for what is wrong in the config, and `no-compiler`
 */
export async function describeConfig(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  answers = new CompilerAnswers(),
): Promise<ModulePlan | Skipped> {
  const file = join(module.dir, module.makefile);
  const whole = await configOf(module);
  const chosen = arch ?? archByName(configArches(whole)[0] ?? neededHostArch(file));
  const config = configFor(whole, chosen.name);
  if (config.sources.length === 0) fail('no-sources', 'sources is empty', { file }, 'name at least one source');
  const mpyDir = options.mpyDir ?? (config.mpyDir === undefined ? sdkDir : resolve(module.dir, config.mpyDir));
  if (mpyDir !== sdkDir) checkMpyDir(mpyDir);
  const named = config.sources.map((source) => (isAbsolute(source) ? relative(module.dir, source) : source));
  const { sources } = withCxxRuntime({ sources: named, work: undefined });
  const compiled = sources.some((source) => sourceKind(source) !== 'python');
  const cc = options.cc ?? (options.cross === undefined ? config.cc : undefined);
  const cwd = options.cc === undefined && cc !== undefined ? module.dir : options.cwd;
  const wishes = { cc, cross: options.cross, cxxFlags: config.cxxFlags, cwd, answers };
  const toolchain = compiled ? await findToolchain(chosen, wishes) : undefined;
  const lack = toolchain !== undefined && sources.some(isCxx) ? await lackOfCxx(toolchain) : undefined;
  if (lack !== undefined) return { skipped: lack, unsure: true };
  return {
    module,
    arch: chosen,
    name: config.name,
    sources,
    cflags: [
      ...defaultFlags(chosen, { mpyDir, floatImpl: config.floatImpl }),
      ...(config.includeFolders ?? []).map((folder) => `-I${folder}`),
      ...(config.flags ?? []),
      ...(config.tlsAsData === true ? withTlsAsData([]) : []),
    ],
    linker: readLinkerFlags(linkerWords(config), chosen, file),
    ...(config.optimize === undefined ? {} : { optimize: config.optimize }),
    sanitize: readSanitizers(config.sanitize ?? [], file),
    ...(config.debug === true ? { debug: true } : {}),
    mpyCrossFlags: [...(config.mpyCrossFlags ?? []), `-march=${chosen.name}`],
    mpyDir,
    runtime: config.linkRuntime === undefined ? 'as-needed' : config.linkRuntime ? 'wanted' : 'none',
    toolchain,
    warnings: [],
    place: placeOf({ dir: module.dir, name: config.name, arch: chosen.name, build: `build-${chosen.name}` }, options),
  };
}

/** The config of a module, read once. */
export async function configOf(module: ModuleSource): Promise<ModuleConfig> {
  return module.config ?? loadConfig(join(module.dir, module.makefile));
}

/** The architectures a config names itself. */
export function configArches({ arch }: ModuleConfig): readonly string[] {
  return arch === undefined ? [] : typeof arch === 'string' ? [arch] : arch;
}

function linkerWords(config: ModuleConfig): string[] {
  const words = (option: string, values: readonly string[]) => values.flatMap((value) => [option, value]);
  return [
    ...words('-l', config.libraries ?? []),
    ...words('--externs', config.externs ?? []),
    ...words('--source-name', config.sourceName === undefined ? [] : [config.sourceName]),
    ...words('--arch-flags', config.archFlags === undefined ? [] : [config.archFlags]),
  ];
}
