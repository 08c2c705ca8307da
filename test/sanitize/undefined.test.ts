import { join } from 'node:path';
import { testOnFirmware } from '../board/support/firmware.ts';
import { inFolder } from '../make/support/doors.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { CLANG_KINDS, CXX_KINDS, GCC_KINDS, KINDS } from './kinds.ts';
import { checkKinds } from './run.ts';

const title = 'every kind of undefined behaviour raises its exception, and a stack that is written over';

for (const arch of RUNNABLE) {
  testWith({ compiler: arch, runtime: arch }, `${arch}: ${title}`, (t) =>
    inFolder((dir) => checkKinds(t, dir, arch, KINDS, 'undefined')),
  );
}

testOnFirmware('rv32imc', `rv32imc: ${title}`, (t) =>
  inFolder((dir) => checkKinds(t, dir, 'rv32imc', KINDS, 'undefined')),
);

testWith({ compiler: 'armv7m', runtime: 'armv7m' }, 'the plain form takes checks, too', (t) =>
  inFolder((dir) => checkKinds(t, dir, 'armv7m', KINDS, 'undefined', ['--no-optimize'])),
);

/** What only one of the compilers checks. */
const MORE = {
  gcc: [GCC_KINDS, 'float-divide-by-zero,bounds-strict'],
  clang: [CLANG_KINDS, 'float-divide-by-zero,integer,implicit-conversion,nullability'],
} as const;

testWith({ compiler: 'x64', runtime: 'x64' }, 'what only GCC checks', (t) =>
  inFolder((dir) => checkKinds(t, dir, 'x64', ...MORE.gcc)),
);

testWith({ compiler: ['x64', 'armv6m'], runtime: ['x64', 'armv6m'] }, 'what only C++ has', (t) =>
  inFolder(async (dir) => {
    for (const arch of ['x64', 'armv6m'] as const)
      await checkKinds(t, join(dir, arch), arch, CXX_KINDS, 'undefined', [], 'cpp');
  }),
);

testWith({ zig: true, runtime: 'armv6m' }, 'zig checks all of it', (t) =>
  inFolder((dir) => checkKinds(t, dir, 'armv6m', KINDS, 'undefined', ['--cc', 'zig'])),
);

/** Other versions by the names that Debian gives them; most machines have none of them. */
const CLANGS = ['clang-15', 'clang-16', 'clang-17', 'clang-18', 'clang-19', 'clang-20', 'clang-21'];
for (const cc of ['gcc-13', 'gcc-14', 'gcc-15', 'clang', ...CLANGS]) {
  const needs = cc === 'clang' ? { tool: cc } : { optionalTool: cc };
  testWith({ ...needs, runtime: 'x64' }, `${cc} checks all of it, and what only compilers of its kind check`, (t) =>
    inFolder(async (dir) => {
      await checkKinds(t, join(dir, 'all'), 'x64', KINDS, 'undefined', ['--cc', cc]);
      const [kinds, checks] = MORE[cc.startsWith('gcc') ? 'gcc' : 'clang'];
      await checkKinds(t, join(dir, 'more'), 'x64', kinds, checks, ['--cc', cc]);
    }),
  );
}
