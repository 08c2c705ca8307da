import { type ChildProcess, spawn } from 'node:child_process';

export type { ChildProcess };

/** A program with everything that decides what it does. */
export interface Start {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

// A compiler driver starts others. In a group of its own it can be ended together with them. Windows has no groups;
// there `detached` would open a window.
export const GROUP = { detached: process.platform !== 'win32' } as const;

/**
 * A process, or why there is none where Node throws that at once, as for a command line that is too long (E2BIG) or a
 * folder that is a file by now (ENOTDIR).
 */
export function spawned({ command, cwd, env }: Start, stdin: 'pipe' | 'ignore'): ChildProcess | string {
  const [program = '', ...args] = command;
  try {
    return spawn(program, args, { cwd, env, stdio: [stdin, 'pipe', 'pipe'], ...GROUP });
  } catch (error) {
    // What is a mistake of ours, such as a word with a zero byte, comes from no system call.
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    return code;
  }
}
