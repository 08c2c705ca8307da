/**
 * Runs our TypeScript without a loader at every start: esbuild makes one set of JavaScript chunks out of gulpfile.ts,
 * tasks/ and natmod-rules/, and they are used until a source changes. Looking whether one did takes a few milliseconds;
 * loading chunks instead of many small files is what keeps `gulp --tasks` as fast as a plain JavaScript gulpfile.
 */
import { createHash } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makeFolders } from './make-folders.mjs';

/** The folder of package.json. */
export const projectDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const cacheRoot = join(projectDir, 'node_modules', '.cache', 'natmod');
// Changes when compiled copies of an older layout must not be used any more.
const LAYOUT = 1;
const KEPT_COPIES = 3;

/**
 * Makes sure the compiled copy is fresh.
 * @returns {string} its folder; file names are those of the sources with `.js` instead of `.ts`
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

/** Compiles for the npm package. */
export function compilePackedCopy() {
  rmSync(packedCopy, { recursive: true, force: true });
  compile(listSources(), packedCopy);
}

/** @type {string | undefined} */
let current;

function freshCopy() {
  const sources = listSources();
  const folder = join(cacheRoot, fingerprint(sources));
  if (isFolder(folder)) return folder;
  // Two builds at once each compile into a folder of their own; the first rename wins and the other one is dropped.
  const temporary = join(cacheRoot, `new-${process.pid}-${Date.now()}`);
  makeFolders(temporary);
  try {
    compile(sources, temporary);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!isFolder(folder)) throw error;
  }
  removeOldCopies(folder);
  return folder;
}

/**
 * Imports the compiled copy of a source, such as `tasks/build.ts`.
 * @param {string} source path in the project, with `/`; gulpfile.ts or a file directly in tasks/
 */
export function importCompiled(source) {
  return import(pathToFileURL(compiledFile(source)).href);
}

/**
 * The same as `importCompiled`, at once.
 * @param {string} source
 */
export function requireCompiled(source) {
  const file = compiledFile(source);
  // The require function belongs to a file in node_modules, where Node does not warn that require() of ES modules is new.
  return createRequire(join(dirname(file), 'require.cjs'))(file);
}

/**
 * Lets `require('….ts')` of our own sources give their compiled copies, which is how gulp loads gulpfile.ts.
 * @param {(exported: any) => void} loaded is told what such a file exports
 */
export function registerTypeScript(loaded) {
  const { extensions } = createRequire(import.meta.url);
  extensions['.ts'] = (module, filename) => {
    module.exports = requireCompiled(relative(projectDir, filename).split(sep).join('/'));
    loaded(module.exports);
  };
}

/** @param {string} source */
function compiledFile(source) {
  return join(ensureCompiled(), source.replace(/\.ts$/, '.js'));
}

function listSources() {
  const files = ['gulpfile.ts'];
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
    const { mtimeMs, size } = statSync(join(projectDir, source));
    hash.update(`${source} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {readonly string[]} sources
 * @param {string} outdir
 */
function compile(sources, outdir) {
  const esbuild = createRequire(import.meta.url)('esbuild');
  esbuild.buildSync({
    absWorkingDir: projectDir,
    entryPoints: sources.filter((source) => /^[^/]+$|^tasks\/[^/]+$/.test(source)),
    outbase: projectDir,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'package.json'), '{ "type": "module" }\n');
}

/** @param {string} current */
function removeOldCopies(current) {
  const copies = readdirSync(cacheRoot)
    .map((name) => join(cacheRoot, name))
    .filter((path) => path !== current && isFolder(path))
    .map((path) => ({ path, age: Date.now() - statSync(path).mtimeMs }))
    .sort((a, b) => a.age - b.age);
  // A young copy may be in use by a build that is still running.
  for (const { path, age } of copies.slice(KEPT_COPIES - 1)) {
    if (age > 600_000) rmSync(path, { recursive: true, force: true });
  }
}

/** @param {string} path */
function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
