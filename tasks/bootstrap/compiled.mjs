/**
 * Runs our TypeScript without a loader at every start: it is compiled once (compile.mjs), and the copy is used until a
 * source changes. Looking whether one did takes a few milliseconds. One file with the code that V8 made of it
 * (code-cache.mjs), instead of some hundreds, is what makes natmod start as fast as it does.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { loadProgram } from './code-cache.mjs';
import { compile } from './compile.mjs';
import { isFolder, makeFolders } from './make-folders.mjs';
import { projectDir as findProjectDir } from './paths.mjs';

// An import statement would load all of it, web cryptography included.
const { createHash } = process.getBuiltinModule('node:crypto');

/** The folder of package.json. */
export const projectDir = findProjectDir();

const cacheRoot = join(projectDir, 'node_modules', '.cache', 'natmod');
// Changes when compiled copies of an older layout must not be used any more.
const LAYOUT = 2;
const KEPT_COPIES = 3;

/**
 * Makes sure the compiled copy is fresh.
 * @returns {string} its folder, as compile.mjs makes it
 */
export function ensureCompiled() {
  current ??= isPackage() ? packedCopy : freshCopy();
  return current;
}

/** The copy that the npm package has in place of the sources. */
const packedCopy = join(projectDir, 'dist', 'compiled');

function isPackage() {
  return statSync(join(projectDir, 'tasks', 'build.ts'), { throwIfNoEntry: false }) === undefined;
}

/**
 * Compiles for the npm package.
 * @returns {{ folder: string, packages: string[] }} `packages`: those that are part of the copy
 */
export function compilePackedCopy() {
  rmSync(packedCopy, { recursive: true, force: true });
  makeFolders(packedCopy);
  return { folder: packedCopy, packages: compile(packedCopy) };
}

/** @type {string | undefined} */
let current;

function freshCopy() {
  const folder = join(cacheRoot, fingerprint(listSources()));
  if (isFolder(folder)) return folder;
  // Two builds at once each compile into a folder of their own; the first rename wins and the other one is dropped.
  const temporary = join(cacheRoot, `new-${process.pid}-${Date.now()}`);
  makeFolders(temporary);
  try {
    compile(temporary);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!isFolder(folder)) throw error;
  }
  removeOldCopies(folder);
  return folder;
}

/**
 * Gives what a source exports, such as `tasks/build.ts`, as its compiled copy.
 * @param {string} source path in the project, with `/`; gulpfile.ts or a file directly in tasks/
 * @param {string} [word] what the process is asked for (see `loadProgram`)
 */
export function requireCompiled(source, word) {
  natmod ??= loadNatmod(word);
  const load = natmod.sources[source];
  if (load === undefined) throw new Error(`${source} is no entry of the compiled copy`);
  return load();
}

/** @typedef {{ sources: Record<string, (() => any) | undefined> }} Natmod */

/** @type {Natmod | undefined} */
let natmod;

/**
 * @param {string | undefined} word
 * @returns {Natmod}
 */
function loadNatmod(word) {
  return loadProgram(join(ensureCompiled(), 'natmod.js'), word);
}

/**
 * Lets `require('….ts')` of our own sources give their compiled copies, which is how gulp loads gulpfile.ts.
 * @param {(exported: any) => void} loaded is told what such a file exports
 * @param {string} [word] what the process is asked for (see `loadProgram`)
 */
export function registerTypeScript(loaded, word) {
  const { extensions } = createRequire(import.meta.url);
  extensions['.ts'] = (module, filename) => {
    module.exports = requireCompiled(relative(projectDir, filename).split(sep).join('/'), word);
    loaded(module.exports);
  };
}

function listSources() {
  const files = ['gulpfile.ts', 'package-lock.json'];
  /** @param {string} folder */
  const visit = (folder) => {
    for (const entry of readdirSync(join(projectDir, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (/\.m?[tj]s$/.test(entry.name)) files.push(path);
    }
  };
  visit('tasks');
  visit('natmod-rules');
  return files.sort();
}

/** @param {readonly string[]} sources */
function fingerprint(sources) {
  const hash = createHash('sha1').update(`${LAYOUT} ${process.versions.modules}\n`);
  for (const source of sources) {
    // The change time shows what a restored time hides.
    const found = statSync(join(projectDir, source), { throwIfNoEntry: false });
    hash.update(`${source} ${found?.mtimeMs} ${found?.ctimeMs} ${found?.ino} ${found?.size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} current */
function removeOldCopies(current) {
  const copies = readdirSync(cacheRoot)
    .map((name) => join(cacheRoot, name))
    .filter((path) => path !== current)
    .flatMap((path) => {
      // Another start may just have given its copy the final name.
      const found = statSync(path, { throwIfNoEntry: false });
      return found?.isDirectory() ? [{ path, age: Date.now() - found.mtimeMs }] : [];
    })
    .sort((a, b) => a.age - b.age);
  // A young copy may be in use by a build that is still running.
  for (const { path, age } of copies.slice(KEPT_COPIES - 1)) {
    if (age > 600_000) rmSync(path, { recursive: true, force: true });
  }
}
