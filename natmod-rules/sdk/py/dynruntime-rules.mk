# The rules of dynruntime.mk, for make to build a module by itself.

# --- compiler ---

# Prefixes to look for when there is no compiler with the first one.
natmod_other_x86       := i586-linux-gnu- i386-linux-gnu-
natmod_other_x64       := x86_64-elf- x86_64-pc-linux-gnu-
natmod_other_xtensawin := xtensa-esp32s3-elf- xtensa-esp32s2-elf- xtensa-esp-elf-
natmod_other_rv32imc   := riscv32-unknown-elf- riscv-none-elf- riscv32-esp-elf-
natmod_other_rv64imc   := riscv-none-elf-

# The first prefix with which a compiler is on PATH; found by looking, because a process would take longer.
natmod_on_path = $(wildcard $(addsuffix /$(1)gcc,$(subst :, ,$(PATH))))
natmod_prefixes := $(natmod_cross_$(ARCH)) $(natmod_other_$(ARCH))
natmod_prefix := $(firstword $(foreach prefix,$(natmod_prefixes),$(if $(call natmod_on_path,$(prefix)),$(prefix))))
ifneq ($(natmod_prefix),)
CROSS = $(natmod_prefix)
else ifeq ($(ARCH) $(if $(filter x64,$(ARCH)),$(shell uname -sm)),x64 Linux x86_64)
CROSS =
endif

# Debian's RISC-V compiler comes without a C library of its own; picolibc is reached through its specs file.
ifneq ($(filter rv32imc rv64imc,$(ARCH)),)
PICOLIBC_SPECS := $(filter-out picolibc.specs,$(shell $(CC) -print-file-name=picolibc.specs))
CFLAGS += $(addprefix -specs=,$(PICOLIBC_SPECS))
endif
# The unified compiler of Espressif serves several cores and must be told which one.
ifeq ($(ARCH) $(CROSS),xtensawin xtensa-esp-elf-)
CFLAGS += -mdynconfig=xtensa_esp32.so
endif

# --- tools ---

# Paths for the shell: a blank without the backslash that make wants.
natmod_blank := $(subst x,,x x)
natmod_bin := $(subst \$(natmod_blank),$(natmod_blank),$(natmod_sdk))/../../bin
natmod_tree := $(subst \$(natmod_blank),$(natmod_blank),$(MPY_DIR))

NODE ?= node
natmod_cli = $(NODE) "$(natmod_bin)/natmod.mjs"

ECHO = @echo
RM = rm -f
MKDIR = mkdir
PYTHON ?= python3
MPY_LD = $(NODE) "$(natmod_bin)/mpy-ld.mjs"
MPY_TOOL = $(NODE) "$(natmod_bin)/mpy-tool.mjs"
MPY_CROSS ?= $(natmod_cli) mpy-cross --tree="$(natmod_tree)"

Q = @
ifeq ($(origin V) $(V),command line 1)
Q =
MPY_LD += -vvv
endif

# Flags and tools as they were at the last build. A changed one makes everything again that it had a part in.
natmod_cc_stamp = $(BUILD)/$(MOD).compiler
natmod_ld_stamp = $(BUILD)/$(MOD).linker
natmod_py_stamp = $(BUILD)/$(MOD).mpy-cross
natmod_qstr_stamp = $(BUILD)/$(MOD).qstrs
natmod_made_stamp = $(BUILD)/$(MOD).made

# In a BUILD that architectures share, objects of another one are removed: rules of the Makefile's own would keep them.
natmod_arch_mark = $(BUILD)/$(MOD).for-$(ARCH)
natmod_foreign := $(filter-out $(natmod_arch_mark),$(wildcard $(BUILD)/$(MOD).for-*))
ifneq ($(natmod_foreign),)
natmod_foreign := $(shell rm -f $(natmod_foreign) $(filter $(BUILD)/%,$(SRC_O)))
endif

