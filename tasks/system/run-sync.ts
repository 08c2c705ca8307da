import { execaSync } from 'execa';

/**
 * Runs a program at once, for tools of ours that make their material as they go.
 * @throws an error with what it printed when it fails
 */
export function runSync(command: readonly string[], cwd: string): void {
  const [program, ...args] = command as [string, ...string[]];
  execaSync(program, args, { cwd, stdin: 'ignore' });
}
