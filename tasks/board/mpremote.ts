import { fail } from '../../natmod-rules/problem.ts';
import { lastLine, splitTraceback } from '../../natmod-rules/runtime/messages.ts';
import { runProcess } from '../system/processes.ts';
import { startProgram } from '../system/programs.ts';
import type { Board } from './board.ts';
import { BoardTimeout } from './board.ts';

/**
 * A board by way of MicroPython's own tool. Each piece of code is one run of it; `resume` keeps what earlier ones have
 * made.
 * @param program absolute path of mpremote
 * @param port a device or an address that mpremote knows, or `auto`
 */
export function mpremoteBoard(program: string, port: string): Board {
  const name = port === 'auto' ? 'board (mpremote)' : port;
  return {
    name,
    async execute(code, { timeoutMs = 30_000, show } = {}) {
      const { stdout, stderr, status, late } = await runCode(
        [program, 'connect', port, 'resume', 'exec', code],
        timeoutMs,
        show,
      );
      if (late) throw new BoardTimeout(name, timeoutMs, stdout);
      const text = Buffer.from(stdout, 'latin1').toString().replaceAll('\r\n', '\n');
      if (status === 0) return { output: text, error: '' };
      // The board's traceback comes behind its output; one of mpremote itself goes to the other stream.
      const { output, traceback } = splitTraceback(text);
      if (traceback !== '') return { output, error: traceback };
      return fail('no-repl', `${name}: mpremote failed: ${lastLine(stderr) || `status ${status}`}`);
    },
    async reset() {
      await runProcess([program, 'connect', port, 'reset'], { cwd: process.cwd() });
    },
    async close() {},
  };
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  readonly late: boolean;
}

async function runCode(command: readonly string[], timeoutMs: number, show?: (text: string) => void): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const child = await startProgram(command, {
    timeoutMs,
    onBytes(bytes, stream) {
      if (stream === 'stderr') {
        stderr += bytes.toString();
        return;
      }
      const text = bytes.toString('latin1');
      stdout += text;
      show?.(text);
    },
  });
  const { status = -1, startError, isLate: late } = await child.ended;
  if (startError !== undefined) stderr += `${command[0]} cannot be started: ${startError}`;
  return { stdout, stderr: stderr.replaceAll('\r\n', '\n'), status, late };
}
