/**
 * Loads a program that is one file of JavaScript together with the code that V8 made of it at an earlier start. Reading
 * the functions of a program of this size again at every start takes longer than most of what they do.
 */
const { createHash } = require('node:crypto');
const { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname } = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

/** One for each word that a command line may begin with, which settles what of the program runs; more are not kept. */
const MOST_KEPT = 40;
const HASH_BYTES = 32;

/**
 * Runs a file that is made by `bundle` and gives what it exports. The file's text decides what runs: code from an
 * earlier start is taken only if its hash is right, and if it was made from the same text by the same V8.
 *
 * @param {string} file absolute
 * @param {string} [word] what the process is asked for; each word has the functions that it needs
 * @returns {any}
 */
function loadProgram(file, word = 'other') {
  const bytes = readFileSync(file);
  const programHash = hashOf(bytes);
  const cached = cacheOf(file, programHash, word);
  const code = cached.read();
  // esbuild writes nothing but ASCII.
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname, moduleUrl, programHash) {${bytes.toString('latin1')}\n})`,
    {
      filename: file,
      cachedData: code,
    },
  );
  if (code === undefined || script.cachedDataRejected === true) {
    process.once('exit', () => cached.write(script.createCachedData()));
  }
  // What Node is told of `import()` for a script is lost in code that is kept; tasks/system/import-module.ts takes this
  // one.
  Reflect.set(globalThis, Symbol.for('natmod import'), (/** @type {string} */ name) => import(name));
  const module = { exports: {} };
  const run = script.runInThisContext();
  run(module.exports, createRequire(file), module, file, dirname(file), pathToFileURL(file).href, programHash);
  return module.exports;
}

/**
 * Not SHA-256: this is done at every start, and where the processor has no instructions for SHA it takes half the time.
 * @param {...Uint8Array | string} parts
 */
function hashOf(...parts) {
  const hash = createHash('blake2b512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 2 * HASH_BYTES);
}

/**
 * @param {string} file
 * @param {string} programHash
 * @param {string} word
 */
function cacheOf(file, programHash, word) {
  const named = /^[a-z][a-z-]{0,30}$/.test(word) ? word : 'other';
  const path = `${file}.${process.versions.v8}-${process.arch}-${named}.cache`;
  return {
    /** @returns {Buffer | undefined} */
    read() {
      try {
        const bytes = readFileSync(path);
        const code = bytes.subarray(HASH_BYTES);
        return hashOf(programHash, code) === bytes.subarray(0, HASH_BYTES).toString('hex') ? code : undefined;
      } catch {
        // There is none yet, and without it the program runs as well.
        return undefined;
      }
    },
    /** @param {Buffer} code */
    write(code) {
      const temporary = `${path}.${process.pid}`;
      try {
        const folder = dirname(file);
        const kept = readdirSync(folder).filter(
          (name) => name.startsWith(`${basename(file)}.`) && name.endsWith('.cache'),
        );
        if (kept.length >= MOST_KEPT && !kept.includes(basename(path))) return;
        writeFileSync(temporary, Buffer.concat([Buffer.from(hashOf(programHash, code), 'hex'), code]), { flag: 'wx' });
        renameSync(temporary, path);
      } catch {
        // A folder that this user may not write: the next start reads the text again.
        rmSync(temporary, { force: true });
      }
    },
  };
}

module.exports = { loadProgram };
