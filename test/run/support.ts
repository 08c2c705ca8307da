import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { projectDir } from '../../tasks/support/project.ts';

/** A temporary folder that is removed after the test file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
  test.after.always(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs gulp the way a user does. @returns its exit status and everything it printed */
export async function gulp(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number; text: string }> {
  const program = join(projectDir, 'node_modules/gulp/bin/gulp.js');
  const options = { cwd: projectDir, env: { ...process.env, INIT_CWD: undefined, NO_COLOR: '1', ...env } };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], options);
    return { status: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, text: stdout + stderr };
  }
}
