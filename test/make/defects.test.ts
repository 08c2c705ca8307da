/** What MicroPython's own rules for modules get wrong, as far as the files beside this one do not show it. */
import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { qstrText, readMpy } from '../../natmod-rules/package/index.ts';
import { findProgram } from '../../tasks/system/find-program.ts';
import { archive } from '../elf/make-archive.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { compile } from '../support/compile.ts';
import { linkFixture } from '../support/link-fixtures.ts';
import { findCompiler, testWith } from '../support/needs.ts';
import { bytesOf, existsSync, type Files, inFolder, join, runMake, runNatmod, writeFiles } from './support/doors.ts';

const needed = { compiler: 'x64', tool: 'make' } as const;

/** Runs make and returns what it printed of its steps: `CC mod.c`. */
async function steps(t: ExecutionContext, dir: string, ...words: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runMake(dir, ['ARCH=x64', ...words]);
  t.is(exitCode, 0, stdout + stderr);
  return stdout.split('\n').filter((line) => /^(CC|AS|MPY|LINK) /.test(line));
}

function libraryOf(value: number): Uint8Array {
  const [member] = compile('x64', { 'member.c': `int lib(void) { return ${value}; }` });
  return archive({ name: 'member.o/', data: Buffer.from(member!.bytes) });
}

testWith(needed, 'make links again when a library or a file of fixed symbols has changed, and compiles nothing', (t) =>
  inFolder(async (dir) => {
    const files: Files = {
      Makefile: makefile('SRC = mod.c\nMPY_LD_FLAGS = -lown.a\nMPY_EXTERN_SYM_FILE = rom.ld'),
      'mod.c': moduleSource('mp_obj_new_int(lib() + (int)(size_t)&rom)', 'int lib(void); extern char rom;'),
      'rom.ld': 'rom = 0x100;\n',
    };
    writeFiles(dir, files);
    writeFileSync(join(dir, 'own.a'), libraryOf(1));
    t.is((await steps(t, dir)).length, 2);
    t.deepEqual(await steps(t, dir), []);
    const LINK = ['LINK build-x64/mod.mpy'];
    for (const [file, contents] of [
      ['own.a', libraryOf(2)],
      ['rom.ld', 'rom = 0x200;\n'],
    ] as const) {
      const before = bytesOf(join(dir, 'mod.mpy'));
      writeFileSync(join(dir, file), contents);
      t.deepEqual(await steps(t, dir), LINK, file);
      t.false(bytesOf(join(dir, 'mod.mpy')).equals(before), file);
    }
  }),
);

testWith(needed, 'make compiles a touched source only, for the config header stays what it is', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      Makefile: makefile('SRC = mod.c other.c'),
      'mod.c': moduleSource(),
      'other.c': 'int other(void) { return 1; }\n',
    });
    await steps(t, dir);
    const later = new Date(Date.now() + 5000);
    utimesSync(join(dir, 'other.c'), later, later);
    t.deepEqual(await steps(t, dir), ['CC other.c', 'LINK build-x64/mod.mpy']);
  }),
);

testWith(
  needed,
  'qstrs of headers are in the table through both doors; those of comments and literals where it is as MicroPython makes it',
  (t) =>
    inFolder(async (dir) => {
      const value = 'MP_OBJ_NEW_QSTR(NAME)';
      writeFiles(dir, {
        Makefile: makefile('SRC = mod.c'),
        'mod.c': moduleSource(value, '#include "names.h"\n// MP_QSTR_in_comment\n#define TEXT "MP_QSTR_in_text"'),
        'names.h': '/* MP_QSTR_in_header_comment */\n#define NAME MP_QSTR_in_header\n',
      });
      const names = () => readMpy(bytesOf(join(dir, 'mod.mpy')), 'mod.mpy').qstrs.map(qstrText);
      await steps(t, dir);
      const all = ['mod.mpy', 'f', 'in_comment', 'in_header', 'in_text'];
      t.deepEqual(names(), all);
      for (const [words, expected] of [
        [[], ['mod.mpy', 'f', 'in_header']],
        [['--no-optimize'], all],
      ] as const) {
        rmSync(join(dir, 'mod.mpy'));
        const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64', ...words]);
        t.is(exitCode, 0, stderr);
        t.deepEqual(names(), expected);
      }
    }),
);

