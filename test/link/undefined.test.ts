import test from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { archByName } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { R_X86_64 } from '../../natmod-rules/link/families/x86/constants.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import type { LinkObject } from '../support/link-fixtures.ts';
import { linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { TEXT_FLAGS } from '../support/make-object.ts';
import { testWith } from '../support/needs.ts';

function hintsOf(arch: ArchName, name: string, libraries: readonly string[]): string | undefined {
  const source = `extern double ${name}(double); double use(double x) { return ${name}(x); }
long mpy_init(void *self, long n, long m, long *args) { return (long)use(n); }`;
  const objects = compile(arch, { 'main.c': source }, { flags: ['-fno-builtin'] });
  const empty = libraries.map((file) => ({ file, definitions: () => undefined }));
  const problems = problemsOf(() =>
    link({ arch: archByName(arch), qstrs: [], sourceName: 'm.mpy', objects, libraries: empty }),
  );
  return problems.find(({ where }) => where?.symbol === name)?.hint;
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

testWith(
  { compiler: ['x64', 'armv7m'] },
  'a function of the C library: that of a board’s compiler is named, that of Linux is not',
  (t) => {
    for (const name of ['strtol', 'strlen']) {
      t.regex(hintsOf('armv7m', name, []) ?? '', /^the C library has it: name the library with -l/);
      t.regex(hintsOf('x64', name, []) ?? '', /^the C library here .* only its mathematical functions: add a source/);
      t.is(/of a loop/.test(hintsOf('x64', name, []) ?? ''), name === 'strlen');
    }
  },
);

testWith({ compiler: 'x64' }, 'what a macro, an attribute or another libm asks for is told with what to write', (t) => {
  t.regex(hintsOf('x64', 'mp_obj_str_binary_op', []) ?? '', /mp_obj_is_exact_type\(o, &mp_type_bytes\)/);
  t.regex(hintsOf('x64', 'mp_obj_tuple_getiter', []) ?? '', /mp_obj_is_exact_type\(o, &mp_type_tuple\)/);
  t.regex(hintsOf('x64', '__cpu_model', []) ?? '', /target_clones/);
  t.regex(hintsOf('x64', 'cbrt', ['/tree/lib/libm', '/usr/lib/libgcc.a']) ?? '', /install musl/);
});

testWith({ compiler: 'x64' }, 'what a member of glibc’s libm lacks: no advice to add sources', (t) => {
  const main = `double cbrt(double); long mpy_init(void *self, long n) { return (long)cbrt(n); }`;
  const lacking = 'double __frexp(double); double cbrt(double x) { return __frexp(x); }';
  const [object, member] = compile('x64', { 'main.c': main, 'cbrt.c': lacking });
  const hintIn = (file: string) => {
    const one = { name: 's_cbrt.o', offset: 0, data: () => member!.bytes };
    const libraries = [{ file, definitions: (name: string) => (name === 'cbrt' ? one : undefined) }];
    const made = { arch: archByName('x64'), qstrs: [], sourceName: 'm.mpy', objects: [object!], libraries };
    return problemsOf(() => link(made))[0]?.hint ?? '';
  };
  t.regex(hintIn('/usr/lib/x86_64-linux-gnu/libm-2.36.a'), /^this is how glibc is made; .* install musl/);
  t.regex(hintIn('/home/me/libmine.a'), /^add the source that defines it/);
});

testWith(
  { compiler: ['x86', 'armv7m', 'xtensa'] },
  'start values of a variable in a function are told with the function',
  (t) => {
    const source = `const int a = 1, b = 2; int pick(const int **, long); const int c = 3;
long start(long n) { const int *t[3] = {&a, &b, &c}; return pick(t, n); }
long mpy_init(void *self, long n, long m, long *args) { return start(n); }`;
    for (const arch of ['x86', 'armv7m', 'xtensa'] as const) {
      const objects = compile(arch, { 'main.c': source }, { flags: ['-fno-inline'] });
      const [problem] = problemsOf(() => link({ arch: archByName(arch), qstrs: [], sourceName: 'm.mpy', objects }));
      t.regex(problem?.message ?? '', /\(12 bytes: start values of a variable in start\)$/, arch);
      t.regex(problem?.hint ?? '', /static const int \*const table/);
    }
  },
);

testWith({ compiler: 'x64' }, 'a function that has variants for several CPUs is not taken for one of glibc', (t) => {
  const source = `__attribute__((target_clones("avx2", "default"))) long work(long n) { long s = 0; while (n) s += n--; return s; }
long mpy_init(void *self, long n, long m, long *args) { return work(n); }`;
  const objects = compile('x64', { 'main.c': source });
  const problems = problemsOf(() => link({ arch: archByName('x64'), qstrs: [], sourceName: 'm.mpy', objects }));
  const choice = problems.find(({ code }) => code === 'run-time-choice');
  t.regex(choice?.hint ?? '', /^remove target_clones/);
});

test('a local symbol that its object does not define is told as such', (t) => {
  const code = { offset: 4, type: R_X86_64.PC32, symbol: 'counter' };
  const text = { name: '.text', flags: TEXT_FLAGS, data: 16, relocations: [code] };
  const symbols = [
    { name: 'mpy_init', section: '.text', size: 16 },
    { name: 'counter', bind: elf.STB_LOCAL },
  ];
  const objects = madeObjects('x64', { 'main.o': { sections: [text], symbols } });
  const [problem] = problemsOf(() => linkObjects('x64', objects));
  t.is(problem?.message, "symbol 'counter' is local to main.o, and nothing in there defines it");
  t.deepEqual(problem?.where, { file: 'main.o', section: '.text', offset: 4, symbol: 'counter' });
});

testWith(
  { compiler: ['x64', 'armv7m'] },
  'a library for ARM in a module for x64: both CPUs are named, and no flag',
  (t) => {
    const [member] = compile('armv7m', { 'add.c': 'int add(int a) { return a + 1; }' });
    const library = { file: 'liba.a', definitions: (name: string) => (name === 'add' ? asMember(member!) : undefined) };
    const objects = compile('x64', { 'main.c': 'int add(int); long mpy_init(void) { return add(1); }' });
    const options = { arch: archByName('x64'), qstrs: [], sourceName: 'm.mpy', objects, libraries: [library] };
    const [problem] = problemsOf(() => link(options));
    t.is(problem?.code, 'wrong-machine');
    t.regex(problem!.message, /^this is code for ARMv7-M.*, the module is for x64$/);
    t.regex(problem!.hint!, /^it was made for another CPU: build it again for x64;/);
  },
);

function asMember({ name, bytes }: LinkObject) {
  return { name, offset: 0, data: () => bytes };
}

testWith({ compiler: 'armv7m' }, 'advice to ask for the small form is for the plain form only', (t) => {
  const source = 'static int counter; int mpy_init(void) { return counter++; }';
  const objects = compile('armv7m', { 'main.c': source }, { flags: ['-fpic'] });
  const hint = (compact: boolean) =>
    problemsOf(() => link({ arch: archByName('armv7m'), qstrs: [], sourceName: 'm.mpy', objects, compact }))[0]?.hint ??
    '';
  t.regex(hint(false), /MPY_LD_FLAGS \+= --small/);
  t.notRegex(hint(true), /--small|--no-optimize/);
  t.regex(hint(true), /or compile it for the small form, too: CFLAGS_EXTRA \+= -fno-pic on ARM/);
});
