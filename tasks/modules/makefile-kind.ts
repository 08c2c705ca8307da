import { dirname, resolve } from 'node:path';
import { textIfThere } from '../system/if-there.ts';
import { isFile } from '../system/look.ts';

const MAX_DEPTH = 8;

/**
 * Whether a Makefile is that of a native module: it, or what it includes, names dynruntime.mk. Where an include has a
 * variable in its name, setting MOD tells. Make itself is not asked, because this is for folders that nobody named.
 *
 * @param file absolute
 */
export function isModuleMakefile(file: string, depth = 0): boolean {
  const text = isFile(file) ? textOf(file) : '';
  if (/\bdynruntime\.mk\b/.test(text)) return true;
  if (depth === MAX_DEPTH) return false;
  for (const [, names] of text.matchAll(/^[ \t]*(?:-include|sinclude|include)[ \t]+(.+)$/gm)) {
    for (const name of names!.trim().split(/\s+/)) {
      if (!/[$*?[]/.test(name) && isModuleMakefile(resolve(dirname(file), name), depth + 1)) return true;
      if (name.includes('$') && /^[ \t]*MOD[ \t]*[:?]*=/m.test(text)) return true;
    }
  }
  return false;
}

/** Whether a Makefile says `MOD = NAME`, or a config `name: 'NAME'`, in so many words. */
export function namesModule(file: string, name: string): boolean {
  const word = name.replace(/[^\w]/g, '\\$&');
  return new RegExp(`^[ \\t]*(MOD[ \\t]*[:?]*=[ \\t]*${word}[ \\t]*$|.*\\bname:[ \\t]*(['"\`])${word}\\2)`, 'm').test(
    textOf(file),
  );
}

function textOf(file: string): string {
  const text = textIfThere(file).replace(/\\\r?\n/g, ' ');
  return text.replace(/(^|[^\\])#.*$/gm, '$1');
}
