/** Times whole processes. CPU time is that of a process and all its children, as the kernel accounts it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Timing
 * @property {number} wall seconds
 * @property {number} cpu seconds, user and system, children included
 *
 * @typedef {object} Runs
 * @property {number[]} wall seconds of each run
 * @property {number[]} cpu
 *
 * @typedef {object} Command
 * @property {readonly string[]} argv
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {() => void} [before] runs before each timing and is not timed
 */

/**
 * Runs a command once.
 * @param {Command} command
 * @returns {Timing}
 * @throws {Error} when it fails, with what it printed
 */
export function time({ argv, cwd, env, before }) {
  before?.();
  // bash's own accounting covers grandchildren that were waited for, which process.resourceUsage() does not.
  const script = 'TIMEFORMAT="%R %U %S"; exec 3>&2; { time "$@" >&3 2>&3; } 2>&1';
  const start = process.hrtime.bigint();
  const result = spawnSync('bash', ['-c', script, 'bench', ...argv], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  if (result.status !== 0) throw new Error(`${argv.join(' ')} failed:\n${result.stderr}${result.error ?? ''}`);
  const [, user, system] = result.stdout.trim().split(/\s+/).map(Number);
  return { wall, cpu: (user ?? 0) + (system ?? 0) };
}

/** Writes the largest memory of the process, in KiB, to the file that the environment names. */
const WATCH = `data:text/javascript,process.on('exit',()=>process.getBuiltinModule('fs').writeFileSync(process.env.BENCH_MEMORY,String(process.resourceUsage().maxRSS)))`;

/**
 * Runs a command of Node's once more.
 * @param {Command} command
 * @param {string} folder for a file of its own
 * @returns {number} the most memory that its process had, in MiB, without those that it started
 */
export function peakMemory(command, folder) {
  const file = join(folder, 'memory');
  const [node = '', ...words] = command.argv;
  // An option, and no variable of the environment: other programs of Node that it starts must not write there.
  const argv = [node, `--import=${WATCH}`, ...words];
  time({ ...command, argv, env: { ...process.env, ...command.env, BENCH_MEMORY: file } });
  return Number(readFileSync(file, 'utf8')) / 1024;
}

/**
 * Runs commands in turn, A B A B, so that a drift of the machine's speed meets all of them alike.
 * @param {readonly Command[]} commands
 * @param {number} runs
 * @returns {Runs[]} in the order of the commands
 */
export function timeInTurn(commands, runs) {
  const all = commands.map(() => /** @type {Runs} */ ({ wall: [], cpu: [] }));
  for (let run = 0; run < runs; run++) {
    for (const [i, command] of commands.entries()) {
      const { wall, cpu } = time(command);
      all[i]?.wall.push(wall);
      all[i]?.cpu.push(cpu);
    }
  }
  return all;
}
