// What `import … from 'natmod'` gives. tasks/bootstrap/api.mjs lists the names once more.
export * from './stages/index.ts';
export { type BuildModulesOptions, buildModules, type Module } from './support/build-modules.ts';
export { type ArchConfig, defineModule, type ModuleConfig } from './support/config.ts';
export { writeCompileCommands } from './support/write-compile-commands.ts';
