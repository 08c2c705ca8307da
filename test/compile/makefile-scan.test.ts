import test from 'ava';
import { scanMakefile } from '../../natmod-rules/compile/index.ts';

const certain = (text: string) => scanMakefile(text).unsure === undefined;

test('plain Makefiles depend on their text and on variables they name', (t) => {
  const scan = scanMakefile(
    'MOD = m\nSRC = $(MOD).c # text\nCFLAGS += $(prefix_$(ARCH)) $(filter a,$(X))\ninclude $(DIR)/a.mk\n',
  );
  t.is(scan.unsure, undefined);
  for (const word of ['MOD', 'CFLAGS', 'ARCH', 'X', 'DIR']) t.true(scan.words.has(word), word);
  t.deepEqual(
    scan.computed.map(({ source }) => source),
    ['^prefix_.*$'],
  );
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
  ]) {
    t.true(certain(`${line}\n`), line);
  }
  t.deepEqual(scanMakefile('X = $(wildcard *.c src/*.c)\n').folders, ['.', 'src']);
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
