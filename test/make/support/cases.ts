/** Makefiles with what those of the field have in them, each as small as it can be. */
import { moduleSource } from '../../flow/support/rig.ts';
import type { Files } from './doors.ts';

export interface Case {
  readonly title: string;
  /** Files; the module is in the folder `m`, so that others can be beside it. */
  readonly files: Files;
  /** Name of the .mpy file without `.mpy` for an architecture; `mod` when left out. */
  readonly mod?: (arch: string) => string;
  /** BUILD for an architecture; `build-ARCH` when left out. */
  readonly build?: (arch: string) => string;
  /** What `mod.f()` gives, or an expression and its value. */
  readonly value?: string;
  readonly expression?: string;
  /** What make is asked for; the default goal when left out. */
  readonly goals?: readonly string[];
  /**
   * Rules make what objects are made of. Nobody can tell that it was not changed while make ran, so the next run makes
   * those once more.
   */
  readonly makesSources?: true;
}

const INCLUDE = 'include $(MPY_DIR)/py/dynruntime.mk\n';
const one = (name: string, value: string) => `int ${name}(void) { return ${value}; }\n`;
const calls = (names: readonly string[]) =>
  moduleSource(
    `mp_obj_new_int(${names.map((name) => `${name}()`).join(' + ')})`,
    names.map((name) => `int ${name}(void);`).join(' '),
  );
const answer = (value: string, head = '') => moduleSource(`mp_obj_new_int(${value})`, head);

