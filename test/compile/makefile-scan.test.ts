import test from 'ava';
import { scanMakefile } from '../../natmod-rules/compile/index.ts';

const certain = (text: string) => scanMakefile(text).unsure === undefined;

test('plain Makefiles depend on their text and on variables they name', (t) => {
  const scan = scanMakefile(
    'MOD = m\nSRC = $(MOD).c # text\nCFLAGS += $(prefix_$(ARCH)) $(filter a,$(X))\ninclude $(DIR)/a.mk\n',
  );
  t.is(scan.unsure, undefined);
  for (const word of ['MOD', 'CFLAGS', 'ARCH', 'X', 'DIR']) t.true(scan.words.has(word), word);
  t.deepEqual(scan.computed, ['^prefix_.*$']);
});

test('what can read the world in ways that cannot be followed is not certain', (t) => {
  for (const line of [
    'X := $(shell date)',
    'X != date',
    'X := $(file <name)',
    '$(eval $(X))',
    'X = $(call shell,date)',
    'X = $(call $(Y),date)',
    'X = $(wildcard $(DIR)/*.c)',
    'X = $(wildcard */x.c)',
    'X = $(realpath a)',
    '-include $(X).mk',
    'include *.mk',
    'load x.so',
    '.SUFFIXES: .a',
    'X = $(foreach d,a b,$(wildcard $(d)/*))',
    'X = \\\n $(shell \\\n date)',
    '\tX := $(shell date)',
    'X = $(if $(Y),$(error no))$(shell date)',
    '\t-include $(X).mk',
    'X = $(call wildcard,src/*.c)',
    'X += $(call file,<flags.txt)',
    'X += $(filter-out #%,$(shell cat flags.txt))',
    'X = $(call $(f),a)',
    'MAKEFLAGS += -I there',
    'SHELL = ./sh',
    'x.o: *.h',
    'x.o: X != date',
    '.SECONDEXPANSION:',
    '$(call rules,a)',
    'X = $' + '{shell date}',
    'X = $(if $(Y),$' + '{eval Z = 1})',
    'define X\n$(shell date)\nendef',
    'x: y\n\tinclude *.mk',
    'X = $( shell date)',
    '.RECIPEPREFIX = >',
    'nonsense',
  ]) {
    t.false(certain(`${line}\n`), line);
  }
});

test('what can be followed is', (t) => {
  for (const line of [
    'X := $(shell $(CC) -print-libgcc-file-name)',
    'X := $(shell $(CROSS)gcc $(CFLAGS) --print-libgcc-file-name)',
    "X := $(shell echo $(CROSS) | sed -e 's/-$$//')",
    "X = $(shell echo $(Y) | tr '[:lower:]' '[:upper:]')",
    '# $(shell date)',
    'ifeq ($(X),)\n$(error there is no shell)\nendif',
    'X = $(abspath a) $(dir b) $(sort c)',
    'X = a\\#b # $(shell date)',
    'ifneq ($(filter $(ARCH),armv6m xtensa),)\nX = 1\nelse ifdef Y\nendif',
    'define X\n$(Y) is\nendef\nexport X',
    'x.o: CFLAGS += -DLIM=$(LIM)\nx.o: x.c | b\n\t$(CC) -c $< # not $$(shell)',
    'override X := 1\nprivate Y ?= $(X:.c=.o)\nvpath %.c src',
    '$(info MOD is $(MOD))',
  ]) {
    t.true(certain(`${line}\n`), line);
  }
  t.deepEqual(scanMakefile('X = $(wildcard *.c src/*.c)\n').folders, ['.', 'src']);
  t.deepEqual(scanMakefile('X = $(wildcard local.c)\n').optional, ['local.c']);
  t.deepEqual(scanMakefile('fl = $($1_FLAGS)\nX = $(call fl,EXTRA)\n').computed, ['^.*_FLAGS$']);
  t.deepEqual(scanMakefile('X = $($(strip $(WHO))_FLAGS)\n').computed, ['^.*_FLAGS$']);
  t.deepEqual(scanMakefile('-include local.mk other.mk\nsinclude x\n').optional, ['local.mk', 'other.mk', 'x']);
});

test('targets of rules, for what make would make anew', (t) => {
  const fits = (text: string, name: string) => scanMakefile(text).targets.some((target) => target.test(name));
  t.true(fits('%.mk: %.in\n\tgen\n', 'config.mk'));
  t.true(fits('$(X): y\n', 'anything'));
  t.true(fits('a config.mk: y\n', 'config.mk'));
  t.false(fits('$(BUILD)/%.o: %.c\n', 'Makefile'));
  t.false(fits('X := y\nX ?= z\nX = a:b\n', 'Makefile'));
});
