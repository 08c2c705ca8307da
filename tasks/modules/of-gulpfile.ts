import { resolve } from 'node:path';
import { checkConfig, type ModuleConfig } from './config.ts';
import { type ModuleSource, modulesOf } from './find.ts';

/** A module of a gulpfile: what describes it, or a folder with a Makefile or a natmod.config.ts. */
export type Module = ModuleConfig | string;

/** @throws NatmodError `bad-config`, `no-makefile` */
export function modulesFrom(modules: readonly Module[], cwd: string): ModuleSource[] {
  return modules.flatMap((module): ModuleSource[] => {
    if (typeof module === 'string') return modulesOf(resolve(cwd, module));
    const config = checkConfig(module, 'gulpfile');
    return [{ name: config.name, dir: resolve(cwd), makefile: 'gulpfile', config }];
  });
}
