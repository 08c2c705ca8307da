// The stages of a build in the order data flows, for anybody's gulpfile.

export { type CompileOptions, compile } from './compile.ts';
export { type LinkStageOptions, link } from './link.ts';
export { type MpyCrossOptions, mpyCross } from './mpy-cross.ts';
export { type PackOptions, pack } from './package.ts';
export { type PreprocessOptions, preprocess } from './preprocess.ts';
export { save } from './save.ts';
export { type SourcesOptions, sources } from './sources.ts';
export type { FileNote, ModuleSizes, StageFile } from './stage.ts';
