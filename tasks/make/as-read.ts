/**
 * Whether make can do more with a Makefile than read it: write files, or run programs that do, before any rule of the
 * module is asked for. `$(shell ./configure $(ARCH) > config.h)` is one way, a rule for an included Makefile another.
 */
import { resolve } from 'node:path';
import { scanMakefile } from '../../natmod-rules/compile/index.ts';
import { textIfThere } from '../system/if-there.ts';
import { restBelow } from '../system/inside.ts';
import { isFile } from '../system/look.ts';
import type { Makefile } from './ask.ts';

const INCLUDE = /^[ \t]*(?:-include|sinclude|include)[ \t]+(.*)$/gm;
/** MicroPython's and our rules, which write nothing as they are read. */
const RULES = /^\S*\/py\/(?:dynruntime|mkenv|verbose)\.mk$/;

/**
 * What is not understood counts as something that can.
 * @param module its Makefile, from which others are found by their names
 */
export function mayWriteAsRead({ dir, makefile }: Makefile): boolean {
  if (process.env.MAKEFILES) return true;
  const paths = [resolve(dir, makefile)];
  const targets: RegExp[] = [];
  for (const path of paths) {
    const text = textIfThere(path);
    const scan = scanMakefile(text);
    if (scan.unsure !== undefined) return true;
    targets.push(...scan.targets);
    for (const [, names = ''] of text.replaceAll(/\\\r?\n/g, ' ').matchAll(INCLUDE)) {
      for (const name of names.replace(/#.*$/, '').trim().split(/\s+/)) {
        if (RULES.test(name)) continue;
        const other = resolve(dir, name);
        if (name.includes('$') || !isFile(other)) return true;
        if (!paths.includes(other)) paths.push(other);
      }
    }
  }
  return paths.some((path) => targets.some((target) => isTarget(target, path, dir)));
}

/** Make first makes its Makefiles anew where there is a rule for one. */
export function isTarget(target: RegExp, makefile: string, dir: string): boolean {
  return target.test(restBelow(makefile, dir) ?? makefile) || target.test(makefile);
}
