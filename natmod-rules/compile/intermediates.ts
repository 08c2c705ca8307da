/**
 * Where the object of a source lies below the build folder. Different sources never share a path: the whole file name
 * is kept (`x.c` and `x.S` differ), folders are mirrored, and what leads out of the module's folder gets a folder of
 * its own.
 *
 * @param source path as SRC names it, relative to the module's folder or absolute
 * @param suffix what the file becomes, `.o` or `.mpy`
 * @returns relative path with `/`
 */
export function intermediatePath(source: string, suffix: string): string {
  const slashed = source.replaceAll('\\', '/');
  const drive = /^([A-Za-z]):\//.exec(slashed);
  const absolute = slashed.startsWith('/') || drive !== null;
  const parts = resolveDots(drive === null ? slashed : slashed.slice(2), absolute);
  // A folder of the user's own called _up must not meet ours, so a leading underscore is doubled.
  const mirrored = parts.map((part) => (part === '..' ? '_up' : part.replace(/^_/, '__')));
  if (absolute) mirrored.unshift(drive === null ? '_root' : `_drive_${drive[1]!.toLowerCase()}`);
  return mirrored.join('/') + suffix;
}

/** The source that `intermediatePath` made a path for; what it did not make stays. */
export function sourceOfIntermediate(path: string, suffix: string): string {
  if (!path.endsWith(suffix) || !/\.[^./]+$/.test(path.slice(0, -suffix.length))) return path;
  const [first = '', ...rest] = path.slice(0, -suffix.length).split('/');
  const plain = (part: string) => (part === '_up' ? '..' : part.replace(/^__/, '_'));
  const drive = /^_drive_([a-z])$/.exec(first)?.[1];
  if (first !== '_root' && drive === undefined) return [first, ...rest].map(plain).join('/');
  return `${drive === undefined ? '' : `${drive}:`}/${rest.map(plain).join('/')}`;
}

function resolveDots(path: string, absolute: boolean): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !absolute) parts.push(part);
  }
  return parts;
}
