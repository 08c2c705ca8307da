/** How set-up talks: one line per step on standard output, one clear message when it cannot go on. */

/**
 * A failure that the person at the keyboard can do something about. It is printed without a stack.
 */
export class SetupError extends Error {
  /**
   * @param {string} message what is wrong, one sentence without a final full stop
   * @param {string} [hint] what to do about it
   */
  constructor(message, hint) {
    super(hint === undefined ? message : `${message}\n  ${hint.replaceAll('\n', '\n  ')}`);
    this.name = 'SetupError';
  }
}

/**
 * Prints one progress line. Set-up is silent where there is nothing to do.
 * @param {string} line
 */
export function say(line) {
  sink.write(`natmod: ${line}\n`);
}

/** @type {NodeJS.WritableStream} */
let sink = process.stdout;

/**
 * Where such lines go: standard output may be for something else.
 * @param {NodeJS.WritableStream} stream
 */
export function sayTo(stream) {
  sink = stream;
}

/**
 * What to tell about a caught error: the message of a failure that was foreseen, the stack of any other.
 * @param {unknown} error
 * @returns {string}
 */
export function describeError(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'SetupError' || error.name === 'NatmodError') return error.message;
  return describeDiskError(error) ?? error.stack ?? error.message;
}

/**
 * Errors of the file system that come from the machine and not from a bug of ours; undefined for all others.
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function describeDiskError(error) {
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  const where = path ?? 'the disk';
  if (code === 'ENOSPC' || code === 'EDQUOT') return `no space left to write ${where}: free some or set NATMOD_CACHE`;
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return `${where} cannot be written: give this user the right to, or set NATMOD_CACHE to another folder`;
  }
  return undefined;
}

/**
 * Runs a command line's main function; its number is the exit status, 1 after an error.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`natmod: ${describeError(error)}\n`);
    process.exitCode = 1;
  }
}
