import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * @typedef {object} RunResult
 * @property {number} exitCode -1 when the program could not be started, was killed or took too long
 * @property {string} stdout
 * @property {string} stderr when the program could not be started, the reason
 *
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] the whole environment; the caller's own without it
 * @property {number} [timeoutMs] the program is killed after that long
 * @property {boolean} [show] also passes both outputs through while the program runs
 * @property {(line: string) => void} [onLine] gets each line of standard output as it comes
 */

/** More output than this of one stream is dropped, so that no program can fill the memory. */
const MAX_OUTPUT = 32 * 1024 * 1024;

/**
 * Runs a program without a shell and without input, and waits for it. Never throws: look at `exitCode`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let failure = '';
    const stdout = collect(child.stdout, options.show ? process.stdout : undefined, options.onLine);
    const stderr = collect(child.stderr, options.show ? process.stderr : undefined);
    child.on('error', (error) => {
      failure = error.message;
    });
    child.on('close', (code, signal) => {
      if (signal !== null && failure === '') failure = `${command} was stopped by ${signal}`;
      const text = stderr();
      done({ exitCode: code ?? -1, stdout: stdout(), stderr: failure === '' ? text : `${text}${failure}\n` });
    });
  });
}

/**
 * @param {import('node:stream').Readable} stream
 * @param {NodeJS.WritableStream | undefined} copyTo
 * @param {((line: string) => void) | undefined} [onLine]
 * @returns {() => string} the text so far; hands out the unfinished last line too
 */
function collect(stream, copyTo, onLine) {
  /** @type {string[]} */
  const parts = [];
  let size = 0;
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (/** @type {string} */ text) => {
    copyTo?.write(text);
    size += text.length;
    if (size <= MAX_OUTPUT) parts.push(text);
    if (onLine === undefined) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => {
    if (rest !== '') onLine?.(rest);
    rest = '';
    return parts.join('');
  };
}

/**
 * The absolute path of a program on PATH; an absolute name stands for itself.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findOnPath(name, env = process.env) {
  if (isAbsolute(name)) return isProgram(name) ? name : undefined;
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const suffix of suffixes) {
      const file = join(folder, name + suffix);
      if (isProgram(file)) return file;
    }
  }
  return undefined;
}

/**
 * Whether the path names a file that this user may run.
 * @param {string} file
 */
export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Missing, or not for this user.
    return false;
  }
}
