import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const ARCHES: readonly ArchName[] = ['x64', 'x86', 'armv6m', 'armv7m', 'armv7emsp', 'armv7emdp'];

for (const name of ARCHES) {
  testWith({ runtime: name }, `the MicroPython for ${name} takes .mpy 6.3 of that architecture`, async (t) => {
    const script = 'import sys\nm = sys.implementation._mpy\nprint(m & 0xff, m >> 8 & 3, m >> 10)\n';
    const result = await runMicroPython(name, { script });
    t.is(result.stderr, '');
    t.is(result.exitCode, 0);
    const [version, subVersion, number] = result.stdout.trim().split(' ').map(Number);
    t.is(version, 6);
    t.is(subVersion, 3);
    // An ARM build takes its own number and those of the smaller cores, down to armv6m.
    const arch = archByName(name);
    if (arch.family === 'arm') t.true(number! >= arch.mpyNumber && number! <= archByName('armv7emdp').mpyNumber);
    else t.is(number, arch.mpyNumber);
  });
}

testWith({ runtime: 'x64' }, 'a script imports the files given with it and its traceback is reported', async (t) => {
  const files = { 'one.py': 'VALUE = 1\n', 'pack/two.py': 'VALUE = 2\n' };
  const good = await runMicroPython('x64', {
    files,
    script: 'import one\nfrom pack import two\nprint(one.VALUE + two.VALUE)',
  });
  t.deepEqual(good, { exitCode: 0, stdout: '3\n', stderr: '' });
  const bad = await runMicroPython('x64', { script: 'raise ValueError("of no use")' });
  t.is(bad.exitCode, 1);
  t.regex(bad.stdout + bad.stderr, /ValueError: of no use/);
});

testWith({ runtime: 'x64' }, 'a script that does not end is stopped', async (t) => {
  const result = await runMicroPython('x64', { script: 'while True: pass', timeoutMs: 300 });
  t.is(result.exitCode, -1);
  t.regex(result.stderr, /SIGKILL/);
});

test('NATMOD_MICROPYTHON_<ARCH> names the MicroPython to use', (t) => {
  const env = { NATMOD_MICROPYTHON_RV32IMC: process.execPath };
  t.deepEqual(findRuntime('rv32imc', env), { command: process.execPath, args: [] });
});

test('a NATMOD_MICROPYTHON_<ARCH> that is no program is told, not passed over', (t) => {
  const found = findRuntime('x64', { NATMOD_MICROPYTHON_X64: '/no/such/program' });
  t.deepEqual(found, { missing: 'NATMOD_MICROPYTHON_X64=/no/such/program is no program' });
});

test('an architecture that no MicroPython can be had for says so', (t) => {
  const found = findRuntime('xtensawin', {});
  t.true('missing' in found && /xtensawin/.test(found.missing));
});

test('an empty cache and no qemu give a reason', (t) => {
  const found = findRuntime('armv7m', { NATMOD_CACHE: '/no/such/folder', PATH: '' });
  t.true('missing' in found && /not in the cache/.test(found.missing));
});

testWith(
  { runtime: 'x86' },
  'x86 needs no emulator where the kernel runs programs of 32 bits, and has one where not',
  async (t) => {
    const found = findRuntime('x86');
    if ('missing' in found) return t.fail(found.missing);
    const isEmulated = /qemu-i386/.test(found.command);
    // The kernel itself is the judge: it starts the loader of the root, or refuses to.
    const [loader, ...args] = isEmulated ? found.args.slice(2) : [found.command, ...found.args];
    const { exitCode } = await run(loader!, [...args, '-c', '']);
    t.is(exitCode === 0, !isEmulated || process.arch !== 'x64');
    if (!isEmulated) t.false('missing' in findRuntime('x86', { ...process.env, PATH: '' }), 'no qemu is looked for');
  },
);
