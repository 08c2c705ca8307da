/**
 * How modules are made, and the tasks that make them. `gulp TASK` runs them by this file; `natmod TASK` runs the same
 * ones without gulp; `import { buildModules } from 'natmod'` lets other gulpfiles have them.
 */
import type { Flow } from './tasks/building/flow.ts';
import { gulpTasks } from './tasks/options/gulp.ts';
import { runPublicTask } from './tasks/public.ts';

/** sources → preprocess → compile → link → package: what becomes of a module's files, one stream behind the other. */
const flow: Flow = (module) => [
  module.sources(), //    SRC: C, C++, assembler and Python
  module.preprocess(), // in front of them the config header, with the strings that MicroPython interns
  module.takeMade(), //   what the Makefile has rules of its own for, made by make
  module.mpyCross(), //   Python becomes bytecode
  module.compile(), //    all else becomes objects
  module.arrange(), //    in the order of the Makefile again
  module.link(), //       objects and libraries become native code
  module.pack(), //       native code and bytecode become MOD.mpy
  module.save(), //       which is on the disk as a whole, or not at all
];

/** For natmod's own command line. No function, so that gulp takes it for no task. */
export const natmod = { flow, runPublicTask };

const tasks = gulpTasks((name, options, report) => runPublicTask(name, options, { report, flow }));

export const {
  build,
  watch,
  size,
  clean,
  cache,
  list,
  sources,
  inspect,
  where,
  gdb,
  run,
  repl,
  test,
  deploy,
  compilers,
  runtimes,
} = tasks;
export const compileCommands = tasks['compile-commands'];
const packageTask = tasks.package;

export { packageTask as package };

export default tasks.default;
