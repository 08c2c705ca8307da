# The GNU make side of a native module, for Makefiles that end with
#     include $(MPY_DIR)/py/dynruntime.mk
# It turns what the module sets (MOD, SRC, ARCH, CFLAGS, CFLAGS_EXTRA, LINK_RUNTIME, ...) into compiler flags, file names
# and rules, with the variables that MicroPython's own file of this name has:
#     make MPY_DIR=$(npx natmod --sdk) ARCH=armv7m
# `gulp build` reads the same variables with make. It keeps what make answers, so nothing here may ask the world: neither a
# program nor whether a file exists. What does is in the rules.

# Where we are; a path with blanks is more than one word, but then make was given it in MPY_DIR.
natmod_sdk := $(patsubst %/py/dynruntime.mk,%,$(lastword $(MAKEFILE_LIST)))
ifneq ($(word 2,$(MPY_DIR)),)
natmod_sdk := $(MPY_DIR)
endif
MPY_DIR ?= $(natmod_sdk)

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
# It offers one before it knows whether the module is made of MicroPython's files, and does not have to ask twice then.
ifneq ($(and $(NATMOD_OFFERED_TREE),$(strip $(MPY_SOURCES))),)
ifeq ($(MPY_DIR),$(natmod_sdk))
override MPY_DIR := $(NATMOD_OFFERED_TREE)
natmod_offered := taken
endif
endif

# `gulp build` names the machine it runs on for Makefiles that leave ARCH open.
ARCH ?= $(NATMOD_HOST_ARCH)

ifeq ($(filter $(natmod_arches),$(ARCH)),)
$(error ARCH is '$(ARCH)', it must be one of: $(natmod_arches))
endif

# A comment behind the name leaves blanks.
ifneq ($(MOD),$(strip $(MOD)))
MOD := $(strip $(MOD))
endif

BUILD ?= build-$(ARCH)
CROSS = $(natmod_cross_$(ARCH))
CC = $(CROSS)gcc
CONFIG_H = $(BUILD)/$(MOD).config.h
MICROPY_FLOAT_IMPL ?= $(natmod_float_$(ARCH))

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
# Flags of the level of optimisation; `gulp build` has them from elsewhere.
CFLAGS += $(natmod_level_flags)
CFLAGS += $(CFLAGS_EXTRA)
ifeq ($(MPY_TLS_AS_DATA),1)
CFLAGS += -D__thread= -D_Thread_local= -Dthread_local=
endif

MPY_CROSS_FLAGS += -march=$(ARCH)

ifneq ($(MPY_EXTERN_SYM_FILE),)
MPY_LD_FLAGS += --externs "$(realpath $(MPY_EXTERN_SYM_FILE))"
endif
ifneq ($(ARCH_FLAGS),)
MPY_LD_FLAGS += --arch-flags "$(ARCH_FLAGS)"
endif

# --- files ---

# What lies above the module's folder gets a folder inside BUILD, so that no two architectures share an object.
natmod_place = $(BUILD)/$(subst ../,_up/,$(1))
# x.c and x.S, and the module itself and its own MOD.py, must not become one file.
natmod_s_base = $(if $(filter $(1:.S=.c),$(SRC)),$(1),$(1:.S=))
natmod_py_base = $(if $(filter $(MOD).py ./$(MOD).py,$(1)),$(1),$(1:.py=))
natmod_cxx = $(filter %.cpp %.cc %.cxx %.C,$(1))
natmod_object = $(call natmod_place,$(if $(filter %.c,$(1)),$(1:.c=),$(if $(call natmod_cxx,$(1)),$(1),$(call natmod_s_base,$(1))))).o
natmod_part = $(call natmod_place,$(call natmod_py_base,$(1))).mpy

# In the order in which MicroPython links: C before assembler; C++ is between them.
SRC_O += $(foreach source,$(filter %.c,$(SRC)) $(call natmod_cxx,$(SRC)) $(filter %.S,$(SRC)),$(call natmod_object,$(source)))
SRC_MPY += $(foreach source,$(filter %.py,$(SRC)),$(call natmod_part,$(source)))
CLEAN_EXTRA += $(MOD).mpy

# `gulp build` needs no rules.
ifndef NATMOD_PROBE
include $(natmod_sdk)/py/dynruntime-rules.mk
endif
