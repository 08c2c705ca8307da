const { existsSync, mkdirSync, statSync } = require('node:fs');
const { dirname } = require('node:path');

/**
 * Makes a folder and those above it that are missing. Node's own recursive mkdir tries for ever where the system
 * answers ENOENT for a folder that is there, as under /proc, and hides the reason on disks that are read-only.
 *
 * @param {string} folder
 * @throws {NodeJS.ErrnoException} the error of the file system
 */
function makeFolders(folder) {
  const missing = [];
  for (let path = folder; !existsSync(path); path = dirname(path)) {
    missing.push(path);
    if (dirname(path) === path) break;
  }
  if (missing.length === 0) return makeOne(folder);
  for (const path of missing.reverse()) makeOne(path);
}

/** @param {string} folder */
function makeOne(folder) {
  if (isFolder(folder)) return;
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it in the meantime.
    if (!isFolder(folder)) throw error;
  }
}

/**
 * Whether there is a folder of that name.
 * @param {string} path
 */
function isFolder(path) {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // A part of the path is a file; whoever needs the folder will say so.
    return false;
  }
}

module.exports = { makeFolders, isFolder };
