// What `import … from 'natmod'` gives. tasks/bootstrap/api.mjs lists the names once more.

export { type BuildModulesOptions, buildModules, type Module } from './building/build-modules.ts';
export { writeCompileCommands } from './building/compile-commands.ts';
export { type ArchConfig, defineModule, type ModuleConfig } from './modules/config.ts';
export * from './stages/index.ts';
