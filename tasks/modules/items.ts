import type { Arch } from '../../natmod-rules/arch/index.ts';
import type { Problem } from '../../natmod-rules/problem.ts';
import type { Sizes } from '../report/events.ts';
import type { ModulePlan } from './describe-module.ts';
import type { ModuleSource } from './find.ts';

/** What is to be built: one module for one architecture; for that of its Makefile when `arch` is undefined. */
export interface Item {
  readonly module: ModuleSource;
  readonly arch: Arch | undefined;
}

/** The same, for people. */
export interface BuildItem {
  /** What boards import; the folder's name when nothing says it. */
  readonly name: string;
  /** Name of the architecture; empty when the Makefile that should tell could not be read. */
  readonly arch: string;
  /** Folder of the module. */
  readonly dir: string;
}

/** A module that was built. */
export interface BuiltModule {
  /** Absolute path of the .mpy file. */
  readonly file: string;
  readonly bytes: number;
  /** Undefined when the module is Python only. */
  readonly sizes: Sizes | undefined;
  /** It was there already, as it should be. */
  readonly upToDate: boolean;
  /** Absolute path of the ELF file with debug information, if one was wanted. */
  readonly elf?: string;
}

/** What became of an item. `plan` is undefined when the description of the module has faults. */
export type Outcome =
  | ({ readonly kind: 'built'; readonly plan: ModulePlan } & BuildItem & BuiltModule)
  | ({ readonly kind: 'failed'; readonly plan?: ModulePlan; readonly problems: readonly Problem[] } & BuildItem)
  | ({ readonly kind: 'skipped'; readonly reason: string } & BuildItem);
