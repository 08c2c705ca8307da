/**
 * The pieces that random projects are made of. In each, every number of three digits lands in the module, so that no
 * change goes unseen.
 */
import type { Random } from './random.ts';
import type { Entry } from './state.ts';

/** Something that a module can have. */
export interface Piece {
  /** By path below the project's folder; the module is in `m/`. */
  readonly files?: Readonly<Record<string, Entry | string>>;
  /** For SRC. */
  readonly sources?: readonly string[];
  /** Lines of the Makefile before the include, and behind it. */
  readonly head?: readonly string[];
  readonly tail?: readonly string[];
  /** Functions without arguments that return an int, for the main source to call. */
  readonly functions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const value = (random: Random) => 100 + random.below(900);
const define = (name: string, random: Random) => `#define ${name} ${value(random)}\n`;
const returns = (name: string, expression: string, head = '') => `${head}int ${name}(void) { return ${expression}; }\n`;

export const pieces: Readonly<Record<string, (random: Random) => Piece>> = {
  /** A header found in one of several folders, named and searched in many ways. */
  header(random) {
    const include = random.pick([
      '#include "k.h"\n',
      '#include <k.h>\n',
      '#include /* far away */ "k.h"\n',
      '#define WHICH "k.h"\n#include WHICH\n',
      '#define JOIN(a) <a.h>\n#include JOIN(k)\n',
      '#  include \\\n  "k.h"\n',
    ]);
    const search = random.pick([
      ['CFLAGS += -Ione -Itwo'],
      ['CFLAGS += -I two -I one'],
      ['CFLAGS += -iquote two -isystem one -Ione'],
      ['CFLAGS += -isystem one -idirafter two'],
      ['CFLAGS += -Wp,-I,two -Wp,-I,one'],
      ['CFLAGS += @flags.rsp'],
      ['CFLAGS += @outer.rsp'],
      ['CFLAGS += -I$(CURDIR)/one -I$(CURDIR)/two'],
    ]);
    return {
      files: {
        'm/one/k.h': `#include "deep/d.h"\n${define('K', random)}`,
        'm/one/deep/d.h': define('D', random),
        'm/two/other.h': define('OTHER', random),
        'm/h.c': returns('h', 'K + D', include),
        'm/flags.rsp': `-Itwo -Ione -DRSP=${value(random)}\n`,
        'm/outer.rsp': '@flags.rsp\n',
      },
      sources: ['h.c'],
      head: search,
      functions: ['h'],
    };
  },
  /** Search folders of the environment. */
  searchEnvironment(random) {
    return {
      files: { 'm/env/e.h': define('E', random), 'm/e.c': returns('e', 'E', '#include <e.h>\n'), 'm/env2/x.h': '\n' },
      sources: ['e.c'],
      functions: ['e'],
      env: { [random.pick(['CPATH', 'C_INCLUDE_PATH'])]: '@/m/env2:@/m/env' },
    };
  },
  /** A header that is asked for, and need not be there. */
  asked(random) {
    const ask = random.pick([
      '#if __has_include("opt.h")\n',
      '#define HAS(x) __has_include(x)\n#if HAS(<opt.h>)\n',
      '#ifdef __has_include\n#if __has_include /* blank */ ("opt.h")\n#define YES 1\n#endif\n#endif\n#if YES\n',
    ]);
    const there = random.oneIn(2);
    return {
      files: {
        ...(there ? { 'm/opt/opt.h': define('OPT', random) } : { 'm/opt/none.h': '\n' }),
        'm/a.c': returns('a', 'OPT', `${ask}#include "opt.h"\n#else\n${define('OPT', random)}#endif\n`),
      },
      sources: ['a.c'],
      head: ['CFLAGS += -Iopt'],
      functions: ['a'],
    };
  },
  /** Headers that every source gets. */
  forced(random) {
    return {
      files: { 'm/pre.h': define('PRE', random), 'm/p.c': returns('p', 'PRE + __LINE__ + sizeof(__FILE__)') },
      sources: ['p.c'],
      head: [random.pick(['CFLAGS += -include pre.h', 'CFLAGS += -imacros pre.h'])],
      functions: ['p'],
    };
  },
  /** Data that assembler brings in. */
  assembler(random) {
    const data = '    .section .rodata\n    .global blob\nblob:\n';
    const direct = random.oneIn(2);
    return {
      files: {
        'm/data.bin': `data ${value(random)}\n`,
        'm/inc/tab.inc': `    .incbin "data.bin"\n    .byte ${1 + random.below(99)}\n`,
        'm/blob.S': `${data}${direct ? '    .incbin "data.bin"\n' : '    .include "tab.inc"\n'}    .word ${value(random)}\n`,
        'm/b.c': returns('b', 'blob[5] + blob[6] + blob[7]', 'extern const unsigned char blob[];\n'),
      },
      sources: ['b.c', 'blob.S'],
      head: ['CFLAGS += -Wa,-I,inc'],
      functions: ['b'],
    };
  },
  /** The same from C. */
  embedded(random) {
    const name = random.pick(['"more.bin"', 'NAME']);
    const asm = `__asm__(".section .rodata\\n.global more\\nmore: .incbin \\"" ${name === 'NAME' ? 'NAME' : '"more.bin"'} "\\"\\n.text");\n`;
    return {
      files: {
        'm/more.bin': `more ${value(random)}\n`,
        'm/n.c': returns(
          'n',
          'more[5] + more[6] + more[7]',
          `#define NAME "more.bin"\n${asm}extern const unsigned char more[];\n`,
        ),
      },
      sources: ['n.c'],
      functions: ['n'],
    };
  },
  /** Rules of the Makefile's own. */
  ownRules(random) {
    return {
      files: {
        'm/gen.txt': `${value(random)}\n`,
        'm/g.c': returns('g', 'GEN', '#include "gen.h"\n'),
        'm/own.c': returns('own', 'OWN + OWN_FLAG', '#include "own.h"\n'),
        'm/own.h': define('OWN', random),
      },
      sources: ['g.c'],
      head: ['CFLAGS += -I$(BUILD)', 'BUILD = build-$(ARCH)', 'SRC_O += $(BUILD)/own.o'],
      tail: [
        '$(BUILD)/gen.h: gen.txt\n\t@mkdir -p $(BUILD)\n\t@echo "#define GEN $$(cat gen.txt)" > $@',
        '$(BUILD)/g.o: $(BUILD)/gen.h',
        `$(BUILD)/own.o: own.c own.h Makefile\n\t@mkdir -p $(BUILD)\n\t@$(CC) $(CFLAGS) -DOWN_FLAG=${value(random)} -c -o $@ $<`,
      ],
      functions: ['g', 'own'],
    };
  },
  /** Flags of one object. */
  targetFlags(random) {
    const line = random.pick([
      '$(BUILD)/t.o: CFLAGS += -DLIM=',
      '$(BUILD)/t.o: override CFLAGS += -DLIM=',
      '$(BUILD)/%.o: CFLAGS += -DLIM=',
    ]);
    return {
      files: { 'm/t.c': returns('t', 'LIM') },
      sources: ['t.c'],
      tail: [`${line}${value(random)}`],
      functions: ['t'],
    };
  },
  /** Files that make reads. */
  filesOfMake(random) {
    return {
      files: {
        'm/val.txt': `${value(random)}\n`,
        'm/val2.txt': `-DTWO=${value(random)}\n`,
        'm/w/one.x': '',
        'm/src/extra.c': returns('extra', `${value(random)}`),
        'm/vars.mk': `CFLAGS += -DVARS=${value(random)}\n`,
        'm/f.c': returns('f', 'SH + TWO + COUNT + VARS + OPTMK', '#ifndef OPTMK\n#define OPTMK 0\n#endif\n'),
      },
      sources: ['f.c'],
      head: [
        random.pick(['CFLAGS += -DSH=$(shell cat val.txt)', 'CFLAGS += -DSH=$(filter-out #%,$(shell cat val.txt))']),
        random.pick([
          'CFLAGS += $(file <val2.txt)',
          'CFLAGS += $(call file,<val2.txt)',
          'CFLAGS += $(shell cat val2.txt)',
        ]),
        random.pick([
          'CFLAGS += -DCOUNT=$(words $(wildcard w/*.x))',
          'CFLAGS += -DCOUNT=$(words $(call wildcard,w/*.x))',
        ]),
        random.pick([
          'SRC += $(wildcard src/*.c)',
          'SRC += $(call wildcard,src/*.c)',
          'SRC += $(sort $(wildcard src/*.c))',
        ]),
        'include vars.mk',
        '-include opt.mk',
      ],
      functions: ['f', 'extra'],
    };
  },
  /** Names of variables that are made of other variables. */
  computedNames(random) {
    const how = random.oneIn(2)
      ? ['fl = $($1_FLAGS)', 'CFLAGS += $(call fl,EXTRA)']
      : ['CFLAGS += $($(strip $(WHO))_FLAGS)'];
    return {
      files: { 'm/c.c': returns('c', 'CN', '#ifndef CN\n#define CN 0\n#endif\n') },
      sources: ['c.c'],
      head: how,
      functions: ['c'],
      env: { WHO: 'EXTRA', EXTRA_FLAGS: `-DCN=${value(random)}`, OTHER_FLAGS: `-DCN=${value(random)}` },
    };
  },
  cplusplus(random) {
    return {
      files: {
        'm/x.hpp': define('X', random),
        'm/x.cpp': `#include "x.hpp"\nextern "C" int x(void) { return X + ${value(random)}; }\n`,
      },
      sources: ['x.cpp'],
      functions: ['x'],
    };
  },
  python(random) {
    return { files: { 'm/part.py': `y = ${value(random)}\n` }, sources: ['part.py'] };
  },
  /** Names that become numbers in the code. */
  names(random) {
    return {
      files: {
        'm/q.h': `#define NAME MP_QSTR_q${value(random)}\n`,
        'm/q.c': returns('q', 'NAME', '#include "py/dynruntime.h"\n#include "q.h"\n'),
      },
      sources: ['q.c'],
      functions: ['q'],
    };
  },
  /** Headers and folders that are links, and what is beside the module. */
  links(random) {
    return {
      files: {
        'shared/s.c': returns('s', 'S', '#include "s.h"\n'),
        'shared/v1/s.h': define('S', random),
        'shared/v2/s.h': define('S', random),
        'm/cur': { link: random.pick(['../shared/v1', '../shared/v2']) },
        'm/l.h': { link: '../shared/v1/s.h' },
        'm/l.c': returns('l', 'S + 1', '#include "l.h"\n'),
      },
      sources: ['../shared/s.c', 'l.c'],
      head: ['CFLAGS += -Icur'],
      functions: ['s', 'l'],
    };
  },
  /** Sources found by make. */
  searched(random) {
    return {
      files: {
        'm/alt2/v.c': returns('v', `${value(random)}`),
        'm/alt1/none.txt': '',
      },
      sources: ['v.c'],
      head: ['vpath %.c alt1 alt2'],
      functions: ['v'],
    };
  },
  /** What the compiler itself says. */
  compiler() {
    return {
      files: {
        'm/w.c': returns('w', 'TOOL + X1', '#ifndef TOOL\n#define TOOL 0\n#endif\n#ifndef X1\n#define X1 0\n#endif\n'),
      },
      sources: ['w.c'],
      functions: ['w'],
    };
  },
};