# Libraries and files of fixed symbols that MPY_LD_FLAGS names.
natmod_ld_files = $(wildcard $(patsubst -l%,%,$(filter-out --%,$(MPY_LD_FLAGS))) $(MPY_EXTERN_SYM_FILE))
natmod_not_linked = $(natmod_cc_stamp) $(natmod_ld_stamp) $(natmod_ld_files) $(CONFIG_H)
# The same link as that of `gulp build`, unless the user has a linker of his own.
natmod_link_own = $(MPY_LD) --arch $(ARCH) --qstrs $(CONFIG_H) $(MPY_LD_FLAGS)
natmod_link_ours = $(natmod_cli) make-link --arch=$(ARCH) --qstrs=$(CONFIG_H) --tree="$(natmod_tree)" \
	--runtime=$(LINK_RUNTIME) --cc=$(call natmod_quote,$(CC)) --cflags=$(call natmod_quote,$(CFLAGS)) \
	--flags=$(call natmod_quote,$(MPY_LD_FLAGS))
natmod_link = $(if $(filter file,$(origin MPY_LD)),$(natmod_link_ours),$(natmod_link_own))

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

# --- rules ---

.PHONY: all clean natmod-always natmod-flags

all: $(MOD).mpy

clean:
	$(RM) -r $(BUILD) $(CLEAN_EXTRA)

BUILD_DIRS = $(sort $(dir $(CONFIG_H) $(SRC_O) $(SRC_MPY)))
$(CONFIG_H) $(filter $(BUILD)/%,$(SRC_O) $(SRC_MPY)) $(natmod_cc_stamp) $(natmod_ld_stamp) $(natmod_py_stamp) $(natmod_made_stamp): | $(BUILD_DIRS)
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
	@: >$(natmod_arch_mark)
	@$(call natmod_keep,echo $(call natmod_quote,$(CC) $(CFLAGS)); $(CC) --version || $(natmod_no_compiler))

$(natmod_ld_stamp): natmod-always
	@$(call natmod_keep,echo $(call natmod_quote,$(MPY_LD) $(ARCH) $(MPY_LD_FLAGS) $(LINK_RUNTIME) $(SRC_O) $(MPY_TOOL) $(SRC_MPY)); \
	ls -lL "$(natmod_bin)/../package.json")

$(natmod_py_stamp): natmod-always
	@$(call natmod_keep,echo $(call natmod_quote,$(MPY_CROSS) $(MPY_CROSS_FLAGS)); \
	ls -lL "$(natmod_tree)/mpy-cross/build/mpy-cross" "`command -v mpy-cross`" 2>/dev/null || :)

# The header is written only when the qstrs change, so that one touched source is one compilation.
$(natmod_qstr_stamp): $(filter %.c %.S,$(SRC)) $(natmod_cc_stamp) $(if $(wildcard $(CONFIG_H)),,natmod-always)
	$(ECHO) "GEN $(CONFIG_H)"
	$(Q)$(natmod_cli) make-config --output=$(CONFIG_H) --stamp=$@ --tree="$(natmod_tree)" $(filter %.c %.S,$^) --cflags=$(call natmod_quote,$(CFLAGS))

$(CONFIG_H): $(natmod_qstr_stamp)
	@:

define natmod_compile
$(ECHO) "$(if $(filter %.S,$<),AS,CC) $<"
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
	$(Q)$(natmod_link) -o $@ $(filter-out $(natmod_not_linked),$^)
endif

# All architectures have one MOD.mpy: it is made again when it is another one than BUILD made last.
$(natmod_made_stamp): natmod-always
	@cmp -s $(MOD).mpy $@.mpy || touch $@

$(MOD).mpy: $(natmod_ld_stamp) $(natmod_made_stamp) $(natmod_native) $(SRC_MPY)
	$(ECHO) "GEN $@"
	$(Q)$(MPY_TOOL) --merge -o $@ $(filter-out $(natmod_ld_stamp) $(natmod_made_stamp),$^)
	@cp $@ $(natmod_made_stamp).mpy

# Headers that were read the last time.
-include $(wildcard $(natmod_qstr_stamp).d $(SRC_O:.o=.d))
