import test from 'ava';
import { AVA_OF_WORKER, compileSource } from '../../tasks/bootstrap/compile-tests.mjs';
import { testWith } from '../support/needs.ts';
import { runAva } from '../support/run-ava.ts';

const FILE = `import { testWith } from './test/support/needs.ts';
testWith({}, 'without needs', (t) => t.pass());
testWith({ tool: 'no-such-program' }, 'with a tool', (t) => t.fail());
testWith({ compiler: ['armv7m', 'rv32imc'], runtime: 'x64', source: true, mpyCross: true }, 'with all', (t) => t.fail());
testWith({ compiler: 'xtensawin' }, 'with what no package has', (t) => t.fail());
`;
const NOTHING_THERE = { PATH: '/nonexistent', NATMOD_CACHE: '/nonexistent' };

test.serial('a test whose needs are not met is skipped under a title that says why', async (t) => {
  const { exitCode, counts, output } = await runAva({ a: await compileSource(FILE) }, [], NOTHING_THERE);
  t.is(exitCode, 0, output);
  t.is(counts.passed, 1);
  t.deepEqual(counts.skipped, [
    'with a tool [skipped: no no-such-program on PATH]',
    'with all [skipped: no C compiler for armv7m on PATH; no C compiler for rv32imc on PATH; MicroPython for x64 is not in ' +
      'the cache: natmod runtimes --add x64; no MicroPython source tree is in the cache and MPY_DIR is not set; no MicroPython source tree is in the ' +
      'cache and MPY_DIR is not set]',
    'with what no package has [skipped: no C compiler for xtensawin on PATH]',
  ]);
});

test.serial('with CI=true it fails, unless no set-up of ours could provide the tool', async (t) => {
  const { exitCode, counts, output } = await runAva({ a: await compileSource(FILE) }, [], {
    ...NOTHING_THERE,
    CI: 'true',
  });
  t.is(exitCode, 1);
  t.deepEqual(counts, {
    passed: 1,
    failed: 2,
    skipped: ['with what no package has [skipped: no C compiler for xtensawin on PATH]'],
  });
  t.regex(output, /cannot be skipped with CI=true: no no-such-program on PATH/);
});

testWith({ tool: 'node' }, 'a test whose needs are met runs', (t) => t.pass());

test('tests run in the worker of ava that is one file', (t) => {
  t.is(typeof Reflect.get(globalThis, Symbol.for(AVA_OF_WORKER)), 'function');
});
