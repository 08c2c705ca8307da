import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import test from 'ava';
import { compileSource } from '../../tasks/bootstrap/compile-tests.mjs';
import { runProcess } from '../../tasks/system/processes.ts';
import { type ProgramOptions, startProgram } from '../../tasks/system/programs.ts';

async function run(code: string, options: ProgramOptions = {}) {
  let text = '';
  const onText = (more: string) => {
    text += more;
  };
  const program = await startProgram([execPath, '-e', code], { onText, ...options });
  return { program, end: await program.ended, text };
}

test('a program gets what is written and its output comes back as it is printed', async (t) => {
  let echo = (_text: string) => {};
  const heard = new Promise<string>((resolve) => {
    echo = resolve;
  });
  const program = await startProgram(['cat'], { input: 'written', onText: (text) => echo(text) });
  await program.write(Buffer.from('hello'));
  t.is(await heard, 'hello');
  program.kill();
  t.like(await program.ended, { status: undefined, signal: 'SIGKILL', startError: undefined, isLate: false });
});

test('characters that come in two pieces are whole', async (t) => {
  const code = `const b = Buffer.from('ü€'); process.stdout.write(b.subarray(0, 3), () =>
    setTimeout(() => process.stdout.write(b.subarray(3)), 100))`;
  t.is((await run(code)).text, 'ü€');
});

test('how a program ended is a value', async (t) => {
  t.like((await run('process.exit(3)')).end, { status: 3, signal: undefined, isLate: false });
  t.like((await run('setInterval(() => {}, 1000)', { timeoutMs: 200 })).end, { status: undefined, isLate: true });
  const none = await startProgram(['/no/such/program'], {});
  t.is(none.pid, undefined);
  t.like(await none.ended, { status: undefined, startError: 'ENOENT' });
  t.like(await runProcess(['/no/such/program'], { cwd: '/' }), { status: undefined, startError: 'ENOENT' });
  const long = 'x'.repeat(3_000_000);
  t.like(await runProcess([execPath, long], { cwd: '/' }), { status: undefined, startError: 'E2BIG', output: '' });
  t.is((await runProcess(['/etc/passwd/program'], { cwd: '/' })).startError, 'ENOTDIR');
  const endless = await runProcess([execPath, '-e', 'setInterval(() => {}, 1000)'], { cwd: '/', timeoutMs: 200 });
  t.like(endless, { status: undefined, signal: 'SIGKILL', isLate: true });
});

test('a variable can be taken out of the environment', async (t) => {
  process.env.NATMOD_TEST_GONE = 'here';
  const code = 'process.stdout.write(String(process.env.NATMOD_TEST_GONE))';
  t.is((await run(code)).text, 'here');
  t.is((await run(code, { env: { NATMOD_TEST_GONE: undefined } })).text, 'undefined');
});

test('a program ends with the process that started it', async (t) => {
  const code = `import { startProgram } from './tasks/system/programs.ts';
    const { pid } = await startProgram(['sleep', '1000']);
    process.stdout.write(String(pid), () => process.exit());`;
  const folder = mkdtempSync(join(tmpdir(), 'natmod-programs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'starts.mjs'), await compileSource(code));
  const { stdout, stderr } = await runProcess([execPath, 'starts.mjs'], { cwd: folder });
  t.regex(stdout, /^\d+$/, stderr);
  while (isAlive(Number(stdout))) await new Promise((resolve) => setTimeout(resolve, 20));
  t.pass();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
