import { dirname } from 'node:path';
import { statOf } from '../system/file-hashes.ts';

/**
 * Why what lies in a folder of records must not be believed; undefined when it may. A checksum tells damage from
 * content, not a friend from a stranger: whoever can write there decides what is flashed. So the folder and the one
 * above it must belong to the user and must not be writable by all. A parent such as /tmp does not matter, because
 * nobody can put there a folder that is ours.
 *
 * Root may use the folder of the user whose work it does: in containers the project and the cache are often both
 * mounted from outside, and who could change the cache could change the sources as well.
 *
 * @param project folder of what is built
 */
export function distrustOf(
  folder: string,
  project: string,
): { readonly message: string; readonly hint: string } | undefined {
  const user = process.geteuid?.();
  // Windows tells neither.
  if (user === undefined) return undefined;
  for (const path of [folder, dirname(folder)]) {
    const stat = statOf(path);
    if (stat === undefined) continue;
    const ofProject = user === 0 && stat.uid === statOf(project)?.uid;
    if (stat.uid !== user && !ofProject) {
      const message = `nothing of the cache is used: ${path} belongs to another user (uid ${stat.uid})`;
      return { message, hint: 'name a folder of your own with the environment variable NATMOD_CACHE' };
    }
    if ((stat.mode & 0o002) !== 0) {
      const message = `nothing of the cache is used: all users can write to ${path}`;
      return { message, hint: `remove it, since it may hold anything by now, or chmod o-w ${path} if you are certain` };
    }
  }
  return undefined;
}
