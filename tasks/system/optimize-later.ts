import { setFlagsFromString } from 'node:v8';

/** Bytecode that a function runs before V8 considers to optimise it; ten times what Node 20 has. */
const BUDGET = 700_000;

/**
 * V8 optimises functions on threads of its own once they have run for a while. In a build of many modules those take
 * the cores from the compilers, a tenth of all CPU time, for functions that have done most of their work by then. So
 * they wait longer; what links a large module is optimised all the same. It was measured with V8 11, and left alone
 * elsewhere.
 */
export function optimizeLater(): void {
  if (/^11\./.test(process.versions.v8)) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
