/** Runs the command-line programs as users do: the launcher in bin/, in a process of its own. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { type RunResult, run } from '../../tasks/bootstrap/processes.mjs';
import { createPool } from '../../tasks/system/pool.ts';

export type Program = 'mpy-ld' | 'mpy-tool';

export function launcher(program: Program): string {
  return fileURLToPath(new URL(`../../bin/${program}.cjs`, import.meta.url));
}

// All tests of a file start at once.
const pool = createPool(2);

/** @param added to the environment */
export function runCli(
  program: Program,
  words: readonly string[],
  cwd: string,
  added: NodeJS.ProcessEnv = {},
): Promise<RunResult> {
  const env = { ...process.env, ...added };
  return pool.run(() => run(process.execPath, [launcher(program), ...words], { cwd, timeoutMs: 60_000, env }));
}

/** A folder for one test, removed when it ends. */
export function makeFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'natmod cli ü '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
