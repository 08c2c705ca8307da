import type { ArchName } from '../../natmod-rules/arch/index.ts';
import type { RunResult } from '../../tasks/bootstrap/processes.mjs';
import { findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { runScript, type Script } from '../../tasks/bootstrap/run-script.mjs';

/**
 * Runs a script in the MicroPython for an architecture, in a temporary folder that holds the given files and is removed
 * afterwards.
 * @returns what it printed; `exitCode` is 1 after an uncaught Python exception, whose traceback is in one of the
 *   outputs, and -1 when MicroPython crashed or took too long
 * @throws Error when there is no such MicroPython; `testWith({ runtime: arch }, ...)` keeps a test from coming that far
 */
export async function runMicroPython(arch: ArchName, script: Script): Promise<RunResult> {
  const runtime = findRuntime(arch);
  if ('missing' in runtime) throw new Error(`no MicroPython for ${arch}: ${runtime.missing}`);
  return runScript(runtime, script);
}
