// What `import … from 'natmod'` gives. tasks/bootstrap/api.mjs lists the names once more.

export { type BuildModulesOptions, buildModules, writeCompileCommands } from './api.ts';
export { type ArchConfig, defineModule, type ModuleConfig } from './modules/config.ts';
export type { Module } from './modules/of-gulpfile.ts';
export * from './stages/index.ts';
