import { spawn } from 'node:child_process';
import { fail } from '../../natmod-rules/problem.ts';

/**
 * Runs a program that takes over our input and output.
 * @param options.env added to the environment
 * @returns its exit status, 1 when a signal ended it
 * @throws NatmodError `cannot-start`
 */
export function runInherited(
  command: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<number> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.on('error', (error: NodeJS.ErrnoException) => {
      try {
        fail('cannot-start', `${program} cannot be started: ${error.code}`);
      } catch (problem) {
        reject(problem);
      }
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
}
