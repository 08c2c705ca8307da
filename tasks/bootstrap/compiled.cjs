/**
 * Runs our TypeScript without a loader at every start: it is compiled once (compile.cjs), and the copy is used until a
 * source changes. Looking whether one did takes a few milliseconds. One file with the code that V8 made of it
 * (code-cache.cjs), instead of some hundreds, is what makes natmod start as fast as it does.
 */
const { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join, relative, sep } = require('node:path');
const { loadProgram } = require('./code-cache.cjs');
const { isFolder, makeFolders } = require('./make-folders.cjs');
const { projectDir: findProjectDir } = require('./paths.cjs');

/** The folder of package.json. */
const projectDir = findProjectDir();

const cacheRoot = join(projectDir, 'node_modules', '.cache', 'natmod');
// Changes when compiled copies of an older layout must not be used any more.
const LAYOUT = 3;
/** What copies differ by besides their sources. */
const MADE = `${LAYOUT} ${process.versions.modules}`;
const KEPT_COPIES = 3;

/**
 * Makes sure the compiled copy is fresh.
 * @returns {string} its folder, as compile.cjs makes it
 */
function ensureCompiled() {
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
function compilePackedCopy() {
  rmSync(packedCopy, { recursive: true, force: true });
  makeFolders(packedCopy);
  const { compile } = require('./compile.cjs');
  return { folder: packedCopy, packages: compile(packedCopy) };
}

/** @type {string | undefined} */
let current;

/**
 * The file of a program that is compiled by itself, fresh. Only what that program has in it is looked at, as long as
 * this has not changed: `mpy-ld` is started for every module of a Makefile.
 * @param {'mpy-ld' | 'mpy-tool'} name
 * @returns {string} absolute
 */
function freshProgram(name) {
  const file = (/** @type {string} */ folder) => join(folder, `${name}.js`);
  if (isPackage()) return file(packedCopy);
  const note = join(cacheRoot, `${name}.json`);
  const known = readNote(note);
  if (known?.made === MADE && isSame(looksOf(known.inputs), known.looks)) {
    const program = file(join(cacheRoot, known.copy));
    if (existsSync(program)) return program;
  }
  // The looks are those of before it was compiled: what changes in the meantime is noticed at the next start.
  const looks = looksOf(listSources());
  const folder = copyOf(looks);
  const { INPUTS } = require('./compile.cjs');
  const ofProgram = new Set([...OF_EVERYTHING, ...JSON.parse(readFileSync(join(folder, INPUTS), 'utf8'))[name]]);
  const some = new Map([...looks].filter(([source]) => ofProgram.has(source)));
  const [inputs, all] = [[...some.keys()], [...some.values()]];
  writeNote(note, { made: MADE, copy: relative(cacheRoot, folder), inputs, looks: all });
  return file(folder);
}

/** @typedef {{ made: string, copy: string, inputs: string[], looks: (readonly number[])[] }} ProgramNote */

/** @param {string} path @returns {ProgramNote | undefined} */
function readNote(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // There is none yet, and all sources are looked at.
    return undefined;
  }
}

/** @param {string} path @param {ProgramNote} note */
function writeNote(path, note) {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, JSON.stringify(note));
    renameSync(temporary, path);
  } catch {
    // A folder that this user may not write: the next start looks at all sources again.
    rmSync(temporary, { force: true });
  }
}

function freshCopy() {
  return copyOf(looksOf(listSources()));
}

/** @param {Looks} looks of all sources */
function copyOf(looks) {
  const folder = join(cacheRoot, fingerprint(looks));
  if (isFolder(folder)) return folder;
  // Two builds at once each compile into a folder of their own; the first rename wins and the other one is dropped.
  const temporary = join(cacheRoot, `new-${process.pid}-${Date.now()}`);
  try {
    makeFolders(temporary);
    require('./compile.cjs').compile(temporary);
    renameSync(temporary, folder);
  } catch (error) {
    if (isFolder(temporary)) rmSync(temporary, { recursive: true, force: true });
    if (!isFolder(folder)) refuse(/** @type {NodeJS.ErrnoException} */ (error));
  }
  removeOldCopies(folder);
  return folder;
}

