/** natmod as it would be published, for trials of the package. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './dependencies.mjs';
import { projectDir } from './paths.cjs';
import { run } from './processes.mjs';
import { SetupError } from './report.mjs';

/**
 * @param {string} folder an empty one
 * @returns {Promise<string>} the tarball in it
 * @throws {SetupError} with what npm said
 */
export async function packNatmod(folder) {
  const [npm, ...first] = npmCommand();
  const { exitCode, stderr } = await run(npm, [...first, 'pack', '--pack-destination', folder], { cwd: projectDir() });
  const name = readdirSync(folder).find((one) => one.endsWith('.tgz'));
  if (exitCode !== 0 || name === undefined) throw new SetupError('npm pack failed', stderr.trim());
  return join(folder, name);
}
