/** What `import … from 'natmod'` gives, whether this is the npm package or a clone. */
import { requireCompiled } from './compiled.cjs';

/** @type {typeof import('../index.ts')} */
const api = requireCompiled('tasks/index.ts');

export const {
  buildModules,
  compile,
  defineModule,
  link,
  mpyCross,
  pack,
  preprocess,
  save,
  sources,
  writeCompileCommands,
} = api;
