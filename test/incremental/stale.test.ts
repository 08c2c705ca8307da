import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from './support/in-turn.ts';
import { type Rig, withRig } from './support/rig.ts';

// Each of these once left a module of before an edit. What a module returns is a number in its code, so after every
// edit its bytes must be those of a build that remembers nothing.
const needed = { compiler: 'armv7m', tool: 'make' } as const;

interface Case {
  readonly makefile?: string;
  /** Lines behind the include. */
  readonly after?: string;
  /** What the function returns, and what stands above it. */
  readonly value?: string;
  readonly head?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Writes a module of one source, and more files. */
function write(
  rig: Rig,
  { makefile: lines = '', after = '', value = 'mp_obj_new_int(LIM)', head = '', files = {} }: Case,
) {
  rig.write('m/Makefile', makefile(`SRC = mod.c\n${lines}`, after));
  rig.write('m/mod.c', moduleSource(value, head));
  for (const [path, text] of Object.entries(files)) rig.write(`m/${path}`, text);
}

/** Builds, edits and builds again: the module must have changed, and be what a clean build makes. */
async function edited(t: ExecutionContext, rig: Rig, what: string, edit: () => void, ...args: string[]) {
  t.deepEqual((await rig.build(['m'], ...args)).failed, [], what);
  const before = rig.read('out/armv7m/mod.mpy');
  edit();
  t.deepEqual((await rig.build(['m'], ...args)).failed, [], what);
  t.notDeepEqual(rig.read('out/armv7m/mod.mpy'), before, what);
  await rig.isRight(t, 'm', ...args);
}

testInTurn(
  needed,
  'flags of one target, and own rules: what make makes is made anew, and linked only when it differs',
  (t) =>
    withRig(async (rig) => {
      const limit = (lim: number) => write(rig, { after: `$(BUILD)/mod.o: CFLAGS += -DLIM=${lim}\n` });
      limit(4);
      await edited(t, rig, 'target-specific flags', () => limit(5));
      const generated = (lim: number) =>
        write(rig, {
          makefile: `SRC += gen.c\nCFLAGS += -DLIM='gen()'`,
          head: 'int gen(void);',
          after: `gen.c:\n\techo 'int gen(void) { return ${lim}; }' > $@\n`,
        });
      generated(4);
      await edited(t, rig, 'a recipe', () => generated(5));
      const again = await rig.build(['m']);
      t.true(again.built[0]?.upToDate);
      t.deepEqual(
        again.started.filter((name) => name.endsWith('.c')),
        [],
      );
    }),
);

testInTurn(needed, 'an answer of make that depends on more than its text is asked for again', (t) =>
  withRig(async (rig) => {
    const lim = (n: number) => () => rig.write('m/flags.txt', `-DLIM=${n}\n`);
    write(rig, { makefile: 'CFLAGS += $(call file,<flags.txt)', files: { 'flags.txt': '-DLIM=4' } });
    await edited(t, rig, 'file', lim(5));
    write(rig, { makefile: 'CFLAGS += $(filter-out #%,$(shell cat flags.txt))' });
    await edited(t, rig, 'shell behind #', lim(6));
    write(rig, {
      makefile: 'SRC += $(call wildcard,src/*.c)',
      value: 'mp_obj_new_int(a())',
      head: 'int __attribute__((weak)) b(void); int a(void);',
      files: { 'src/a.c': 'int b(void) __attribute__((weak)); int a(void) { return 1; }\n' },
    });
    await edited(t, rig, 'wildcard', () => rig.write('m/src/b.c', 'int b(void) { return 5; }\n'), '--no-optimize');
    write(rig, {
      makefile: 'fl = $($1_FLAGS)\nWHO = EXTRA\nCFLAGS += -DLIM=4 $(call fl,EXTRA) $($(strip $(WHO))_MORE)',
    });
    await edited(t, rig, 'a computed name', () => Object.assign(process.env, { EXTRA_FLAGS: '-ULIM -DLIM=7' }));
    await edited(t, rig, 'another', () => Object.assign(process.env, { EXTRA_MORE: '-ULIM -DLIM=8' }));
  }),
);

testInTurn(
  needed,
  'one flipped bit in any record is noticed, clear removes all of them, and --no-cache reads none',
  (t) =>
    withRig(async (rig) => {
      write(rig, { makefile: 'CFLAGS += -DLIM=5' });
      await rig.build(['m']);
      const right = rig.read('out/armv7m/mod.mpy');
      for (const file of filesIn(join(rig.dir, 'cache/records'))) {
        const bytes = readFileSync(file);
        const text = bytes.toString('latin1').replaceAll('LIM=5', 'LIM=4');
        for (const wrong of [Buffer.from(text, 'latin1'), bytes.map((b, i) => (i === bytes.length >> 1 ? b ^ 4 : b))]) {
          writeFileSync(file, wrong);
          t.deepEqual((await rig.build(['m'])).failed, [], file);
          t.deepEqual(rig.read('out/armv7m/mod.mpy'), right, file);
        }
      }
      t.deepEqual((await rig.build(['m'], '--no-cache')).started, ['make', 'mod.c']);
    }),
);

testInTurn(needed, 'inputs of objects that no list of headers has', (t) =>
  withRig(async (rig) => {
    const put = (path: string, text: string) => () => rig.write(`m/${path}`, text);
    const asm =
      '__asm__(".section .rodata.d\\n.global d\\nd: .include \\"d.inc\\"\\n.text"); extern const unsigned char d[];';
    const value = 'mp_obj_new_int(d[0])';
    write(rig, { value, head: asm, files: { 'd.inc': '.incbin "d.bin"\n', 'd.bin': 'one' } });
    await edited(t, rig, '.incbin in an .include', put('d.bin', 'two'));
    write(rig, {
      makefile: 'CFLAGS += -Wa,-Inear -Wa,-Ifar',
      value,
      head: asm,
      files: { 'near/x': '', 'far/e.bin': 'abc', 'd.inc': '.incbin "e.bin"\n' },
    });
    await edited(t, rig, 'a file that the assembler finds earlier', put('near/e.bin', 'xyz'));

    write(rig, { makefile: 'CFLAGS += @one.rsp', files: { 'one.rsp': '@two.rsp', 'two.rsp': '-DLIM=4' } });
    await edited(t, rig, 'a response file in a response file', put('two.rsp', '-DLIM=5'));
    const k = { head: '#include "k.h"', files: { 'far/k.h': '#define LIM 4\n', 'near/.keep': '' } };
    for (const [what, lines] of [
      ['a response file', 'CFLAGS += @dirs.rsp'],
      ['-Wp', 'CFLAGS += -Wp,-I,near -Wp,-I,far'],
      ['-isystem', 'CFLAGS += -isystem near -isystem far'],
      ['-idirafter', 'CFLAGS += -idirafter near -idirafter far'],
    ] as const) {
      write(rig, { ...k, makefile: lines, files: { ...k.files, 'dirs.rsp': '-Inear -Ifar' } });
      await edited(t, rig, `a shadowing header, ${what}`, put('near/k.h', '#define LIM 5\n'));
      rig.remove('m/near/k.h');
    }
    process.env.CPATH = `${join(rig.dir, 'm/near')}:${join(rig.dir, 'm/far')}`;
    write(rig, k);
    await edited(t, rig, 'a shadowing header, CPATH', put('near/k.h', '#define LIM 6\n'));
    delete process.env.CPATH;
    rig.remove('m/near/k.h');
    for (const head of ['#include /* far */ "k.h"', '#define MACRO "k.h"\n#include MACRO', '#include <k.h>']) {
      write(rig, { ...k, head, makefile: 'CFLAGS += -Inear -Ifar' });
      await edited(t, rig, head, put('near/k.h', '#define LIM 7\n'));
      rig.remove('m/near/k.h');
    }
    const asks = (how: string) => `${how}\n#define LIM 1\n#else\n#define LIM 2\n#endif`;
    for (const head of [
      '#define HAS __has_include\n#if HAS("h.h")',
      '#define H(x) __has_include(x)\n#if H("h.h")',
      '#if __has_include("h.h")',
    ]) {
      write(rig, { head: asks(head) });
      await edited(t, rig, head, put('h.h', ''));
      rig.remove('m/h.h');
    }
  }),
);

testInTurn(needed, 'what a compiler that is a script runs is not known, so it runs at every build', (t) =>
  withRig(async (rig) => {
    write(rig, {});
    const script = (name: string, text: string) => {
      rig.write(`m/${name}`, `#!/bin/sh\n${text}\n`);
      chmodSync(join(rig.dir, 'm', name), 0o755);
    };
    script('a.sh', `exec '${join(rig.dir, 'm/b.sh')}' "$@"`);
    const lim = (n: number) => script('b.sh', `exec arm-none-eabi-gcc -DLIM=${n} "$@"`);
    lim(4);
    const cc = `--cc='${join(rig.dir, 'm/a.sh')}'`;
    await edited(t, rig, 'script', () => lim(5), cc);
    t.deepEqual((await rig.build(['m'], cc)).started, ['make', 'mod.c']);
  }),
);

testInTurn(needed, 'a program that is put before another on PATH is found', (t) =>
  withRig(async (rig) => {
    write(rig, { makefile: 'SRC += part.py', files: { 'part.py': 'x = 1\n' }, value: 'mp_obj_new_int(4)' });
    await rig.build(['m']);
    const real = process.env
      .PATH!.split(delimiter)
      .find((dir) => dir !== join(rig.dir, 'tools') && names(dir).includes('arm-none-eabi-gcc'))!;
    mkdirSync(join(rig.dir, 'b2'));
    symlinkSync(join(real, 'arm-none-eabi-gcc'), join(rig.dir, 'b2/arm-none-eabi-gcc'));
    process.env.PATH = `${join(rig.dir, 'b2')}${delimiter}${process.env.PATH}`;
    const built = await rig.build(['m']);
    t.is(built.built[0]?.plan.toolchain?.compiler[0], join(rig.dir, 'b2/arm-none-eabi-gcc'));
    t.deepEqual(built.started, ['make']);
    // In a folder that is on PATH already, too.
    mkdirSync(join(rig.dir, 'b3'));
    process.env.PATH = `${join(rig.dir, 'b3')}${delimiter}${process.env.PATH}`;
    await rig.build(['m']);
    symlinkSync(join(real, 'arm-none-eabi-gcc'), join(rig.dir, 'b3/arm-none-eabi-gcc'));
    t.is((await rig.build(['m'])).built[0]?.plan.toolchain?.compiler[0], join(rig.dir, 'b3/arm-none-eabi-gcc'));
  }),
);

testInTurn(needed, 'a BUILD or MOD that names another architecture is not taken for one that names its own', (t) =>
  withRig(async (rig) => {
    rig.write('m/mod.c', moduleSource());
    const inPlace = async (build: string, arches: string, mod = 'mod') => {
      rig.write('m/Makefile', makefile(`SRC = mod.c\nBUILD = ${build}`).replace('MOD = mod', `MOD = ${mod}`));
      const { built, failed } = await rig.build(['m'], `--arch=${arches}`, '--no-out');
      t.deepEqual(failed, []);
      t.is(new Set(built.map(({ file }) => file)).size, 2, build);
      for (const { file, arch } of built) t.regex(readFileSync(file).toString('latin1'), /^M\x06/, arch);
      return built.map(({ file }) => file.replace(`${rig.dir}/m/`, ''));
    };
    t.deepEqual(await inPlace('build-armv7emsp', 'armv7m,armv7emsp'), [
      'build-armv7emsp/armv7m/mod.mpy',
      'build-armv7emsp/mod.mpy',
    ]);
    await inPlace('out-armv7m-armv7emsp', 'armv7m,armv7emsp');
    await inPlace('build-$(ARCH)', 'armv7m,armv7emsp', 'mod_armv7m');
  }),
);

testInTurn(needed, 'an answer of a compiler that does not take a flag is kept as well', (t) =>
  withRig(async (rig) => {
    write(rig, { value: 'mp_obj_new_int(4)' });
    await rig.build(['m']);
    const asked = () =>
      readFileSync(join(rig.dir, 'log'), 'utf8')
        .split('\n')
        .filter((line) => / -E /.test(line));
    const { answers } = (await import('../../tasks/incremental/session.ts')).openSession(rig.out, { cache: true });
    const compiler = [join(rig.dir, 'tools/arm-none-eabi-gcc')];
    rig.started();
    t.is(await answers.ask([...compiler, '-no-such-flag', '-x', 'c', '-E'], '/dev/null'), '');
    t.is(asked().length, 1);
    const again = (await import('../../tasks/incremental/session.ts')).openSession(rig.out, { cache: true });
    t.is(await again.answers.ask([...compiler, '-no-such-flag', '-x', 'c', '-E'], '/dev/null'), '');
    t.is(asked().length, 1);
  }),
);

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

testInTurn(needed, 'names of qstrs that flags, their files and macros of other files bring are those of now', (t) =>
  withRig(async (rig) => {
    const value = 'MP_OBJ_NEW_QSTR(NAME)';
    const head = '#ifndef NAME\n#define NAME MP_QSTR_none\n#endif';
    const names = (name: string) => ({ 'names.h': `#define NAME ${name}\n` });
    write(rig, { value, head, files: names('MP_QSTR_one') });
    const included = { value, head, makefile: 'CFLAGS += -include names.h' };
    await edited(t, rig, 'a header is named by a flag', () => write(rig, included));
    const two = { value, head, makefile: '# MP_QSTR_\nCFLAGS += -DNAME=MP_QSTR_two' };
    await edited(t, rig, 'a name stands in a flag', () => write(rig, two));
    const pasted = { value: 'MP_OBJ_NEW_QSTR(CAT(MP_QSTR_, four))', head: '#define CATS "cat.h"\n#include CATS' };
    const cat = (text: string) => ({ ...pasted, files: { 'cat.h': `#define CAT(a, b) ${text}\n` } });
    await edited(t, rig, 'a header that a macro names pastes', () => write(rig, cat('a##b')));
    await edited(t, rig, 'it pastes another one', () => write(rig, cat('a%:%:b%:%:2')));
  }),
);
