/** Runs Python code in a real MicroPython, with modules beside it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolders } from './make-folders.cjs';
import { run } from './processes.mjs';

/**
 * @typedef {object} Script
 * @property {Readonly<Record<string, Uint8Array | string>>} [files] files of the folder in which the script runs, so
 *   that it can import them; names may have `/`
 * @property {string} script Python source
 * @property {number} [timeoutMs] the program is stopped after that long; 60 s when left out
 */

/**
 * Runs a script in a temporary folder that is removed afterwards.
 * @param {import('./runtimes.mjs').Runtime} runtime
 * @param {Script} wanted
 * @returns {Promise<import('./processes.mjs').RunResult>} `exitCode` is 1 after an uncaught Python exception, whose
 *   traceback is in one of the outputs, and -1 when MicroPython crashed or took too long
 */
export async function runScript(runtime, { files = {}, script, timeoutMs = 60_000 }) {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-run-'));
  try {
    for (const [name, content] of Object.entries({ ...files, 'main.py': script })) {
      makeFolders(dirname(join(folder, name)));
      writeFileSync(join(folder, name), content);
    }
    return await run(runtime.command, [...runtime.args, 'main.py'], { cwd: folder, timeoutMs });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
