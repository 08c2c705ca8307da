/** What the benchmarks call of the compiled project. */
export { archByName } from '../natmod-rules/arch/index.ts';
export { link } from '../natmod-rules/link/index.ts';
export { readQstrs } from '../natmod-rules/preprocess/index.ts';