export const cases: readonly Case[] = [
  {
    title: 'all four kinds of assignment',
    files: {
      'm/Makefile': `LATE = $(EARLY)\nEARLY := 3\nMOD := mod\nSRC ?= mod.c\nCFLAGS += -DA=$(LATE)\nEARLY := 4\n${INCLUDE}CFLAGS += -DB=5\n`,
      'm/mod.c': answer('A * 10 + B'),
    },
    value: '45',
  },
  {
    title: 'ARCH and MPY_DIR hard-coded and overridden',
    files: {
      'm/Makefile': `MPY_DIR = /no/such/tree\nARCH = xtensa\nMOD = mod\nSRC = mod.c\n${INCLUDE}`,
      'm/mod.c': answer('1'),
    },
    value: '1',
  },
  {
    title: 'LINK_RUNTIME before the include',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\nLINK_RUNTIME = 1\n${INCLUDE}`,
      'm/mod.c': moduleSource(
        'mp_obj_new_int((int)divide(30, 3))',
        'static __attribute__((noinline, noclone)) long long divide(long long a, long long b) { return a / b; }',
      ),
    },
    value: '10',
  },
  {
    title: 'Python and assembler in SRC, and the Python file of the module itself',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c one.S mod.py other.py\n${INCLUDE}`,
      'm/mod.c': calls(['one']),
      'm/one.S':
        '#if __x86_64__\n.globl one\n.type one, @function\none: mov $7, %eax\nret\n.section .note.GNU-stack,""\n' +
        '#else\n.syntax unified\n.thumb\n.globl one\n.type one, %function\n.thumb_func\none: movs r0, #7\nbx lr\n#endif\n',
      'm/mod.py': 'def twice():\n    return 2 * f()\n',
      'm/other.py': 'x = 5\n',
    },
    expression: '(mod.f(), mod.twice(), mod.x)',
    value: '(7, 14, 5)',
  },
  {
    title: 'C and assembler of one name',
    files: {
      'm/Makefile': `MOD = mod\nSRC = x.S mod.c x.c\n${INCLUDE}`,
      'm/mod.c': calls(['one']),
      'm/x.c': one('one', '8'),
      'm/x.S': '.data\n.section .note.GNU-stack,"",%progbits\n',
    },
    value: '8',
  },
  {
    title: 'an own target that moves the module',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\n${INCLUDE}\ndist: all\n\tmkdir -p dist/$(ARCH)\n\tcp $(MOD).mpy dist/$(ARCH)/\n\tmv $(MOD).mpy mod.tmp; mv mod.tmp $(MOD).mpy\n`,
      'm/mod.c': answer('2'),
    },
    goals: ['dist'],
    value: '2',
  },
  {
    title: 'a rule before the include',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\nhelp:\n\t@echo usage\n\n${INCLUDE}`,
      'm/mod.c': answer('3'),
    },
    goals: ['all'],
    value: '3',
  },
  {
    title: 'functions of make',
    files: {
      'm/Makefile': [
        'MOD = $(notdir $(realpath .))',
        'ALL = $(wildcard src/*.c)',
        'SRC = mod.c $(filter-out src/not%.c,$(filter %.c,$(ALL))) $(addprefix gen/,$(subst .x,.c,a.x))',
        'ifneq ($(findstring src/b.c,$(ALL)),)',
        'CFLAGS += -DFOUND',
        'endif',
        'CFLAGS += -DVALUE=$(shell echo 6)',
        INCLUDE,
      ].join('\n'),
      'm/mod.c': calls(['a', 'b', 'c']),
      'm/src/b.c': `#ifdef FOUND\n${one('b', 'VALUE')}#endif\n`,
      'm/src/c.c': one('c', '100'),
      'm/src/not.c': 'this is no C\n',
      'm/gen/a.c': one('a', '1000'),
    },
    mod: () => 'm',
    expression: 'mod.f()',
    value: '1106',
  },
  {
    title: 'nested conditionals',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\nifeq ($(ARCH),x64)\n ifdef NEVER\n  CFLAGS += -DX=1\n else\n  ifndef NEVER\n   CFLAGS += -DX=2\n  endif\n endif\nelse ifneq (,$(filter armv%,$(ARCH)))\n CFLAGS += -DX=3\nendif\n${INCLUDE}`,
      'm/mod.c': answer('X'),
    },
    value: '2',
  },
  {
    title: 'MOD and BUILD with $(ARCH)',
    files: {
      'm/Makefile': `MOD = mod_$(ARCH)\nBUILD = out/$(ARCH)-$(MOD)\nSRC = mod.c\n${INCLUDE}`,
      'm/mod.c': answer('4'),
    },
    mod: (arch) => `mod_${arch}`,
    build: (arch) => `out/${arch}-mod_${arch}`,
    value: '4',
  },
  {
    title: 'an include that depends on the goal',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\nifeq ($(filter clean help,$(MAKECMDGOALS)),)\nifneq ($(MAKECMDGOALS),strange)\n${INCLUDE}endif\nendif\n`,
      'm/mod.c': answer('5'),
    },
    value: '5',
  },
  {
    title: 'own rules for objects in a hard-coded build folder',
    files: {
      'm/Makefile': `BUILD = build\nMOD = mod\nSRC = mod.c own.c\n${INCLUDE}\nbuild/own.o: own.c $(CONFIG_H)\n\t$(CC) $(CFLAGS) -DOWN=60 -o $@ -c $<\n`,
      'm/mod.c': calls(['own']),
      'm/own.c': `#include "py/dynruntime.h"\n${one('own', 'OWN + (MP_QSTR_only_here == 0)')}`,
    },
    build: (arch) => `build/${arch}`,
    value: '60',
  },
  {
    title: 'flags for one object alone, and order-only prerequisites',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c own.c last.c\n${INCLUDE}\n$(BUILD)/own.o: CFLAGS += -DOWN=61\n$(SRC_O): | stamp\nstamp:\n\ttouch $@\n`,
      'm/mod.c': calls(['own', 'last']),
      'm/own.c': one('own', 'OWN'),
      'm/last.c': one('last', '100'),
    },
    value: '161',
  },
  {
    title: 'a header that a rule makes, as prerequisite of all objects',
    makesSources: true,
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\n${INCLUDE}\n$(SRC_O): made.h\nmade.h: value.txt\n\tsed 's/.*/#define MADE &/' $< > $@\n`,
      'm/mod.c': answer('MADE', '#include "made.h"'),
      'm/value.txt': '77\n',
    },
    value: '77',
  },
  {
    title: 'sources that rules make',
    makesSources: true,
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c gen/a.c table.c late.py\n${INCLUDE}\ngen/%.c: %.in\n\tmkdir -p gen\n\tcp $< $@\ntable.c: a.in\n\techo 'int table(void) { return 20; }' > $@\nlate.py:\n\techo 'late = 9' > $@\n`,
      'm/mod.c': calls(['a', 'table']),
      'm/a.in': one('a', '300'),
    },
    expression: '(mod.f(), mod.late)',
    value: '(320, 9)',
  },
  {
    title: 'objects and Python parts besides SRC',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\nSRC_O = $(BUILD)/extra/first.o\nSRC_MPY = $(BUILD)/frozen.mpy\n${INCLUDE}\n$(BUILD)/extra/first.o: first.cx $(CONFIG_H)\n\tmkdir -p $(@D)\n\t$(CC) $(CFLAGS) -x c -o $@ -c $<\n`,
      'm/mod.c': calls(['first']),
      'm/first.cx': one('first', '31'),
      'm/frozen.py': 'frozen = 32\n',
    },
    expression: '(mod.f(), mod.frozen)',
    value: '(31, 32)',
  },
  {
    title: 'sources found by vpath and VPATH',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c a.c b.c p.py\nvpath %.c lib1 lib2\nVPATH = py:other\n${INCLUDE}`,
      'm/mod.c': calls(['a', 'b']),
      'm/lib2/a.c': one('a', '40'),
      'm/other/b.c': one('b', '2'),
      'm/py/p.py': 'p = 6\n',
    },
    expression: '(mod.f(), mod.p)',
    value: '(42, 6)',
  },
  {
    title: 'a make of its own for each architecture',
    files: {
      'm/Makefile': `ARCHES = x64 armv7m\nMOD = mod\nSRC = mod.c\nifdef ARCH\n${INCLUDE}else\neach:\n\tfor arch in $(ARCHES); do $(MAKE) ARCH=$$arch all || exit 1; done\nendif\n`,
      'm/mod.c': answer('12'),
    },
    value: '12',
  },
  {
    title: 'guards with $(error)',
    files: {
      'm/Makefile': `ifeq ($(MPY_DIR),)\n$(error set MPY_DIR)\nendif\nifndef ARCH\n$(error set ARCH)\nendif\nMOD = mod\nSRC = mod.c\n${INCLUDE}`,
      'm/mod.c': answer('13'),
    },
    value: '13',
  },
  {
    title: 'MPY_CROSS_FLAGS with $<',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c deep/p.py\n${INCLUDE}MPY_CROSS_FLAGS += -s pre-$(notdir $<)\n`,
      'm/mod.c': answer('14'),
      'm/deep/p.py': 'def g():\n    pass\np = 15\n',
    },
    expression: '(mod.f(), mod.p)',
    value: '(14, 15)',
  },
  {
    title: 'flags that name the object',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c\nCFLAGS += -Wa,-adhlns=$(@:.o=.lst)\n${INCLUDE}`,
      'm/mod.c': answer('16'),
    },
    value: '16',
  },
  {
    title: 'no final newline',
    files: { 'm/Makefile': `MOD = mod\nSRC = mod.c\n${INCLUDE.trim()}`, 'm/mod.c': answer('17') },
    value: '17',
  },
  {
    title: 'letters beyond ASCII in names',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c größe/zwölf.c\n${INCLUDE}`,
      'm/mod.c': calls(['zwoelf']),
      'm/größe/zwölf.c': one('zwoelf', '12'),
    },
    value: '12',
  },
  {
    title: 'absolute sources and sources above, two of one name',
    files: {
      'm/Makefile': `MOD = mod\nSRC = mod.c ../lib/x.c ../other/x.c $(abspath sub/x.c) $(if ,a b)\n${INCLUDE}`,
      'm/mod.c': calls(['lib', 'other', 'sub']),
      'm/sub/x.c': one('sub', '1'),
      'lib/x.c': one('lib', '20'),
      'other/x.c': one('other', '300'),
    },
    value: '321',
  },
  {
    title: 'GNUmakefile, tabs, comments and continued lines',
    files: {
      'm/GNUmakefile': `# SRC = wrong.c \\\n  still a comment\nMOD = mod # not part\nSRC = \\\n\tmod.c \\\n\ta.c\n${INCLUDE}`,
      'm/Makefile': '$(error not this one)\n',
      'm/mod.c': calls(['a']),
      'm/a.c': one('a', '18'),
    },
    value: '18',
  },
];
