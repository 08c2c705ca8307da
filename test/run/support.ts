import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { examplesDir, projectDir } from '../../tasks/system/project.ts';

/** A temporary folder that is removed after the test file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
  test.after.always(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `natmod` on the examples the way a user does. @returns its exit status and everything it printed */
export async function natmod(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = '',
): Promise<{ status: number | undefined; text: string }> {
  const result = await execa(process.execPath, [join(projectDir, 'bin/natmod.cjs'), ...args], {
    cwd: examplesDir,
    env: { ...process.env, INIT_CWD: undefined, NO_COLOR: '1', ...env } as NodeJS.ProcessEnv,
    input,
    reject: false,
    timeout: 120_000,
  });
  return { status: result.exitCode, text: `${result.stdout}\n${result.stderr}` };
}
