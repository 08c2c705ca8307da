import { resolve } from 'node:path';
import { checkConfig, type ModuleConfig } from '../modules/config.ts';
import { type ModuleSource, modulesOf } from '../modules/find.ts';
import { parseOptions } from '../options/options.ts';
import { runTask, TaskFailure } from '../report/report.ts';
import { buildAsAsked } from '../sizes/build-as-asked.ts';
import { listItems } from './build-items.ts';
import type { BuildSummary } from './run-build.ts';

/** A module of a gulpfile: what describes it, or a folder with a Makefile or a natmod.config.ts. */
export type Module = ModuleConfig | string;

/** How modules of a gulpfile are built. */
export interface BuildModulesOptions {
  /** Folder that sources start from and modules are written to; that of the gulpfile when left out. */
  readonly cwd?: string;
  /** Command line; that of gulp when left out. */
  readonly argv?: readonly string[];
}

/**
 * Builds modules that a gulpfile describes, with the options of gulp's command line (`--arch`, `--module`, `--out`, …).
 *
 *     export const build = () => buildModules(defineModule({ name: 'mymodule', sources: ['main.c'] }));
 *     export const all = () => buildModules(['first', 'second']);
 *
 * @returns what was built and left out
 * @throws TaskFailure, which gulp prints in one line, after everything that is wrong has been printed
 */
export async function buildModules(
  modules: Module | readonly Module[],
  { cwd = process.cwd(), argv = process.argv.slice(2) }: BuildModulesOptions = {},
): Promise<BuildSummary> {
  let summary: BuildSummary | undefined;
  await runTask(async () => {
    const callerDir = process.env.INIT_CWD ?? cwd;
    summary = await buildAsAsked(modulesFrom([modules].flat(), cwd), parseOptions(argv, callerDir), argv, callerDir);
    const { failed } = summary;
    if (failed.length > 0) {
      throw new TaskFailure(`not built: ${listItems(failed)}`);
    }
  });
  return summary!;
}

/** @throws NatmodError `bad-config`, `no-makefile` */
export function modulesFrom(modules: readonly Module[], cwd: string): ModuleSource[] {
  return modules.flatMap((module): ModuleSource[] => {
    if (typeof module === 'string') return modulesOf(resolve(cwd, module));
    const config = checkConfig(module, 'gulpfile');
    return [{ name: config.name, dir: resolve(cwd), makefile: 'gulpfile', config }];
  });
}
