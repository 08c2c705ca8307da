// What .gulp.mjs needs of the compiled project.
export { registerWords } from './options/gulp.ts';
export { usage } from './options/help.ts';
export { optionNames } from './options/table.ts';
