import test from 'ava';
import {
  explainPureCode,
  missingHeader,
  readVerbose,
  refusesSectionNamedBss,
  splitFolders,
} from '../../natmod-rules/compile/messages.ts';

// Recorded from GCC 12.2 and clang 14.0.6, each in the locale C.

test('the header that a compiler misses, in the words of GCC and of clang', (t) => {
  t.is(missingHeader('a.c:1:10: fatal error: none/x.h: No such file or directory\n'), 'none/x.h');
  t.is(missingHeader("a.c:1:10: fatal error: 'none/x.h' file not found\n"), 'none/x.h');
  t.is(missingHeader("a.c:1:10: error: expected ';' before 'x'\n"), undefined);
});

test('what GCC for Xtensa says of a function named bss', (t) => {
  const said = "b.c:1:24: warning: only uninitialized variables can be placed in a '.bss' section\n";
  t.true(refusesSectionNamedBss(said));
  t.false(refusesSectionNamedBss("b.c:1:24: warning: unused variable 'bss'\n"));
});

test('what GCC tells with -v', (t) => {
  const told = readVerbose(`Using built-in specs.
COLLECT_GCC=arm-none-eabi-gcc
Target: arm-none-eabi
Thread model: single
gcc version 12.2.1 20221205 (15:12.2.rel1-1)
COLLECT_GCC_OPTIONS='-v' '-c' '-o' '/dev/null'
 /usr/lib/gcc/arm-none-eabi/12.2.1/cc1 -quiet -v /dev/null -quiet -o /tmp/cc.s
ignoring nonexistent directory "/usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/sys-include"
#include "..." search starts here:
#include <...> search starts here:
 /usr/lib/gcc/arm-none-eabi/12.2.1/include
 /usr/lib/gcc/arm-none-eabi/12.2.1/include-fixed
End of search list.
 /usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/bin/as -v -o /dev/null /tmp/cc.s
GNU assembler version 2.40 (arm-none-eabi) using BFD version (2.40-2+18+b1) 2.40
LIBRARY_PATH=/usr/lib/gcc/arm-none-eabi/12.2.1/:/usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/lib/
`);
  t.deepEqual(told.programs, [
    'arm-none-eabi-gcc',
    '/usr/lib/gcc/arm-none-eabi/12.2.1/cc1',
    '/usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/bin/as',
  ]);
  t.deepEqual(told.systemFolders, [
    '/usr/lib/gcc/arm-none-eabi/12.2.1/include',
    '/usr/lib/gcc/arm-none-eabi/12.2.1/include-fixed',
  ]);
  t.deepEqual([told.quoteFolders, told.specs], [[], []]);
  t.deepEqual(told.absentFolders, ['/usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/sys-include']);
  t.is(told.libraryFolders.length, 2);
  t.regex(
    told.version,
    /^Target: arm-none-eabi\nThread model: single\ngcc version 12\.2\.1 .*\nGNU assembler version 2\.40/,
  );
});

// The words are those of GCC's sources, the folders those that Arm's installer for Windows offers.
test('what GCC tells with -v on Windows: lines end in CRLF, programs have blanks and drives, lists have semicolons', (t) => {
  const root = 'c:/program files (x86)/arm gnu toolchain arm-none-eabi/13.3 rel1';
  const lines = [
    `Reading specs from ${root}/lib/nano.specs`,
    'COLLECT_GCC=C:\\tools\\arm-none-eabi-gcc.exe',
    ` ${root}/bin/../lib/gcc/arm-none-eabi/13.3.1/cc1.exe -quiet -v C:\\x\\null.c -o C:\\x\\ccAbCdEf.s`,
    `ignoring nonexistent directory "${root}/include"`,
    '#include "..." search starts here:',
    '#include <...> search starts here:',
    ` ${root}/lib/gcc/arm-none-eabi/13.3.1/include`,
    'End of search list.',
    `LIBRARY_PATH=${root}/lib/gcc/;${root}/arm-none-eabi/lib/`,
  ];
  const told = readVerbose(`${lines.join('\r\n')}\r\n`);
  t.deepEqual(told.programs, [
    'C:\\tools\\arm-none-eabi-gcc.exe',
    `${root}/bin/../lib/gcc/arm-none-eabi/13.3.1/cc1.exe`,
  ]);
  t.deepEqual(told.systemFolders, [`${root}/lib/gcc/arm-none-eabi/13.3.1/include`]);
  t.deepEqual(told.absentFolders, [`${root}/include`]);
  t.deepEqual(told.libraryFolders, [`${root}/lib/gcc/`, `${root}/arm-none-eabi/lib/`]);
  t.deepEqual(told.specs, [`${root}/lib/nano.specs`]);
  t.deepEqual(splitFolders('/a:/b;c:'), ['/a', '/b;c'], 'elsewhere a semicolon is a letter like others');
});

test('GCC’s refusals of flags for memory that only code can be read from are told with the flag to remove', (t) => {
  const refusals = [
    "cc1: error: -mpure-code incompatible with '-mword-relocations'",
    'cc1: error: -mslow-flash-data only supports non-pic code on M-profile targets',
  ];
  for (const line of refusals)
    t.regex(explainPureCode(line) ?? '', /remove -m(pure-code|slow-flash-data) from CFLAGS$/);
  t.is(explainPureCode('m.c:1:1: error: unknown type name'), undefined);
});
