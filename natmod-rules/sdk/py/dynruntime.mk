# The GNU make side of a native module, for Makefiles that end with
#     include $(MPY_DIR)/py/dynruntime.mk
# It turns what the module sets (MOD, SRC, ARCH, CFLAGS, CFLAGS_EXTRA, LINK_RUNTIME, ...) into compiler flags, file names
# and rules, with the variables that MicroPython's own file of this name has:
#     make MPY_DIR=$(npx natmod --sdk) ARCH=armv7m
# `gulp build` reads the same variables with make; NATMOD_PROBE is set then, and nothing here may start a process.

# --- where natmod is ---

natmod_mk := $(lastword $(MAKEFILE_LIST))
# A path with blanks is more than one word, but then make was given it in MPY_DIR.
natmod_mk := $(if $(wildcard $(natmod_mk)),$(natmod_mk),$(MPY_DIR)/py/dynruntime.mk)
natmod_blank := $(subst x,,x x)
natmod_bin := $(subst \$(natmod_blank),$(natmod_blank),$(patsubst %/sdk/py/dynruntime.mk,%/../bin,$(natmod_mk)))

NODE ?= node
# What the rules below need besides the linker and the packager.
natmod_make = $(NODE) "$(natmod_bin)/natmod-make.mjs"

# --- one line per architecture: compiler prefix, kind of float, flags ---

natmod_arches := x86 x64 armv6m armv7m armv7emsp armv7emdp xtensa xtensawin rv32imc rv64imc

natmod_cross_x86       := i686-linux-gnu-
natmod_cross_x64       := x86_64-linux-gnu-
natmod_cross_armv6m    := arm-none-eabi-
natmod_cross_armv7m    := arm-none-eabi-
natmod_cross_armv7emsp := arm-none-eabi-
natmod_cross_armv7emdp := arm-none-eabi-
natmod_cross_xtensa    := xtensa-lx106-elf-
natmod_cross_xtensawin := xtensa-esp32-elf-
natmod_cross_rv32imc   := riscv64-unknown-elf-
natmod_cross_rv64imc   := riscv64-unknown-elf-

# Prefixes to look for when there is no compiler with the first one.
natmod_other_x86       := i586-linux-gnu- i386-linux-gnu-
natmod_other_x64       := x86_64-elf- x86_64-pc-linux-gnu-
natmod_other_xtensawin := xtensa-esp32s3-elf- xtensa-esp32s2-elf- xtensa-esp-elf-
natmod_other_rv32imc   := riscv32-unknown-elf- riscv-none-elf- riscv32-esp-elf-
natmod_other_rv64imc   := riscv-none-elf-

natmod_float_x86       := double
natmod_float_x64       := double
natmod_float_armv6m    := float
natmod_float_armv7m    := float
natmod_float_armv7emsp := float
natmod_float_armv7emdp := double
natmod_float_xtensa    := none
natmod_float_xtensawin := float
natmod_float_rv32imc   := none
natmod_float_rv64imc   := none

natmod_flags_x86       := -fno-stack-protector
natmod_flags_x64       := -fno-stack-protector
natmod_flags_armv6m    := -mthumb -mcpu=cortex-m0
natmod_flags_armv7m    := -mthumb -mcpu=cortex-m3
natmod_flags_armv7emsp := -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
natmod_flags_armv7emdp := -mthumb -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard
natmod_flags_xtensa    := -mforce-l32
natmod_flags_xtensawin :=
natmod_flags_rv32imc   := -march=rv32imac -mabi=ilp32 -mno-relax
natmod_flags_rv64imc   := -march=rv64imac -mabi=lp64 -mno-relax

# --- the module ---

# `gulp build` names a MicroPython tree for a module that is made of its files; the flags are those of this file all the same.
ifneq ($(NATMOD_MPY_TREE),)
override MPY_DIR := $(NATMOD_MPY_TREE)
endif

# `gulp build` names the machine it runs on for Makefiles that leave ARCH open.
ARCH ?= $(NATMOD_HOST_ARCH)

