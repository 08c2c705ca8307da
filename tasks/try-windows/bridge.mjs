/**
 * Programs of this machine for programs of Windows. No compiler of ours comes as a package for Windows, so bridge.c
 * stands there under its name, and this server runs the real one: names of files become those of this machine on the
 * way in, and on the way out what a compiler that was built for Windows would print. What differs in such a compiler
 * itself is not tried by this.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, isAbsolute, join } from 'node:path';

/** Flags that a path can follow without a blank. */
const BEFORE = /^(?:@|-[ILBMF]|-MF|-i(?:system|quote|dirafter|macros)|-include|[-\w,.+]*[=,])/;

/**
 * @typedef {object} Places
 * @property {string} driveC folder that is `C:\`
 * @property {Readonly<Record<string, string>>} programs absolute path here, by the name that it has there
 *
 * @typedef {{ given: string, here: string }} Name a file's name in both worlds
 */

/**
 * Starts it.
 * @param {Places} places
 * @returns {Promise<{ port: number, compiled: () => number, close: () => void }>} `compiled` tells how often something
 *   was compiled to an object
 */
export async function startBridge(places) {
  let compiled = 0;
  const server = createServer((socket) => {
    /** @type {Buffer[]} */
    const parts = [];
    // A program that was ended there has nobody to tell.
    socket.on('error', () => {});
    socket.on('data', (data) => {
      parts.push(data);
      if (data.at(-1) !== 0) return;
      const words = Buffer.concat(parts).toString('utf8').split('\0').slice(0, -1);
      if (words.at(-1) !== '\n') return;
      const [program = '', cwd = '', ...args] = words.slice(0, -1);
      if (args.includes('-c') && !args.includes('-v')) compiled++;
      const send = (/** @type {string} */ kind, /** @type {Buffer | number} */ what) => {
        const head = Buffer.alloc(5);
        head.write(kind);
        head.writeUInt32LE(typeof what === 'number' ? what >>> 0 : what.length, 1);
        socket.write(head);
        if (typeof what !== 'number') socket.write(what);
      };
      runHere(places, basename(program.replaceAll('\\', '/')).replace(/\.exe$/i, ''), cwd, args).then(
        ({ status, stdout, stderr }) => {
          if (stdout.length > 0) send('O', stdout);
          if (stderr.length > 0) send('E', stderr);
          send('X', status);
          socket.end();
        },
      );
    });
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { port: address.port, compiled: () => compiled, close: () => server.close() };
}

/**
 * @param {Places} places
 * @param {string} name
 * @param {string} folder
 * @param {readonly string[]} args
 */
async function runHere({ driveC, programs }, name, folder, args) {
  const cwd = placeHere(folder, driveC);
  /** @type {Name[]} */
  const names = [{ given: folder, here: cwd }];
  const words = args.map((word) => wordHere(word, { cwd, driveC, names }));
  const program = programs[name];
  if (program === undefined) return { status: 127, stdout: Buffer.alloc(0), stderr: Buffer.from(`no ${name}\n`) };
  /** @type {Buffer[]} */
  const stdout = [];
  /** @type {Buffer[]} */
  const stderr = [];
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (data) => stdout.push(data));
  child.stderr.on('data', (data) => stderr.push(data));
  const status = await new Promise((ended) => {
    child.on('error', () => ended(126));
    child.on('close', (code) => ended(code ?? 125));
  });
  for (const flag of ['-MF', '-Wa,--MD']) rewriteList(listOf(words, flag), cwd, names, driveC);
  const given = (/** @type {Buffer[]} */ parts) =>
    Buffer.from(textThere(Buffer.concat(parts).toString('latin1'), names, driveC), 'latin1');
  return { status, stdout: given(stdout), stderr: given(stderr) };
}

/** The file that a flag names behind it or in the same word. @param {readonly string[]} words @param {string} flag */
function listOf(words, flag) {
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag},`));
  const word = words[at];
  if (word === undefined) return undefined;
  return word === flag ? words[at + 1] : word.slice(flag.length + 1);
}

/**
 * @param {string | undefined} file
 * @param {string} cwd
 * @param {readonly Name[]} names
 * @param {string} driveC
 */
function rewriteList(file, cwd, names, driveC) {
  const path = file === undefined || isAbsolute(file) ? file : join(cwd, file);
  if (path === undefined || path === '/dev/null' || !existsSync(path)) return;
  writeFileSync(path, textThere(readFileSync(path, 'latin1'), names, driveC), 'latin1');
}

/**
 * @param {string} word
 * @param {{ cwd: string, driveC: string, names: Name[] }} place `names` gets what was found
 */
function wordHere(word, { cwd, driveC, names }) {
  const define = /^(-D\w+=[<"])([a-z]:[\\/].*)([>"])$/i.exec(word);
  if (define !== null) return `${define[1]}${placeHere(define[2] ?? '', driveC)}${define[3]}`;
  if (word.startsWith('-D')) return word;
  const start = BEFORE.exec(word)?.[0] ?? '';
  const rest = word.slice(start.length);
  if (/^(?:\\\\\.\\)?nul$/i.test(rest)) return `${start}/dev/null`;
  if (/^[a-z]:[\\/]/i.test(rest)) {
    const here = placeHere(rest, driveC);
    names.push({ given: rest, here });
    return start + here;
  }
  if (/["']/.test(rest)) return word;
  const slashed = rest.replaceAll('\\', '/');
  const here = word.startsWith('-') || existsSync(join(cwd, slashed)) ? slashed : inOtherLetters(slashed, cwd);
  if (here === rest) return word;
  names.push({ given: rest, here });
  return start + here;
}

/**
 * The path here of one there; letters are taken for others as Windows does where such a file exists.
 * @param {string} path
 * @param {string} driveC
 */
export function placeHere(path, driveC) {
  const slashed = path.replaceAll('\\', '/').replace(/^\/\/\?\//, '');
  const [, drive = 'z', rest = ''] = /^([a-z]):\/*(.*)$/i.exec(slashed) ?? [];
  let place = drive.toLowerCase() === 'c' ? driveC : '/';
  for (const part of rest.split('/')) place = join(place, existing(place, part));
  return place;
}

/** A relative name. @param {string} name @param {string} cwd */
function inOtherLetters(name, cwd) {
  let found = '';
  for (const part of name.split('/')) found = join(found, existing(join(cwd, found), part));
  return found;
}

/** @param {string} folder @param {string} name */
function existing(folder, name) {
  if (name === '' || existsSync(join(folder, name)) || !existsSync(folder)) return name;
  return readdirSync(folder).find((other) => other.toLowerCase() === name.toLowerCase()) ?? name;
}

/**
 * What a compiler prints of paths: those that it was given as they were given, and its own with a drive letter.
 * @param {string} text
 * @param {readonly Name[]} names
 * @param {string} driveC
 */
export function textThere(text, names, driveC) {
  let result = text.replaceAll(/^((?:COMPILER|LIBRARY)_PATH)=(.*)$/gm, (_, name, value) => {
    return `${name}=${value.split(':').join(';')}`;
  });
  const forms = names.flatMap(({ given, here }) => [
    { given, here },
    { given: given.replaceAll(' ', '\\ '), here: here.replaceAll(' ', '\\ ') },
  ]);
  for (const { given, here } of forms.sort((a, b) => b.here.length - a.here.length)) {
    // Behind a letter or a part of a path it is something else; the mark keeps what was replaced from being read again.
    const pattern = new RegExp(`(?<![\\w./\\\\\u0001-])${escaped(here)}(?![\\w.-])`, 'g');
    result = result.replace(pattern, () => `\u0001${given}`);
  }
  result = result.replaceAll(/(?<![\w./\\:\u0001-])\/[\w.+/-]+/g, (path) => {
    if (path.startsWith(`${driveC}/`)) return `C:/${path.slice(driveC.length + 1)}`;
    if (!existsSync(path)) return path;
    // Without the links of this machine, which wine shows to no program.
    return `Z:${realpathSync(path)}${path.endsWith('/') ? '/' : ''}`;
  });
  return result.replaceAll('\u0001', '');
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
