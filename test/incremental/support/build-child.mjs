// Builds in a process of its own, as `gulp build` does but without gulp's start-up. Arguments: those of gulp.
import { requireCompiled } from '../../../tasks/bootstrap/compiled.cjs';

const { buildAll, moduleIn, parseOptions } = requireCompiled('tasks/programs.ts');
const options = parseOptions(process.argv.slice(2), process.cwd());
const { failed } = await buildAll(
  options.modules.map((/** @type {string} */ dir) => moduleIn(dir)),
  options,
);
process.exitCode = failed.length === 0 ? 0 : 1;