ifeq ($(filter $(natmod_arches),$(ARCH)),)
$(error ARCH is '$(ARCH)', it must be one of: $(natmod_arches))
endif

BUILD ?= build-$(ARCH)
CROSS = $(natmod_cross_$(ARCH))
CC = $(CROSS)gcc
CONFIG_H = $(BUILD)/$(MOD).config.h
MICROPY_FLOAT_IMPL ?= $(natmod_float_$(ARCH))

ifndef NATMOD_PROBE
# The first prefix with which a compiler is on PATH; found by looking, because a process would take longer.
natmod_on_path = $(wildcard $(addsuffix /$(1)gcc,$(subst :, ,$(PATH))))
natmod_prefixes := $(natmod_cross_$(ARCH)) $(natmod_other_$(ARCH))
natmod_prefix := $(firstword $(foreach prefix,$(natmod_prefixes),$(if $(call natmod_on_path,$(prefix)),$(prefix))))
CROSS = $(or $(natmod_prefix),$(natmod_cross_$(ARCH)))
endif

# Shell commands would cost a process for each reading of the Makefile.
natmod_float_macro_none   := MICROPY_FLOAT_IMPL_NONE
natmod_float_macro_float  := MICROPY_FLOAT_IMPL_FLOAT
natmod_float_macro_double := MICROPY_FLOAT_IMPL_DOUBLE
natmod_float_macro = $(natmod_float_macro_$(MICROPY_FLOAT_IMPL))

ifeq ($(natmod_float_macro),)
$(error MICROPY_FLOAT_IMPL is '$(MICROPY_FLOAT_IMPL)', it must be one of: none float double)
endif

CFLAGS_ARCH += -fpic -fno-common -U_FORTIFY_SOURCE $(natmod_flags_$(ARCH))

CFLAGS += -I. -I$(MPY_DIR) -std=c99 -Os -Wall -Werror -DNDEBUG -DNO_QSTR -DMICROPY_ENABLE_DYNRUNTIME
CFLAGS += -DMP_CONFIGFILE='<$(CONFIG_H)>'
CFLAGS += $(CFLAGS_ARCH) -DMICROPY_FLOAT_IMPL=$(natmod_float_macro)
CFLAGS += $(CFLAGS_EXTRA)

ifndef NATMOD_PROBE
# Debian's RISC-V compiler comes without a C library of its own; picolibc is reached through its specs file.
ifneq ($(filter rv32imc rv64imc,$(ARCH)),)
PICOLIBC_SPECS := $(filter-out picolibc.specs,$(shell $(CC) -print-file-name=picolibc.specs))
CFLAGS_ARCH += $(addprefix -specs=,$(PICOLIBC_SPECS))
endif
# The unified compiler of Espressif serves several cores and must be told which one.
ifeq ($(ARCH) $(CROSS),xtensawin xtensa-esp-elf-)
CFLAGS_ARCH += -mdynconfig=xtensa_esp32.so
endif
endif

MPY_CROSS_FLAGS += -march=$(ARCH)

ifneq ($(MPY_EXTERN_SYM_FILE),)
MPY_LD_FLAGS += --externs "$(realpath $(MPY_EXTERN_SYM_FILE))"
endif
ifneq ($(ARCH_FLAGS),)
MPY_LD_FLAGS += --arch-flags "$(ARCH_FLAGS)"
endif

# --- tools ---

ECHO = @echo
RM = rm -f
MKDIR = mkdir
PYTHON ?= python3
MPY_LD = $(NODE) "$(natmod_bin)/mpy-ld.mjs"
MPY_TOOL = $(NODE) "$(natmod_bin)/mpy-tool.mjs"
MPY_CROSS ?= $(natmod_make) mpy-cross --tree="$(MPY_DIR)"

Q = @
ifeq ($(origin V) $(V),command line 1)
Q =
MPY_LD += -vvv
endif

# --- files ---

