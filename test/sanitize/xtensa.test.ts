import { join } from 'node:path';
import { buildHarness, type Call, callOnXtensa } from '../../tasks/run/xtensa.ts';
import { CORES, type CoreName } from '../../tasks/run/xtensa-cores.ts';
import { bytesOf, inFolder, runNatmod } from '../make/support/doors.ts';
import { type Requirements, testWith } from '../support/needs.ts';
import { KINDS } from './kinds.ts';
import { callsOf, compareKinds, writeKinds } from './run.ts';

const ON: readonly (readonly [CoreName, 'xtensa' | 'xtensawin', Requirements])[] = [
  ['lx106', 'xtensa', { compiler: 'xtensa', tool: 'qemu-system-xtensa' }],
  ['de233_fpu', 'xtensawin', { windowed: true, tool: 'qemu-system-xtensa' }],
];

/** For Xtensa there is no MicroPython in an emulator, so the module is loaded on a bare core. */
for (const [core, arch, needs] of ON) {
  testWith(
    needs,
    `${arch}: every kind of undefined behaviour raises its exception, and a stack that is written over`,
    (t) =>
      inFolder(async (dir) => {
        const lines = writeKinds(dir, KINDS);
        const words = ['--arch', arch, '--cc', CORES[core].compiler()!, '--sanitize', 'undefined,stack'];
        const built = await runNatmod(dir, ['build', ...words]);
        t.is(built.exitCode, 0, built.stderr);
        const made = callsOf(KINDS).flatMap(([kind, all]) => all.map((argument) => ({ kind, argument })));
        // Behind each call comes what its exception says.
        const calls = made.flatMap(({ kind, argument }, i): Call[] => [
          { call: 'call', args: [kind, argument] },
          { value: { step: (2 * i) % 256 } },
        ]);
        const said = await callOnXtensa(await buildHarness(dir, CORES[core]), bytesOf(join(dir, 'kinds.mpy')), calls);
        const output = made.map(({ kind, argument }, i) => {
          const [result = '', text = ''] = said.slice(2 * i);
          return `${kind} ${argument} ${/^-?\d+$/.test(result) ? 'fine' : text.replace(/^'(.*)'$/, '$1')}`;
        });
        const text = output.join('\n').replaceAll('\\x27', "'").replace('the value is', '3e+10 is');
        compareKinds(t, text, KINDS, lines);
      }),
  );
}
