/** A shell that may mount file systems nobody else sees, for what happens on a full disk or a read-only one. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';

const WAYS = [['-m'], ['-r', '-m']];

/** How `unshare` (util-linux) has to be called here, so that mounting works; undefined where it does not. */
function findWay(): readonly string[] | undefined {
  return WAYS.find((way) => {
    const { status } = spawnSync('unshare', [...way, 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'], { timeout: 10_000 });
    return status === 0;
  });
}

let way: readonly string[] | undefined | null = null;

/** Whether this user may mount; containers often forbid it. */
export function canMount(): boolean {
  if (way === null) way = findWay();
  return way !== undefined;
}

export interface ShellResult {
  readonly status: number;
  readonly output: string;
}

/** Runs lines of sh one after the other, all in the same world of mounts, which ends with the body. */
export async function withMounts(body: (sh: (line: string) => Promise<ShellResult>) => Promise<void>): Promise<void> {
  const shell = spawn('unshare', [...(canMount() ? way! : []), 'sh']);
  const ended = new Promise((resolve) => shell.once('close', resolve));
  try {
    await body((line) => runLine(shell, line));
  } finally {
    shell.stdin.end('exit\n');
    await ended;
  }
}

let count = 0;

function runLine(shell: ChildProcessWithoutNullStreams, line: string): Promise<ShellResult> {
  const mark = `end-of-line-${++count}`;
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (bytes: Buffer) => {
      output += bytes.toString();
      const found = new RegExp(`${mark} (\\d+)\\n`).exec(output);
      if (found === null) return;
      shell.stdout.off('data', take);
      shell.off('close', onEnd);
      resolve({ status: Number(found[1]), output: output.slice(0, found.index) });
    };
    const onEnd = () => reject(new Error(`the shell has ended: ${output}`));
    shell.stdout.on('data', take);
    shell.once('close', onEnd);
    shell.stdin.write(`{ ${line}\n} 2>&1 </dev/null; echo "${mark} $?"\n`);
  });
}
