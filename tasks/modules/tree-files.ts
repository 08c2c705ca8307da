import { missingHeader } from '../../natmod-rules/compile/messages.ts';
import { isInside } from '../system/inside.ts';
import { sdkDir } from '../system/project.ts';

export const NEEDS_TREE =
  "it is one of MicroPython's own sources, which the headers that come with natmod do not have:\n" +
  'name a source tree with --mpy-dir DIR (for make: MPY_DIR=DIR), or get one with `natmod sources`';

/** Whether a path would lie in a MicroPython tree, if the SDK were one. */
export function isOfTree(path: string): boolean {
  return isInside(sdkDir, path);
}

/** What to do when a compiler misses a file of MicroPython, by what it printed. */
export function explainMissingTree(output: string): string | undefined {
  const name = missingHeader(output);
  if (name === undefined) return undefined;
  return isOfTree(name) || /^(?:extmod|shared|lib|ports|drivers)\//.test(name) ? NEEDS_TREE : undefined;
}