# What lies above the module's folder gets a folder inside BUILD, so that no two architectures share an object.
natmod_place = $(BUILD)/$(subst ../,_up/,$(1))
# x.c and x.S, and the module itself and its own MOD.py, must not become one file.
natmod_s_base = $(if $(filter $(1:.S=.c),$(SRC)),$(1),$(1:.S=))
natmod_py_base = $(if $(filter $(MOD).py ./$(MOD).py,$(1)),$(1),$(1:.py=))
natmod_object = $(call natmod_place,$(if $(filter %.c,$(1)),$(1:.c=),$(call natmod_s_base,$(1)))).o
natmod_part = $(call natmod_place,$(call natmod_py_base,$(1))).mpy

# In the order in which MicroPython links: C before assembler.
SRC_O += $(foreach source,$(filter %.c,$(SRC)) $(filter %.S,$(SRC)),$(call natmod_object,$(source)))
SRC_MPY += $(foreach source,$(filter %.py,$(SRC)),$(call natmod_part,$(source)))
CLEAN_EXTRA += $(MOD).mpy

# Flags and tools as they were at the last build. A changed one makes everything again that it had a part in.
natmod_cc_stamp = $(BUILD)/$(MOD).compiler
natmod_ld_stamp = $(BUILD)/$(MOD).linker
natmod_py_stamp = $(BUILD)/$(MOD).mpy-cross
natmod_qstr_stamp = $(BUILD)/$(MOD).qstrs

# Libraries and files of fixed symbols that MPY_LD_FLAGS names.
natmod_ld_files = $(wildcard $(patsubst -l%,%,$(filter-out --%,$(MPY_LD_FLAGS))) $(MPY_EXTERN_SYM_FILE))
natmod_not_linked = $(natmod_ld_stamp) $(natmod_ld_files) $(CONFIG_H)
# The linker asks the compiler for its libraries.
natmod_runtime = $(if $(filter 1,$(LINK_RUNTIME)),--runtime=$(call natmod_quote,$(CC) $(CFLAGS)) --tree="$(MPY_DIR)")

ifndef NATMOD_PROBE
ifeq ($(filter clean,$(MAKECMDGOALS)),)
ifeq ($(strip $(MOD)),)
$(error MOD is not set: a line such as MOD = mymodule names the module)
endif
ifeq ($(strip $(SRC_O) $(SRC_MPY)),)
$(error SRC is not set: a line such as SRC = main.c names the sources)
endif
ifneq ($(filter-out %.c %.S %.py,$(SRC)),)
$(error SRC has '$(filter-out %.c %.S %.py,$(SRC))', it can hold .c, .S and .py files)
endif
endif
endif

# --- rules ---

.PHONY: all clean natmod-always natmod-flags

all: $(MOD).mpy

clean:
	$(RM) -r $(BUILD) $(CLEAN_EXTRA)

BUILD_DIRS = $(sort $(dir $(CONFIG_H) $(SRC_O) $(SRC_MPY)))
$(CONFIG_H) $(SRC_O) $(SRC_MPY) $(natmod_cc_stamp) $(natmod_ld_stamp) $(natmod_py_stamp): | $(BUILD_DIRS)
$(BUILD_DIRS):
	$(Q)$(MKDIR) -p $@

natmod_quote = '$(subst ','\'',$(1))'
# $(call natmod_keep,COMMAND): what the command prints becomes the target, whose time changes only when the text does.
natmod_keep = if { $(1); } >$@.$$$$.tmp; then cmp -s $@.$$$$.tmp $@ && rm -f $@.$$$$.tmp || mv -f $@.$$$$.tmp $@; \
	else rm -f $@.$$$$.tmp; exit 1; fi
natmod_no_compiler = { echo "natmod: $(ARCH): the compiler '$(CC)' does not start; name another with CROSS= or CC=" >&2; false; }

# Made first and by itself, for a stamp that is made for an object with flags of its own would take those.
natmod-flags: $(if $(SRC_O),$(natmod_cc_stamp)) $(natmod_ld_stamp) $(if $(SRC_MPY),$(natmod_py_stamp))

