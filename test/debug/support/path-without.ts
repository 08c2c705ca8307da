import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * A PATH where some programs of this machine are missing.
 * @param folder new; it gets links to all other programs of /usr/bin
 */
export function pathWithout(pattern: RegExp, folder: string): string {
  mkdirSync(folder);
  for (const name of readdirSync('/usr/bin').filter((one) => !pattern.test(one)))
    symlinkSync(join('/usr/bin', name), join(folder, name));
  const node = dirname(process.execPath);
  return (node === '/usr/bin' ? [folder] : [folder, node]).join(delimiter);
}
