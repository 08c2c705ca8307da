export { isLevel, LEVELS, type Level, passesFor, readLevel, USUAL_LEVEL } from '../link/shrink/levels.ts';
export {
  CLANG_TAKES_GCCS,
  clangTargetFlag,
  compactFlagsFor,
  compactFlagsOfFamily,
  isClang,
  isForSize,
  isOnlyClangs,
} from './clang.ts';
export { type Compilation, compileCommand, flagsNotRepeated, nameInSource } from './command.ts';
export { CXX_FLAGS, flagsFor, isCxx, languageOf } from './cxx.ts';
export { debugFlags, FEWER_NOTES } from './debug-flags.ts';
export { type DefaultFlags, defaultFlags } from './default-flags.ts';
export { readDependencies } from './dependencies.ts';
export { type Include, includeFolders, includesOf } from './includes.ts';
export { intermediatePath, sourceOfIntermediate } from './intermediates.ts';
export { type LinkerFlags, readLinkerFlags } from './linker-flags.ts';
export { type MakefileScan, scanMakefile } from './makefile-scan.ts';
export { mergeFlags } from './merge-flags.ts';
export { checkModuleName } from './module-name.ts';
export {
  CHECKS_SOURCE,
  type CompilerCheck,
  checksFor,
  readSanitizers,
  SANITIZERS,
  type Sanitizers,
  sanitizeFlags,
} from './sanitize.ts';
export { flagsWithoutFolders, type SearchFolders, searchFolders } from './search-folders.ts';
export { type AskedHeader, type SourceScan, scanSource } from './source-scan.ts';
export { isCompiled, type SourceKind, sourceKind } from './sources.ts';
export { withTlsAsData } from './tls.ts';
export { joinWords, type ShellWork, shellWork, splitWords } from './words.ts';
export { asZigClang, placeOfZig, type ZigTarget, zigTarget } from './zig.ts';