/**
 * Ends the process with a word for whoever has to mend it, where natmod cannot be compiled for a reason that is not
 * ours.
 * @param {NodeJS.ErrnoException} error
 */
function refuse(error) {
  const { code = '', message } = error;
  const isMissing = code === 'MODULE_NOT_FOUND' && /'esbuild'/.test(message);
  const isKept = /^(EACCES|EPERM|EROFS)$/.test(code);
  if (!isMissing && !isKept && !/^(ENOSPC|EDQUOT|ENOTDIR|EEXIST)$/.test(code)) throw error;
  const why = isMissing
    ? `esbuild is not installed: run \`npm install\` in ${projectDir}`
    : `this clone has to be compiled, and ${cacheRoot} cannot be written: ${code}`;
  const what = isKept ? '\n  start natmod once as the user whose clone it is, or let this user write there' : '';
  process.stderr.write(`natmod: ${why}${what}\n`);
  process.exit(1);
}

/**
 * Gives what a source exports, such as `tasks/build.ts`, as its compiled copy.
 * @param {string} source path in the project, with `/`; gulpfile.ts or a file directly in tasks/
 * @param {string} [word] what the process is asked for (see `loadProgram`)
 */
function requireCompiled(source, word) {
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
function registerTypeScript(loaded, word) {
  const { extensions } = createRequire(__filename);
  extensions['.ts'] = (loading, filename) => {
    loading.exports = requireCompiled(relative(projectDir, filename).split(sep).join('/'), word);
    loaded(loading.exports);
  };
}

/** Whatever is compiled depends on these: which packages there are, and how it is done. */
const OF_EVERYTHING = [
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['tasks/bootstrap/compile.cjs', 'tasks/bootstrap/compiled.cjs'],
];

function listSources() {
  const files = [...OF_EVERYTHING, 'gulpfile.ts'];
  /** @param {string} folder */
  const visit = (folder) => {
    for (const entry of readdirSync(join(projectDir, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (/\.[cm]?[tj]s$/.test(entry.name)) files.push(path);
    }
  };
  visit('tasks');
  visit('natmod-rules');
  return [...new Set(files)].sort();
}

/** @typedef {ReadonlyMap<string, readonly number[]>} Looks of sources, by path in the project; none of one that is gone */

/**
 * @param {readonly string[]} sources
 * @returns {Looks}
 */
function looksOf(sources) {
  return new Map(
    sources.map((source) => {
      const found = statSync(`${projectDir}/${source}`, { throwIfNoEntry: false });
      // The change time shows what a restored time hides.
      return [source, found === undefined ? [] : [found.mtimeMs, found.ctimeMs, found.ino, found.size]];
    }),
  );
}

/**
 * @param {Looks} looks
 * @param {ProgramNote['looks']} noted of the same sources, in the same order
 */
function isSame(looks, noted) {
  let at = 0;
  for (const look of looks.values()) {
    const before = noted[at++];
    if (look.length !== before?.length || look.some((number, i) => number !== before[i])) return false;
  }
  return true;
}

/** @param {Looks} looks */
function fingerprint(looks) {
  const names = [...looks].map(([source, look]) => `${source} ${look.length}`);
  // As bytes: writing hundreds of numbers in digits takes longer than asking for them.
  const numbers = Float64Array.from([...looks.values()].flat());
  // Loading it takes longer than all the rest of a start that knows its copy by the looks themselves.
  const { createHash } = require('node:crypto');
  const hash = createHash('sha1').update(`${MADE}\n${names.join('\n')}\n`);
  return hash.update(new Uint8Array(numbers.buffer)).digest('hex').slice(0, 16);
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

module.exports = { projectDir, ensureCompiled, compilePackedCopy, freshProgram, requireCompiled, registerTypeScript };
