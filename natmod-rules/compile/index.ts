export { type Compilation, compileCommand } from './command.ts';
export { type DefaultFlags, defaultFlags } from './default-flags.ts';
export { type Include, includeFolders, includesOf } from './includes.ts';
export { intermediatePath } from './intermediates.ts';
export { type LinkerFlags, readLinkerFlags } from './linker-flags.ts';
export { checkModuleName } from './module-name.ts';
export { type SourceKind, sourceKind } from './sources.ts';
export { joinWords, splitWords } from './words.ts';