testWith(needed, 'qstrs that only macros put together are found by what the preprocessor leaves', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      Makefile: makefile('SRC = mod.c\nCFLAGS += -DSUFFIX=late'),
      'mod.c': moduleSource(
        'MP_OBJ_NEW_QSTR(LOAD(Pin) + QSTR(SUFFIX) + MP_QSTR_plain + mp_obj_is_fun(mp_const_none))',
        '#include "names.h"\n// MP_QSTR_machine\n#if 0\nint x = LOAD(never);\n#endif',
      ),
      'names.h': '#define LOAD(a) MP_QSTR_get_##a\n#define QSTR2(a) MP_QSTR_##a\n#define QSTR(a) QSTR2(a)\n',
    });
    const build = async (...words: string[]) => {
      const { exitCode, stderr } = await runNatmod(dir, ['build', '--arch', 'x64', ...words]);
      t.is(exitCode, 0, stderr);
      return readMpy(bytesOf(join(dir, 'mod.mpy')), 'mod.mpy').qstrs.map(qstrText);
    };
    t.deepEqual(await build(), ['mod.mpy', 'f', 'function', 'get_Pin', 'late', 'plain']);
    t.deepEqual(await build('--no-optimize'), ['mod.mpy', 'f', 'function', 'get_Pin', 'late', 'machine', 'plain']);
    writeFiles(dir, { Makefile: makefile('SRC = mod.c\nCFLAGS += -DSUFFIX=later') });
    t.deepEqual(await build(), ['mod.mpy', 'f', 'function', 'get_Pin', 'later', 'plain']);
    t.deepEqual(
      readdirSync(join(dir, 'build-x64')).filter((name) => name.endsWith('.tmp')),
      [],
    );
  }),
);

/** A folder with those programs only, to be PATH. */
function pathWith(dir: string, programs: readonly string[]): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const name of programs) {
    const path = findProgram(name, '/');
    if (path !== undefined) symlinkSync(path, join(bin, name));
  }
  return bin;
}

const config = `export default { name: 'mod', sources: ['mod.c', 'part.py'], arch: 'x64' };\n`;

testWith(
  needed,
  'a module without a Makefile is built with the compiler alone: no make, no shell, no Python, no rm',
  (t) =>
    inFolder(async (dir) => {
      writeFiles(dir, { 'm/natmod.config.mjs': config, 'm/mod.c': moduleSource(), 'm/part.py': 'x = 1\n' });
      const bin = pathWith(dir, ['as']);
      symlinkSync(findProgram(findCompiler('x64')!, '/')!, join(bin, 'gcc'));
      const { exitCode, stdout, stderr } = await runNatmod(join(dir, 'm'), ['build'], { PATH: bin });
      t.is(exitCode, 0, stdout + stderr);
      t.true(existsSync(join(dir, 'm', 'mod.mpy')));
    }),
);

testWith(needed, 'make needs a shell and a few of its programs wherever they are, and no Python', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      'm/Makefile': makefile('SRC = mod.c part.py'),
      'm/mod.c': moduleSource(),
      'm/part.py': 'x = 1\n',
    });
    const usual = ['sh', 'rm', 'mkdir', 'cp', 'mv', 'cmp', 'touch', 'ls', 'echo', 'uname', 'as'];
    const bin = pathWith(dir, ['make', ...usual]);
    symlinkSync(findProgram(findCompiler('x64')!, '/')!, join(bin, 'gcc'));
    symlinkSync(process.execPath, join(bin, 'node'));
    const env = { PATH: bin };
    const made = await runMake(join(dir, 'm'), ['ARCH=x64', 'CROSS='], env);
    t.is(made.exitCode, 0, made.stdout + made.stderr);
    t.true(existsSync(join(dir, 'm', 'mod.mpy')));
    const cleaned = await runMake(join(dir, 'm'), ['ARCH=x64', 'CROSS=', 'clean'], env);
    t.is(cleaned.exitCode, 0, cleaned.stderr);
    t.false(existsSync(join(dir, 'm', 'build-x64')));
  }),
);

testWith(needed, 'a second part with machine code is refused by name through both doors', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, { Makefile: makefile('SRC = mod.c\nSRC_MPY = other.mpy'), 'mod.c': moduleSource() });
    writeFileSync(join(dir, 'other.mpy'), linkFixture('x64', 'minimal').expected!);
    for (const door of [() => runNatmod(dir, ['build', '--arch', 'x64']), () => runMake(dir, ['ARCH=x64'])]) {
      const { exitCode, stdout, stderr } = await door();
      t.not(exitCode, 0);
      t.regex(stdout + stderr, /two parts have machine code, .*mod.*other\.mpy, both for x64; a module can have one/);
      t.regex(stdout + stderr, /must be plain bytecode/);
      t.false(existsSync(join(dir, 'mod.mpy')));
    }
  }),
);