$(natmod_cc_stamp): natmod-always
	@$(call natmod_keep,echo $(call natmod_quote,$(CC) $(CFLAGS)); $(CC) --version || $(natmod_no_compiler))

$(natmod_ld_stamp): natmod-always
	@$(call natmod_keep,echo $(call natmod_quote,$(MPY_LD) $(ARCH) $(MPY_LD_FLAGS) $(LINK_RUNTIME) $(SRC_O) $(MPY_TOOL) $(SRC_MPY)))

$(natmod_py_stamp): natmod-always
	@$(call natmod_keep,echo $(call natmod_quote,$(MPY_CROSS) $(MPY_CROSS_FLAGS)); \
	ls -lL "$(MPY_DIR)/mpy-cross/build/mpy-cross" "`command -v mpy-cross`" 2>/dev/null || :)

# The header is written only when the qstrs change, so that one touched source is one compilation.
$(natmod_qstr_stamp): $(filter %.c %.S,$(SRC)) $(natmod_cc_stamp) $(if $(wildcard $(CONFIG_H)),,natmod-always)
	$(ECHO) "GEN $(CONFIG_H)"
	$(Q)$(natmod_make) config --output=$(CONFIG_H) --stamp=$@ --tree="$(MPY_DIR)" $(filter %.c %.S,$^) -- $(CFLAGS)

$(CONFIG_H): $(natmod_qstr_stamp)
	@:

define natmod_compile
$(ECHO) "CC $<"
$(Q)$(CC) -MMD -MP -MF $(@:.o=.d) -MT $@ $(CFLAGS) -o $@ -c $<
endef

define natmod_python
$(ECHO) "MPY $<"
$(Q)$(MPY_CROSS) $(MPY_CROSS_FLAGS) -o $@ $<
endef

$(BUILD)/%.o: %.c $(CONFIG_H) $(natmod_cc_stamp)
	$(natmod_compile)

$(BUILD)/%.o: %.S $(CONFIG_H) $(natmod_cc_stamp)
	$(natmod_compile)

$(BUILD)/%.S.o: %.S $(CONFIG_H) $(natmod_cc_stamp)
	$(natmod_compile)

$(BUILD)/%.mpy: %.py $(natmod_py_stamp)
	$(natmod_python)

$(BUILD)/%.py.mpy: %.py $(natmod_py_stamp)
	$(natmod_python)

# Patterns do not reach above the folder.
define natmod_rule_above
$(if $(filter %.py,$(1)),$(call natmod_part,$(1)): $(1) $(natmod_py_stamp),$(call natmod_object,$(1)): $(1) $(CONFIG_H) $(natmod_cc_stamp))
	$$(natmod_$(if $(filter %.py,$(1)),python,compile))
endef
$(foreach source,$(SRC),$(if $(findstring ../,$(source)),$(eval $(call natmod_rule_above,$(source)))))

natmod_native = $(if $(SRC_O),$(BUILD)/$(MOD).mpy)

ifneq ($(natmod_native),)
$(BUILD)/$(MOD).mpy: $(natmod_cc_stamp) $(natmod_ld_stamp) $(CONFIG_H) $(SRC_O) $(natmod_ld_files)
	$(ECHO) "LINK $@"
	$(Q)$(MPY_LD) --arch $(ARCH) --qstrs $(CONFIG_H) $(MPY_LD_FLAGS) $(natmod_runtime) \
		-o $@ $(filter-out $(natmod_not_linked) $(natmod_cc_stamp),$^)
endif

$(MOD).mpy: $(natmod_ld_stamp) $(natmod_native) $(SRC_MPY)
	$(ECHO) "GEN $@"
	$(Q)$(MPY_TOOL) --merge -o $@ $(filter-out $(natmod_ld_stamp),$^)

ifndef NATMOD_PROBE
# Headers that were read the last time.
-include $(wildcard $(natmod_qstr_stamp).d $(SRC_O:.o=.d))
endif
