/** How names of files are related, where they may be on several drives, or in letters that do not count. */
import nodePath, { type PlatformPath } from 'node:path';
import { exists, isSame } from './look.ts';

/**
 * Whether a path is a folder or lies somewhere below it. Windows has no relative path from one drive to another, and
 * gives an absolute one instead.
 * @param folder absolute, or relative like `path`
 * @param rules of names of files; those of this machine when left out
 */
export function isInside(folder: string, path: string, rules: PlatformPath = nodePath): boolean {
  const below = rules.relative(folder, path);
  return below !== '..' && !below.startsWith(`..${rules.sep}`) && !rules.isAbsolute(below);
}

/**
 * What is left of a path behind a folder as both are written: dots stay, for compilers do not resolve them. On Windows
 * compilers write both kinds of slashes, and letters large or small.
 * @returns undefined when the path does not begin with the folder, or is the folder
 */
export function restBelow(path: string, folder: string, { sep }: PlatformPath = nodePath): string | undefined {
  const place = folder.length;
  if (sep === '/') return path[place] === '/' && path.startsWith(folder) ? path.slice(place + 1) : undefined;
  const plain = (text: string) => text.replaceAll('/', '\\').toLowerCase();
  if (plain(path.slice(0, place)) !== plain(folder)) return undefined;
  if (/[\\/]$/.test(folder)) return path.slice(place) || undefined;
  return /[\\/]/.test(path[place] ?? '') ? path.slice(place + 1) : undefined;
}

/**
 * Whether a folder's file system takes `a` and `A` for one name, as those of macOS and Windows do. A name without
 * letters does not tell, and the folder above is asked; what is not there yet will be in that one, too.
 * @param folder absolute
 * @param looks what the file system says
 */
export function foldsCase(folder: string, looks = { exists, isSame }): boolean {
  const [above, name] = [nodePath.dirname(folder), nodePath.basename(folder)];
  if (above === folder) return false;
  const other = [...name].map((letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  if (!looks.exists(folder) || other.join('') === name) return foldsCase(above, looks);
  return looks.isSame(folder, nodePath.join(above, other.join('')));
}
