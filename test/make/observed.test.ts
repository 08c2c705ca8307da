/** What make with our rules observes of each object: the same that `natmod build` observes of its own. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { launcher } from '../../tasks/random-builds/launcher.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { inFolder, join, runMake, writeFiles } from './support/doors.ts';

const PROGRAM = 'x86_64-linux-gnu-gcc';
const plain = 'int NAME(void) { return LIM; }\n';
const asks = (question: string) => `${question}\n#define LIM 1\n#else\n#define LIM 2\n#endif\n${plain}`;

/** Each source has an input of its own kind; the flags are those of its object. */
const kinds: Readonly<Record<string, { readonly text: string; readonly flags?: string; readonly cc?: string }>> = {
  response: { text: `#include "k.h"\n${plain}`, flags: '@folders.rsp' },
  systems: { text: `#include "k.h"\n${plain}`, flags: '-isystem near -isystem far' },
  handed: { text: `#include "k.h"\n${plain}`, flags: '-Wp,-I,near -Wp,-I,far' },
  nested: { text: plain, flags: '@one.rsp' },
  asked: { text: asks('#if __has_include("opt.h")') },
  precompiled: { text: `#include "p.h"\n${plain}` },
  embedded: {
    text: '__asm__(".section .rodata.d\\n.global d\\nd: .include \\"d.inc\\"\\n.text");\nextern const char d[];\nint NAME(void) { return d[0]; }\n',
  },
  upgraded: { text: plain, flags: '-DLIM=1', cc: `bin/${PROGRAM}` },
  searched: { text: plain, flags: '-DLIM=1', cc: PROGRAM },
  // What a compiler writes beside the object stays there, too.
  writes: { text: plain, flags: '-DLIM=1 -fstack-usage' },
  // Nobody can tell what these depend on.
  hidden: { text: asks('#define HAS(x) __has_include(x)\n#if HAS("opt.h")') },
  script: { text: plain, flags: '-DLIM=1', cc: './cc.sh' },
};
const ALWAYS = ['hidden', 'script'];
const names = Object.keys(kinds);

function program(dir: string, path: string, text: string): void {
  writeFiles(dir, { [path]: '' });
  writeFileSync(join(dir, path), Buffer.from(text, 'latin1'));
  chmodSync(join(dir, path), 0o755);
}

function write(dir: string): void {
  const after = Object.entries(kinds).map(
    ([name, { flags = '', cc }]) =>
      `$(BUILD)/${name}.o: CFLAGS += ${flags}\n${cc === undefined ? '' : `$(BUILD)/${name}.o: CC = ${cc}\n`}`,
  );
  writeFiles(dir, {
    Makefile: makefile(`SRC = mod.c ${names.map((name) => `${name}.c`).join(' ')}`, `CC = gcc\n${after.join('')}`),
    'mod.c': moduleSource(
      `mp_obj_new_int(${names.map((name) => `${name}()`).join(' + ')})`,
      `int ${names.map((name) => `${name}(void)`).join(', ')};`,
    ),
    ...Object.fromEntries(Object.entries(kinds).map(([name, { text }]) => [`${name}.c`, text.replace('NAME', name)])),
    'far/k.h': '#define LIM 1\n',
    'near/x': '',
    'folders.rsp': '-Inear -Ifar\n',
    'one.rsp': '@two.rsp\n',
    'two.rsp': '-DLIM=1\n',
    'p.h': '#define LIM 1\n',
    'd.inc': '.incbin "d.bin"\n',
    'd.bin': 'one',
  });
  program(dir, 'cc.sh', '#!/bin/sh\nexec gcc "$@"\n');
  for (const folder of ['bin', 'b1']) program(dir, `${folder}/${PROGRAM}`, textOf(100));
}

function textOf(number: number): string {
  const entry = launcher(number);
  return 'text' in entry ? entry.text : '';
}

testWith(
  { compiler: 'x64', tool: 'make' },
  'make compiles again what each kind of input affects, and nothing else',
  (t) =>
    inFolder(async (dir) => {
      write(dir);
      const path = ['b2', 'b1'].map((name) => join(dir, name));
      const env = { PATH: [...path, process.env.PATH].join(delimiter), REAL_PATH: process.env.PATH };
      const compiled = async () => {
        const { exitCode, stdout, stderr } = await runMake(dir, ['ARCH=x64', '-j2'], env);
        t.is(exitCode, 0, stdout + stderr);
        return [...stdout.matchAll(/^CC (\w+)\.c$/gm)].map(([, name]) => name!).sort();
      };
      const expect = async (what: string, changed: readonly string[]) =>
        t.deepEqual(await compiled(), [...changed, ...ALWAYS].sort(), what);
      await compiled();
      await expect('nothing changed', []);

      writeFiles(dir, { 'near/k.h': '#define LIM 2\n', 'p.h.gch': 'none' });
      program(dir, `bin/${PROGRAM}`, textOf(200));
      await expect('shadowing headers, another compiler', ['response', 'systems', 'handed', 'precompiled', 'upgraded']);

      rmSync(join(dir, 'near/k.h'));
      writeFiles(dir, { 'two.rsp': '-DLIM=2\n', 'opt.h': '', 'd.bin': 'two' });
      program(dir, `b2/${PROGRAM}`, textOf(300));
      // The launcher in bin names the compiler that it starts, so that is searched on PATH as well.
      const others = ['nested', 'asked', 'embedded', 'searched', 'upgraded'];
      await expect('what was read or looked for', ['response', 'systems', 'handed', ...others]);
      await expect('nothing changed again', []);
    }),
);
