/**
 * Loads a program that is one file of JavaScript together with the code that V8 made of it at an earlier start. Reading
 * the functions of a program of this size again at every start takes longer than most of what they do.
 */
const { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname } = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

/** One for each word that a command line may begin with, which settles what of the program runs; more are not kept. */
const MOST_KEPT = 40;
/** Characters of a hash. */
const HASH_SIZE = 64;
/** Clocks of file systems tick every few milliseconds, those that count whole seconds (FAT: every two). */
const TICK = 20;
const COARSE_TICK = 2000;

/**
 * Runs a file that is made by `compile` and gives what it exports. The file's text decides what runs: code from an
 * earlier start is taken only if it is undamaged, and if it was made from the same text by the same V8. That the text
 * is the same is seen by how the file looks, and where it looks another way, by its hash.
 *
 * @param {string} file absolute
 * @param {string} [word] what the process is asked for; each word has the functions that it needs
 * @returns {any}
 */
function loadProgram(file, word = 'other') {
  // Before the text is read: what changes in the meantime is noticed at the next start.
  const look = lookOf(file);
  const bytes = readFileSync(file);
  /** @type {string | undefined} */
  let hash;
  const hashNow = () => {
    hash ??= hashOf(bytes);
    return hash;
  };
  const keptPath = pathOfKept(file, word);
  const kept = readKept(keptPath);
  const isSameLook = kept !== undefined && look.every((number, i) => number === kept.look[i]);
  if (isSameLook) hash = kept.hash;
  const code = kept !== undefined && (isSameLook || kept.hash === hashNow()) ? kept.code : undefined;
  // esbuild writes nothing but ASCII.
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname, moduleUrl, programHash) {${bytes.toString('latin1')}\n})`,
    {
      filename: file,
      cachedData: code,
    },
  );
  const isTaken = code !== undefined && script.cachedDataRejected !== true;
  if (!isTaken || (!isSameLook && isSettled(look))) {
    process.once('exit', () => {
      writeKept(file, keptPath, { look, hash: hashNow(), code: isTaken ? code : script.createCachedData() });
    });
  }
  // What Node is told of `import()` for a script is lost in code that is kept; tasks/system/import-module.ts takes this
  // one.
  Reflect.set(globalThis, Symbol.for('natmod import'), (/** @type {string} */ name) => import(name));
  const module = { exports: {} };
  const run = script.runInThisContext();
  run(module.exports, createRequire(file), module, file, dirname(file), pathToFileURL(file).href, hashNow);
  return module.exports;
}

/**
 * Not SHA-256: where the processor has no instructions for SHA it takes twice as long.
 * @param {Uint8Array} bytes
 */
function hashOf(bytes) {
  // It takes longer to load than a small module takes to link, and most starts have no need of it.
  const { createHash } = require('node:crypto');
  return createHash('blake2b512').update(bytes).digest('hex').slice(0, HASH_SIZE);
}

/**
 * Everything the file system tells that changes with the content. The change time shows what a restored time hides.
 * @param {string} file
 */
function lookOf(file) {
  const { mtimeMs, ctimeMs, size, ino, dev } = statSync(file);
  return Float64Array.of(mtimeMs, ctimeMs, size, ino, dev);
}

/**
 * Whether a change would show in a look from now on, because the last one was not just now.
 * @param {Float64Array} look
 */
function isSettled([mtimeMs = 0, ctimeMs = 0]) {
  const tick = mtimeMs % 1000 === 0 ? COARSE_TICK : TICK;
  return Math.max(mtimeMs, ctimeMs) < performance.timeOrigin - tick;
}

/**
 * @typedef {object} Kept
 * @property {Float64Array} look of the program's file when the code was made of it
 * @property {string} hash of its text
 * @property {Buffer} code
 */

/**
 * @param {string} file
 * @param {string} word
 */
function pathOfKept(file, word) {
  const named = /^[a-z][a-z0-9-]{0,30}$/.test(word) ? word : 'other';
  return `${file}.${process.versions.v8}-${process.arch}-${named}.cache`;
}

/** Of a look. */
const NUMBERS = 5;
const HEAD = NUMBERS * Float64Array.BYTES_PER_ELEMENT + HASH_SIZE;

/**
 * All of it is there twice. Comparing shows damage, of which V8 sees none, in a hundredth of the time of a hash.
 * @param {string} path
 * @returns {Kept | undefined}
 */
function readKept(path) {
  try {
    const bytes = readFileSync(path);
    const size = bytes.length / 2;
    const half = bytes.subarray(0, size);
    if (size <= HEAD || !half.equals(bytes.subarray(size))) return undefined;
    const look = Float64Array.from({ length: NUMBERS }, (_, i) => half.readDoubleLE(8 * i));
    return { look, hash: half.toString('latin1', HEAD - HASH_SIZE, HEAD), code: half.subarray(HEAD) };
  } catch {
    // There is none yet, and without it the program runs as well.
    return undefined;
  }
}

/**
 * @param {string} file of the program
 * @param {string} path
 * @param {Kept} kept its look is left out while a change need not show in it
 */
function writeKept(file, path, { look, hash, code }) {
  const temporary = `${path}.${process.pid}`;
  try {
    const others = readdirSync(dirname(file)).filter(
      (name) => name.startsWith(`${basename(file)}.`) && name.endsWith('.cache'),
    );
    if (others.length >= MOST_KEPT && !others.includes(basename(path))) return;
    const head = Buffer.alloc(HEAD);
    for (const [i, number] of look.entries()) head.writeDoubleLE(isSettled(look) ? number : Number.NaN, 8 * i);
    head.write(hash, HEAD - HASH_SIZE, 'latin1');
    writeFileSync(temporary, Buffer.concat([head, code, head, code]), { flag: 'wx' });
    renameSync(temporary, path);
  } catch {
    // A folder that this user may not write: the next start reads the text again.
    rmSync(temporary, { force: true });
  }
}

module.exports = { loadProgram };
