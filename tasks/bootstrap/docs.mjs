/** `npm run docs`: writes the pages of docs/ that are made from tables. */
import { importCompiled } from './compiled.mjs';
import { provideDependencies } from './dependencies.mjs';

await provideDependencies();
const { writePages } = await importCompiled('tasks/docs.ts');
writePages();
