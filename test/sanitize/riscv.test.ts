import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, inFolder, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { EMULATOR, saidInModule } from '../support/riscv-run.ts';
import { DEEP_KIND, KINDS } from './kinds.ts';
import { callsOf, compareKinds, writeKinds } from './run.ts';

/** For rv64imc there is no MicroPython, so a program loads the module as one does and gives it what it calls. */
testWith(
  { compiler: 'rv64imc', tool: EMULATOR.rv64imc },
  'rv64imc: every kind of undefined behaviour is told with its place and values',
  (t) =>
    inFolder(async (dir) => {
      const lines = writeKinds(dir, KINDS);
      const names = [...KINDS.map(({ name }) => name), DEEP_KIND.name];
      const table = `${names.map((name) => `int ${name}(int x);`).join('\n')}
static const void *const table[] = {${names.join(', ')}};
const void *const *mpy_init(void) { return table; }
`;
      writeFileSync(join(dir, 'glue.c'), table);
      const built = await runNatmod(dir, ['build', '--arch', 'rv64imc', '--sanitize', 'undefined,stack']);
      t.is(built.exitCode, 0, built.stderr);
      const calls = callsOf(KINDS).flatMap(([kind, all]) => all.map((argument) => ({ kind, argument })));
      const said = saidInModule(
        'rv64imc',
        bytesOf(join(dir, 'kinds.mpy')),
        calls.map(({ kind, argument }) => ({ function: kind, type: 'int', args: [argument] })),
      );
      const output = calls.map(({ kind, argument }, i) => {
        const line = /^[0-9a-f]{16}$/.test(said[i]!) ? 'fine' : said[i]!.replace('the value is', '3e+10 is');
        return `${kind} ${argument} ${line}`;
      });
      compareKinds(t, output.join('\n'), KINDS, lines);
    }),
);
