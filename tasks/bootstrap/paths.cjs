const { existsSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');

const project = findProject(__dirname);

/**
 * This file may run from a compiled copy elsewhere in the project.
 * @param {string} folder
 * @returns {string}
 */
function findProject(folder) {
  const isProject = ['gulpfile.ts', 'bin/mpy-ld.cjs'].some((name) => existsSync(join(folder, name)));
  if (isProject || folder === dirname(folder)) return folder;
  return findProject(dirname(folder));
}

/** The folder of package.json, absolute. */
function projectDir() {
  return project;
}

/**
 * The per-user folder for everything that is downloaded or built once and reused, absolute; it need not exist yet.
 * `NATMOD_CACHE` names it outright; without it the XDG base directory rules hold (`%LOCALAPPDATA%` on Windows).
 * @param {NodeJS.ProcessEnv} [env]
 */
function cacheDir(env = process.env) {
  if (env.NATMOD_CACHE) return resolve(project, env.NATMOD_CACHE);
  if (env.XDG_CACHE_HOME) return resolve(env.XDG_CACHE_HOME, 'natmod');
  if (process.platform === 'win32' && env.LOCALAPPDATA) return resolve(env.LOCALAPPDATA, 'natmod');
  return join(require('node:os').homedir(), '.cache', 'natmod');
}

module.exports = { projectDir, cacheDir };
