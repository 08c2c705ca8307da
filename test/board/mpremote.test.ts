import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { mpremoteBoard } from '../../tasks/board/mpremote.ts';

// A program in the place of mpremote: prints what it was asked to run, or what the real one prints when that fails.
const PROGRAM = `#!${process.execPath}
const [, , connect, port, resume, exec, code] = process.argv;
if (code === 'fail') { process.stdout.write('out\\r\\nTraceback (most recent call last):\\r\\nValueError: x\\r\\n'); process.exit(1); }
if (code === 'absent') { process.stderr.write('mpremote: failed to access ' + port + '\\n'); process.exit(1); }
if (code === 'hang') { process.stdout.write('so far'); setInterval(() => {}, 1000); }
else process.stdout.write([connect, port, resume, exec, code].join(' ') + '\\r\\n');
`;

test('a board by way of mpremote: output, tracebacks, failures, time-outs', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'natmod-test-'));
  try {
    const program = join(folder, 'mpremote');
    await writeFile(program, PROGRAM);
    await chmod(program, 0o755);
    const board = mpremoteBoard(program, '/dev/x');
    t.deepEqual(await board.execute('print(1)'), { output: 'connect /dev/x resume exec print(1)\n', error: '' });
    const failed = await board.execute('fail');
    t.deepEqual(failed, { output: 'out\n', error: 'Traceback (most recent call last):\nValueError: x\n' });
    await t.throwsAsync(board.execute('absent'), { message: /mpremote failed: mpremote: failed to access \/dev\/x/ });
    await t.throwsAsync(board.execute('hang', { timeoutMs: 8000 }), {
      message: /no end after 8 s; the last output was "so far"/,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
