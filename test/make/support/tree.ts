/** A tree with rules like those of MicroPython, as far as reading goes; whoever runs one of its recipes fails. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { sdkDir } from '../../../tasks/system/project.ts';
import { writeFiles } from './doors.ts';

const RULES = `BUILD ?= build-$(ARCH)
CONFIG_H = $(BUILD)/$(MOD).config.h
CROSS =
CC = $(CROSS)gcc
CFLAGS += -I. -I$(MPY_DIR) -std=c99 -Os -Wall -Werror -DNDEBUG -DNO_QSTR -DMICROPY_ENABLE_DYNRUNTIME
CFLAGS += -DMP_CONFIGFILE='<$(CONFIG_H)>' -fpic -fno-common -U_FORTIFY_SOURCE -fno-stack-protector
CFLAGS += -DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_DOUBLE $(CFLAGS_EXTRA)
MPY_CROSS_FLAGS += -march=$(ARCH)
SRC_O += $(addprefix $(BUILD)/, $(patsubst %.c,%.o,$(filter %.c,$(SRC))) $(patsubst %.S,%.o,$(filter %.S,$(SRC))))
SRC_MPY += $(addprefix $(BUILD)/, $(patsubst %.py,%.mpy,$(filter %.py,$(SRC))))
.PHONY: all
all: $(MOD).mpy
$(BUILD)/%.o: %.c $(CONFIG_H) Makefile
	false
$(BUILD)/%.mpy: %.py
	false
$(BUILD)/$(MOD).mpy: $(SRC_O)
	false
$(MOD).mpy: $(BUILD)/$(MOD).mpy $(SRC_MPY)
	false
`;

/** @returns the tree's folder */
export function writeTree(dir: string): string {
  const tree = join(dir, 'tree');
  cpSync(join(sdkDir, 'py'), join(tree, 'py'), { recursive: true });
  writeFiles(tree, { 'py/dynruntime.mk': RULES });
  return tree;
}
