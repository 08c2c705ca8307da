import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { problemsOf } from '../support/link-made.ts';
import { testWith } from '../support/needs.ts';

function hintsOf(arch: ArchName, name: string, libraries: readonly string[]): string | undefined {
  const source = `extern double ${name}(double); double use(double x) { return ${name}(x); }
long mpy_init(void *self, long n, long m, long *args) { return (long)use(n); }`;
  const objects = compile(arch, { 'main.c': source }, { flags: ['-fno-builtin'] });
  const empty = libraries.map((file) => ({ file, definitions: () => undefined }));
  const [problem] = problemsOf(() =>
    link({ arch: archByName(arch), qstrs: [], sourceName: 'm.mpy', objects, libraries: empty }),
  );
  return problem?.hint;
}

testWith(
  { compiler: 'x64' },
  'a function that the compiler’s libraries lack: no advice to link them once more',
  (t) => {
    t.regex(hintsOf('x64', 'sinh', []) ?? '', /set LINK_RUNTIME = 1/);
    t.regex(hintsOf('x64', 'sinh', ['/home/me/libown.a']) ?? '', /set LINK_RUNTIME = 1/);
    const searched = hintsOf('x64', 'sinh', ['/usr/lib/gcc/x/libgcc.a', 'C:\\gcc\\libm.a']) ?? '';
    t.regex(searched, /^it is not in libgcc\.a or libm\.a of this compiler and CPU: add a source/);
    t.notRegex(searched, /LINK_RUNTIME/);
  },
);

testWith(
  { compiler: ['xtensa', 'armv7m'] },
  'a routine in the ROM of the ESP8266: the file that has its addresses is named',
  (t) => {
    const rom = /set\nMPY_EXTERN_SYM_FILE = .*eagle\.rom\.addr\.v6\.ld$/;
    t.regex(hintsOf('xtensa', '__mulsf3', ['/usr/lib/libgcc.a']) ?? '', rom);
    t.notRegex(hintsOf('armv7m', '__mulsf3', ['/usr/lib/libgcc.a']) ?? '', rom);
  },
);
