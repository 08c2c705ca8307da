import { isAbsolute, join, resolve } from 'node:path';
import { compileCommand, flagsFor, intermediatePath, sourceKind } from '../../natmod-rules/compile/index.ts';
import { describeModule, type ModulePlan } from '../modules/describe-module.ts';
import type { ModuleSource } from '../modules/find.ts';
import { nameAtHand } from '../modules/select.ts';
import type { Options } from '../options/options.ts';
import type { Report } from '../report/report.ts';
import { writeWhole } from '../system/files.ts';
import { isFile } from '../system/look.ts';
import { writeConfigHeader } from './config-header.ts';

/** One command, as https://clang.llvm.org/docs/JSONCompilationDatabase.html has it. */
export interface CompileCommand {
  readonly directory: string;
  readonly file: string;
  readonly output: string;
  readonly arguments: readonly string[];
}

/**
 * Writes `compile_commands.json`, from which editors learn how sources are compiled.
 * @returns the commands that were written
 */
export async function writeCommandsOf(
  modules: readonly ModuleSource[],
  options: Options,
  folder: string,
  report: Report,
): Promise<CompileCommand[]> {
  const arch = Array.isArray(options.arches) ? options.arches[0] : undefined;
  const commands: CompileCommand[] = [];
  for (const module of modules) {
    const plan = await describeModule(module, arch, options, report);
    if ('skipped' in plan)
      report.emit({ kind: 'left-out', names: [nameAtHand(module, options)], reason: plan.skipped });
    else commands.push(...(await commandsOf(plan)));
  }
  const file = join(folder, 'compile_commands.json');
  await writeWhole(file, `${JSON.stringify(commands, undefined, 2)}\n`);
  report.note(`${commands.length} commands in ${file}`);
  return commands;
}

async function commandsOf(plan: ModulePlan): Promise<CompileCommand[]> {
  const { module, toolchain, name, cflags, mpyDir } = plan;
  const sources = plan.sources.filter(
    (source) => sourceKind(source) !== 'python' && isFile(resolve(module.dir, source)),
  );
  if (toolchain === undefined) return [];
  const { buildDir } = plan.place;
  const configHeader = join(buildDir, `${name}.config.h`);
  // Without it an editor would mark every qstr as unknown.
  await writeConfigHeader({ output: configHeader, sources, cflags, dir: module.dir, mpyDir });
  return sources.map((source) => {
    const output = join(buildDir, intermediatePath(source, '.o'));
    const words = compileCommand({
      compiler: toolchain.compiler,
      compilerFlags: toolchain.flags,
      cflags: flagsFor(source, cflags, toolchain.cxxFlags),
      configHeader,
      source,
      object: output,
      dependencyFile: `${output}.d`,
      dependencyTarget: output,
      color: false,
    });
    return {
      directory: module.dir,
      file: isAbsolute(source) ? source : join(module.dir, source),
      output,
      arguments: words,
    };
  });
}
