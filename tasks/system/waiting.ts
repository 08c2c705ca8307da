/**
 * Programs that are started before they are wanted. Node starts a program by `fork`, which takes a process of 100 MB
 * milliseconds, and who has just saved a file waits for them. So a shell is started while nobody waits: it reads a line
 * and then becomes the program (`exec`), in its folder, with its environment and its process id.
 */
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type ChildProcess, type Start, spawned } from './spawned.ts';

/** A shell that waits to become a program. */
export interface Waiting extends Start {
  readonly child: ChildProcess;
}

const SHELL = '/bin/sh';

// Words of the program are the shell's parameters: nothing of them is read as a script. A shell sets PWD, and the
// program is to have the one that it would have had. When natmod is killed the line never comes.
const BECOME = 'read -r natmod_go && exec "$@" </dev/null';
const WITH_PWD = `PWD=$1; shift; ${BECOME}`;
const WITHOUT_PWD = `unset PWD; shift; ${BECOME}`;

/** Variables that shells keep for themselves; those that have a name only other programs can read they lose. */
const OF_SHELLS = /^(?:IFS|OPTIND|OPTARG|PPID|PS[124]|LINENO|RANDOM|SECONDS|HISTCMD|natmod_go)$/;
const NAME = /^[A-Za-z_]\w*$/;

/** How a shell ends that cannot become the program, which may be gone. */
export function hasNotBecome(status: number | undefined): boolean {
  return status === 126 || status === 127;
}

/** Whether a shell can wait to become this one, so that nobody could tell the difference. */
export function canWait({ command, env }: Start): boolean {
  // Only there a look at the process tells which folder it is in.
  if (process.platform !== 'linux' || !isAbsolute(command[0] ?? '')) return false;
  return Object.keys(env).every((name) => NAME.test(name) && !OF_SHELLS.test(name));
}

/** Starts a shell that waits; undefined where it cannot be started. */
export function startWaiting(start: Start): Waiting | undefined {
  const { command, cwd, env } = start;
  const script = env.PWD === undefined ? WITHOUT_PWD : WITH_PWD;
  const words = [SHELL, '-c', script, 'natmod', env.PWD ?? '', ...command];
  const child = spawned({ command: words, cwd, env }, 'pipe');
  if (typeof child === 'string') return undefined;
  // It is not taken then.
  for (const each of [child, child.stdin]) each?.on('error', () => {});
  return { ...start, child };
}

/** Whether it waits for exactly this. */
export function waitsFor({ child, ...waiting }: Waiting, { command, cwd, env }: Start): boolean {
  return (
    child.exitCode === null &&
    child.signalCode === null &&
    waiting.cwd === cwd &&
    isSame(waiting.command, command) &&
    isSame(Object.entries(waiting.env).flat(), Object.entries(env).flat()) &&
    isIn(child.pid, cwd)
  );
}

/** Makes it the program that it waits to become. */
export function release({ child }: Waiting): ChildProcess {
  child.stdin?.end('\n');
  return child;
}

/** Whether a process is in the folder that now has this path: one that was made anew is another one. */
function isIn(pid: number | undefined, folder: string): boolean {
  try {
    const [own, asked] = [statSync(`/proc/${pid}/cwd`), statSync(folder)];
    return own.ino === asked.ino && own.dev === asked.dev;
  } catch {
    // The process has ended, or the folder is gone: then the usual start tells what is wrong.
    return false;
  }
}

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}
