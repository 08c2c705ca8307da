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

/**
 * What a Makefile says of MOD in so many words: text that depends on nothing else in the file. Undefined where only
 * make can tell.
 *
 * @param file absolute
 */
export function writtenMod(file: string): string | undefined {
  const text = textOf(file);
  // Where lines are conditional or text is made into lines, it may be another one.
  if (/^[ \t]*(?:if(?:n?eq|n?def)\b|define\b)|\$[({]eval\b/m.test(text)) return undefined;
  const assigned = [...text.matchAll(/^[ ]*(?:(?:override|export)[ \t]+)*MOD[ \t]*([:+?!]*=)[ \t]*(.*)$/gm)];
  const isPlain = assigned.every(([, operator, value]) => /^:*=$/.test(operator!) && /^[\w.-]+\s*$/.test(value!));
  return isPlain ? assigned.at(-1)?.[2]?.trim() : undefined;
}

function textOf(file: string): string {
  const text = textIfThere(file).replace(/\\\r?\n/g, ' ');
  return text.replace(/(^|[^\\])#.*$/gm, '$1');
}
