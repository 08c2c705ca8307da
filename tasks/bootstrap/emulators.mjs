/** Emulators, which are packages of the system. */

import { findOnPath } from './processes.mjs';
import { SetupError } from './report.mjs';
import { installPackages } from './system-packages.mjs';

/**
 * Installs an emulator where it is missing and this user may.
 * @param {readonly string[]} programs names of it on PATH; one of them is enough
 * @param {string} packageName Debian's
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be had
 */
export async function provideEmulator(programs, packageName) {
  if (programs.some((name) => findOnPath(name) !== undefined)) return false;
  const failure = await installPackages([packageName]);
  if (failure !== undefined) throw new SetupError(`${programs[0]} is not on PATH`, failure.missing);
  return true;
}
