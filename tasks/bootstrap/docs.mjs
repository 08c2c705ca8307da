/** `npm run docs`: writes the pages of docs/ that are made from tables. */
import { requireCompiled } from './compiled.mjs';
import { provideDependencies } from './dependencies.mjs';

await provideDependencies();
const { writePages } = requireCompiled('tasks/docs.ts');
writePages();
