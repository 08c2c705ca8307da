import { join } from 'node:path';
import { testOnFirmware } from '../board/support/firmware.ts';
import { inFolder } from '../make/support/doors.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { CLANG_KINDS, CXX_KINDS, GCC_KINDS, KINDS } from './kinds.ts';
import { checkKinds } from './run.ts';

for (const arch of RUNNABLE) {
  testWith({ compiler: arch, runtime: arch }, `${arch}: every kind of undefined behaviour raises its exception`, (t) =>
    inFolder((dir) => checkKinds(t, dir, arch, KINDS, ['--sanitize', 'undefined'])),
  );
}

testOnFirmware('rv32imc', 'rv32imc: every kind of undefined behaviour raises its exception', (t) =>
  inFolder((dir) => checkKinds(t, dir, 'rv32imc', KINDS, ['--sanitize', 'undefined'])),
);

testWith({ compiler: 'armv7m', runtime: 'armv7m' }, 'the plain form takes checks, too', (t) =>
  inFolder((dir) => checkKinds(t, dir, 'armv7m', KINDS, ['--sanitize', 'undefined', '--no-optimize'])),
);

testWith({ compiler: 'x64', runtime: 'x64' }, 'what only GCC checks', (t) =>
  inFolder((dir) => checkKinds(t, dir, 'x64', GCC_KINDS, ['--sanitize', 'float-divide-by-zero,bounds-strict'])),
);

testWith({ compiler: ['x64', 'armv6m'], runtime: ['x64', 'armv6m'] }, 'what only C++ has', (t) =>
  inFolder(async (dir) => {
    for (const arch of ['x64', 'armv6m'] as const)
      await checkKinds(t, join(dir, arch), arch, CXX_KINDS, ['--sanitize', 'undefined'], 'cpp');
  }),
);

testWith({ tool: 'clang', runtime: 'x64' }, 'clang checks all of it, and more', (t) =>
  inFolder(async (dir) => {
    const clang = ['--cc', 'clang', '--sanitize'];
    await checkKinds(t, join(dir, 'all'), 'x64', KINDS, [...clang, 'undefined']);
    const more = 'float-divide-by-zero,integer,implicit-conversion,nullability';
    await checkKinds(t, join(dir, 'more'), 'x64', CLANG_KINDS, [...clang, more]);
  }),
);

testWith({ zig: true, runtime: 'armv6m' }, 'zig checks all of it', (t) =>
  inFolder((dir) => checkKinds(t, dir, 'armv6m', KINDS, ['--cc', 'zig', '--sanitize', 'undefined'])),
);
