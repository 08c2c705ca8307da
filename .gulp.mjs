// Settings of gulp's command line: how gulpfile.ts is loaded, which words are no tasks, and what gulp says.
import { registerTypeScript, requireCompiled } from './tasks/bootstrap/compiled.cjs';
import { hideOptions, showOptions } from './tasks/bootstrap/gulp-words.cjs';
import { loadGulp } from './tasks/bootstrap/load-later.cjs';

// The tags are those of gulp's package @gulpjs/messages.
const USAGE = Symbol.for('GULP_CLI_USAGE');
const TASK_START = Symbol.for('GULP_CLI_TASK_START');
const TASK_STOP = Symbol.for('GULP_CLI_TASK_STOP');

const word = `gulp-${process.argv[2]}`;
const gulp = loadGulp();

hideOptions(requireCompiled('tasks/gulp.ts', word).optionNames);

registerTypeScript(({ default: build }) => {
  showOptions();
  requireCompiled('tasks/gulp.ts').registerWords(gulp, build, process.argv.slice(2));
}, word);

/** `gulp clean build` runs the tasks in that order. */
export const flags = { series: true };

/** Replaces or hides (`false`) what gulp prints; `undefined` keeps gulp's own text. */
export function message(data) {
  if (data.tag === USAGE) return requireCompiled('tasks/gulp.ts').usage('gulp');
  // Words such as ARCH=armv7m and file names are tasks to gulp, but not to the user.
  if ((data.tag === TASK_START || data.tag === TASK_STOP) && /[=./\\]/.test(data.task)) return false;
  return undefined;
}
