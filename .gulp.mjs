// Settings of gulp's command line: how gulpfile.ts is loaded, and what gulp says.
import { registerTypeScript, requireCompiled } from './tasks/bootstrap/compiled.mjs';

// The tags are those of gulp's package @gulpjs/messages.
const USAGE = Symbol.for('GULP_CLI_USAGE');
const TASK_START = Symbol.for('GULP_CLI_TASK_START');
const TASK_STOP = Symbol.for('GULP_CLI_TASK_STOP');
const CWD_CHANGED = Symbol.for('GULP_CLI_CWD_CHANGED');
const GULPFILE = Symbol.for('GULP_CLI_GULPFILE');

registerTypeScript();

/** `gulp clean build` runs the tasks in that order. */
export const flags = { series: true };

/** Replaces or hides (`false`) what gulp prints; `undefined` keeps gulp's own text. */
export function message(data) {
  if (data.tag === USAGE) return requireCompiled('tasks/options/help.ts').usage();
  // Who called `natmod` need not know where its gulpfile is.
  if (process.env.NATMOD_COMMAND === 'natmod' && (data.tag === CWD_CHANGED || data.tag === GULPFILE)) return false;
  // Words such as ARCH=armv7m and file names are tasks to gulp, but not to the user.
  if ((data.tag === TASK_START || data.tag === TASK_STOP) && /[=./\\]/.test(data.task)) return false;
  return undefined;
}
