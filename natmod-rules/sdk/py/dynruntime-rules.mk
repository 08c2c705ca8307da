# The rules of dynruntime.mk, for make to build a module by itself.

# Windows has no POSIX shell of its own. A shell that is one prints nothing but the letter; cmd.exe takes the line for a label.
ifeq ($(OS) $(if $(filter Windows_NT,$(OS)),$(shell :; echo 'x')),Windows_NT x)
else ifeq ($(OS),Windows_NT)
$(error these rules need a POSIX shell, and make has found none: put the folder with sh.exe (of Git: C:\Program Files\Git\usr\bin, of MSYS2: C:\msys64\usr\bin) on PATH, or build with `natmod build`, which needs none)
endif

# --- compiler ---

# Prefixes to look for when there is no compiler with the first one.
natmod_other_x86       := i586-linux-gnu- i386-linux-gnu-
natmod_other_x64       := x86_64-elf- x86_64-pc-linux-gnu-
natmod_other_xtensawin := xtensa-esp32s3-elf- xtensa-esp32s2-elf- xtensa-esp-elf-
natmod_other_rv32imc   := riscv64-elf- riscv32-unknown-elf- riscv-none-elf- riscv32-esp-elf-
natmod_other_rv64imc   := riscv64-elf- riscv-none-elf-

natmod_quote = '$(subst ','\'',$(1))'

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
# Caches of compilers that remember which headers a source had miss one that a new header goes before, so they have to look at what
# the preprocessor makes of the source.
export CCACHE_NODIRECT := 1
export SCCACHE_DIRECT := false
export BUILDCACHE_DIRECT_MODE := false

# --- tools ---

# Paths for the shell: a blank without the backslash that make wants.
natmod_blank := $(subst x,,x x)
natmod_bin := $(subst \$(natmod_blank),$(natmod_blank),$(natmod_sdk))/../../bin
natmod_tree := $(subst \$(natmod_blank),$(natmod_blank),$(MPY_DIR))

NODE ?= node
natmod_cli = $(NODE) "$(natmod_bin)/natmod.cjs"

# Zig's compiler comes from npm, and is no word of a shell. It is taken when it is named, and where there is no other compiler.
ifneq ($(or $(filter zig zig.exe,$(notdir $(firstword $(CC)))),$(if $(natmod_prefix)$(filter-out file,$(origin CC)),,$(CROSS))),)
natmod_zig := $(shell $(natmod_cli) make-compiler --arch=$(ARCH) $(if $(filter-out file,$(origin CC)),--cc='$(CC)'))
ifneq ($(natmod_zig),)
override CC := $(natmod_zig)
endif
endif

# One clang serves every CPU, so it must be told which. Where there is no operating system it takes the headers of a C library from
# beside the GCC for that CPU.
natmod_target_x86     := i686-linux-gnu
natmod_target_x64     := x86_64-linux-gnu
natmod_target_rv32imc := riscv32-unknown-elf
natmod_target_rv64imc := riscv64-unknown-elf
natmod_target := $(or $(natmod_target_$(ARCH)),$(if $(filter arm%,$(ARCH)),arm-none-eabi))
ifneq ($(and $(filter clang clang-% clang.exe,$(notdir $(CC))),$(if $(findstring -target,$(CC)),,$(natmod_target))),)
CFLAGS += --target=$(natmod_target)
ifneq ($(filter arm% rv%,$(ARCH)),)
natmod_gcc_folders = $(shell $(CROSS)gcc $(1) -E -v -x c /dev/null 2>&1 | sed -n 's|^ \(/[^ ]*\)$$|\1|p')
natmod_libc_headers := $(firstword $(wildcard $(addsuffix /string.h,\
	$(if $(filter rv%,$(ARCH)),$(call natmod_gcc_folders,-specs=picolibc.specs)) $(call natmod_gcc_folders))))
CFLAGS += $(addprefix -isystem ,$(patsubst %/string.h,%,$(natmod_libc_headers)))
endif
endif

# A level of optimisation. The module's own flags stand behind those of the level, and win.
ifneq ($(filter-out none,$(MPY_OPTIMIZE)),)
natmod_level_flags := $(shell $(natmod_cli) make-flags --arch=$(ARCH) --optimize=$(MPY_OPTIMIZE) --cc=$(call natmod_quote,$(CC)) --cflags=$(call natmod_quote,$(CFLAGS_EXTRA)))
ifeq ($(natmod_level_flags),)
$(error MPY_OPTIMIZE is '$(MPY_OPTIMIZE)', it must be one of: none balanced size speed)
endif
override MPY_LD_FLAGS := --optimize=$(MPY_OPTIMIZE) $(MPY_LD_FLAGS)
endif

ECHO = @echo
RM = rm -f
MKDIR = mkdir
PYTHON ?= python3
MPY_LD = $(NODE) "$(natmod_bin)/mpy-ld.cjs"
MPY_TOOL = $(NODE) "$(natmod_bin)/mpy-tool.cjs"
MPY_CROSS ?= $(natmod_cli) mpy-cross --tree="$(natmod_tree)"

Q = @
ifeq ($(origin V) $(V),command line 1)
Q =
MPY_LD += -vvv
endif

# C++ sources get the flags of C less those that C++ does not know. The compiler takes them for what they are by their names. With
# them comes what C++ needs of its language's run-time library. `gulp build` does the same (natmod-rules/compile/cxx.ts).
natmod_sources = $(filter %.c %.S,$(SRC)) $(call natmod_cxx,$(SRC))
natmod_c_warnings := strict-prototypes missing-prototypes old-style-definition old-style-declaration nested-externs \
	declaration-after-statement implicit implicit-int implicit-function-declaration bad-function-cast c++-compat jump-misses-init \
	pointer-sign int-conversion incompatible-pointer-types discarded-qualifiers missing-parameter-type override-init \
	designated-init absolute-value
natmod_c_only := -std=c8% -std=gnu8% -std=c9% -std=c1% -std=c2% -std=gnu9% -std=gnu1% -std=gnu2% -std=iso9899:% -D_Thread_local= -Dthread_local= -fgnu89-inline \
	$(foreach w,$(natmod_c_warnings),-W$(w) -Wno-$(w) -Werror=$(w) -Wno-error=$(w))
natmod_cxx_flags = $(filter-out $(natmod_c_only),$(CFLAGS)) -std=gnu++17 -fno-exceptions -fno-rtti \
	-fno-threadsafe-statics -fno-use-cxa-atexit -iquote "$(natmod_cxx_folder)/.." -idirafter "$(natmod_cxx_folder)/include" $(CXXFLAGS)
natmod_cxx_folder := $(subst \$(natmod_blank),$(natmod_blank),$(natmod_sdk))/cxx
natmod_cxx_source = $(if $(call natmod_cxx,$(SRC)),"$(natmod_cxx_folder)/runtime.c")
natmod_cxx_runtime := $(BUILD)/$(MOD).cxx-runtime.o
ifneq ($(call natmod_cxx,$(SRC)),)
SRC_O += $(natmod_cxx_runtime)
endif

# MPY_SANITIZE puts checks into the code, which call routines of a source of ours. That one must not be checked itself.
natmod_checks_object := $(BUILD)/$(MOD).checks.o
ifneq ($(if $(filter clean,$(MAKECMDGOALS)),,$(strip $(MPY_SANITIZE))),)
natmod_checks := $(shell $(natmod_cli) make-sanitize --arch=$(ARCH) --cc='$(CC)' --checks='$(MPY_SANITIZE)')
ifeq ($(natmod_checks),)
$(error MPY_SANITIZE is '$(MPY_SANITIZE)', and the compiler cannot do that)
endif
CFLAGS += $(natmod_checks)
ifneq ($(filter -fsanitize=%,$(natmod_checks)),)
natmod_checks_source = "$(subst \$(natmod_blank),$(natmod_blank),$(natmod_sdk))/sanitize/natmod-checks.c"
natmod_checks_passes := --gc-sections --variables
SRC_O += $(natmod_checks_object)
endif
endif
natmod_checks_cflags = $(filter-out -fsanitize=% -fno-sanitize% -fstack-protector%,$(CFLAGS)) -w

natmod_qstr_stamp = $(BUILD)/$(MOD).qstrs
natmod_made_stamp = $(BUILD)/$(MOD).made
# Beside the sources MOD.mpy is what comes of it.
natmod_is_beside := $(filter .,$(BUILD))
ifeq ($(BUILD),$(CURDIR))
natmod_is_beside := yes
endif
natmod_native = $(if $(SRC_O),$(BUILD)/$(MOD)$(if $(natmod_is_beside),.native).mpy)

# In a BUILD that architectures share, objects of another one are removed: rules of the Makefile's own would keep them.
natmod_arch_mark = $(BUILD)/$(MOD).for-$(ARCH)
natmod_foreign := $(filter-out $(natmod_arch_mark),$(wildcard $(BUILD)/$(MOD).for-*))
ifneq ($(natmod_foreign),)
natmod_foreign := $(shell rm -f $(natmod_foreign) $(filter $(BUILD)/%,$(SRC_O)) $(natmod_native))
endif

# Libraries and files of fixed symbols that MPY_LD_FLAGS names.
natmod_ld_files = $(wildcard $(patsubst -l%,%,$(filter-out --%,$(MPY_LD_FLAGS))) $(MPY_EXTERN_SYM_FILE))
# Make takes ./ off the names of prerequisites.
natmod_both_ways = $(1) $(patsubst ./%,%,$(1))
natmod_not_linked = natmod-always $(call natmod_both_ways,$(natmod_ld_files) $(CONFIG_H))
# The same link as that of `gulp build`, unless the user has a linker of his own.
natmod_link_own = $(MPY_LD) --arch $(ARCH) --qstrs $(CONFIG_H) $(natmod_checks_passes) $(MPY_LD_FLAGS)
natmod_link_ours = $(natmod_cli) make-link --arch=$(ARCH) --qstrs=$(CONFIG_H) --tree="$(natmod_tree)" \
	--build=$(BUILD) --mod=$(MOD) --runtime=$(LINK_RUNTIME) --cc=$(call natmod_quote,$(CC)) --cflags=$(call natmod_quote,$(CFLAGS)) \
	--flags=$(call natmod_quote,$(natmod_checks_passes) $(MPY_LD_FLAGS))
natmod_linking = $(if $(filter file,$(origin MPY_LD)),$(natmod_link_ours),$(natmod_link_own))

ifeq ($(filter clean,$(MAKECMDGOALS)),)
ifeq ($(strip $(MOD)),)
$(error MOD is not set: a line such as MOD = mymodule names the module)
endif
ifneq ($(strip $(MPY_LACKS)),)
$(error $(MOD) needs $(MPY_LACKS))
endif
# What a module is made of besides its own sources: MicroPython's, which are not here. They may be missing in a tree, too.
natmod_lost := $(filter-out $(wildcard $(MPY_SOURCES:%=$(MPY_DIR)/%)),$(MPY_SOURCES:%=$(MPY_DIR)/%))
natmod_lost += $(filter-out $(wildcard $(filter $(natmod_sdk)/%,$(SRC))),$(filter $(natmod_sdk)/%,$(SRC)))
ifneq ($(strip $(natmod_lost)),)
$(error $(MOD) needs $(firstword $(natmod_lost)), one of MicroPython's own sources: set MPY_DIR to a tree that has it)
endif
ifeq ($(strip $(SRC_O) $(SRC_MPY)),)
$(error SRC is not set: a line such as SRC = main.c names the sources)
endif
ifneq ($(filter-out %.c %.S %.py %.cpp %.cc %.cxx %.C,$(SRC)),)
$(error SRC has '$(filter-out %.c %.S %.py %.cpp %.cc %.cxx %.C,$(SRC))', it can hold .c, .S, .py, .cpp, .cc, .cxx and .C files)
endif
endif

# --- rules ---

.PHONY: all clean natmod-always natmod-flags

all: $(MOD).mpy

clean:
	$(RM) -r $(BUILD) $(CLEAN_EXTRA)

BUILD_DIRS = $(sort $(dir $(CONFIG_H) $(SRC_O) $(SRC_MPY)))
$(CONFIG_H) $(filter $(BUILD)/%,$(SRC_O) $(SRC_MPY)) $(natmod_made_stamp): | $(BUILD_DIRS)
$(BUILD_DIRS):
	$(Q)$(MKDIR) -p $@

natmod_hash := \#
natmod_comma := ,
natmod_no_compiler = { echo "natmod: $(ARCH): the compiler '$(CC)' does not start; name another with CROSS= or CC=" >&2; false; }

# --- what is still right ---

# Make knows times only. Before it looks at any, a helper removes what is not surely right any more: what was made of a file that is
# another one now, or would be made of one that has appeared. In variables it tells who the compiler and the other tools are.
# Make makes its Makefiles first, and starts anew when they have changed; so no flags of single objects are seen here.
natmod_checked := $(BUILD)/$(MOD).checked.mk
natmod_observe = $(natmod_cli) make-check --observe --build=$(BUILD) --mod=$(MOD)
ifeq ($(filter clean,$(MAKECMDGOALS)),)
ifeq ($(MAKE_RESTARTS),)
$(natmod_checked): natmod-always
	@$(MKDIR) -p $(@D)
	@$(natmod_cli) make-check --build=$(BUILD) --mod=$(MOD) --output=$@ --arch=$(ARCH) --tree="$(natmod_tree)" \
	--cflags=$(call natmod_quote,$(CFLAGS)) --mpy-cross=$(call natmod_quote,$(if $(SRC_MPY),$(MPY_CROSS))) \
	--cxx=$(if $(call natmod_cxx,$(SRC)),1) -- $(if $(SRC_O),$(CC) $(CFLAGS))
endif
-include $(natmod_checked)
endif

# $(call natmod_if_changed,KIND): the recipe natmod_KIND, when a prerequisite is newer, or when its command line natmod_KIND_command, with
# the tools that run it, is not the one that made the target. Flags of single targets are in there.
natmod_differs = $(subst $(1),,$(2))$(subst $(2),,$(1))
natmod_text = |$(natmod_$(1)_tools) $(natmod_$(1)_command)|
natmod_if_changed = $(if $(filter-out natmod-always,$?)$(call natmod_differs,$(natmod_did_$@),$(natmod_text)),$(natmod_$(1)))
natmod_anyway = $(natmod_$(1))
natmod_did = natmod_did_$@ := $(subst $(natmod_hash),$$(natmod_hash),$(subst $$,$$$$,$(natmod_text)))
natmod_note = @printf '%s\n' $(call natmod_quote,$(natmod_did))
# The list of what a compiler read is there as a whole or not at all: another make may write it, or read it, at the same time.
natmod_list = $(@:.o=.d)
natmod_own = $(eval natmod_own := $(shell echo $$$$))$(natmod_own)
natmod_own_list = $(natmod_list).$(natmod_own)
natmod_list_note = $(natmod_note) >>$(natmod_own_list) && mv -f $(natmod_own_list) $(natmod_list)

# `gulp build` names it first when it has objects made here.
natmod-flags:
	@:

# The header is written only when the qstrs change, so that one touched source is one compilation.
natmod_config_tools = $(natmod_linker)
natmod_config_command = $(natmod_cli) make-config --output=$(CONFIG_H) --stamp=$@ --build=$(BUILD) --mod=$(MOD) --tree="$(natmod_tree)" \
	$(filter %.c %.S %.cpp %.cc %.cxx %.C,$^) $(natmod_cxx_source) $(natmod_checks_source) --cflags=$(call natmod_quote,$(natmod_cflags))
define natmod_config
$(ECHO) "GEN $(CONFIG_H)"
$(Q)$(natmod_config_command)
$(natmod_note) >>$@.d
endef

$(natmod_qstr_stamp): $(natmod_sources) natmod-always
	$(call natmod_if_changed,config)

$(CONFIG_H): $(natmod_qstr_stamp)
	@:

natmod_compile_tools = $(natmod_compiler)
natmod_compile_command = $(call natmod_compiling,$(natmod_list))
natmod_tells = $(if $(natmod_lists),-Wa$(natmod_comma)--MD$(natmod_comma)$(@:.o=.ad)) -MD -MP -MF $(1) -MT $@
natmod_compiling = $(CC) $(natmod_tells) \
	$(if $(call natmod_cxx,$<),$(natmod_cxx_flags),$(CFLAGS)) -o $@ -c $<
# Where a compiler fails: what the source takes from MicroPython's own sources, and is neither here nor in MPY_DIR.
natmod_borrowed = $(patsubst "%",%,$(filter "extmod/%" "shared/%" "lib/%" "ports/%" "drivers/%",$(file <$<)))
natmod_there = $(wildcard $(natmod_borrowed)) $(patsubst $(MPY_DIR)/%,%,$(wildcard $(natmod_borrowed:%=$(MPY_DIR)/%)))
natmod_not_there = $(firstword $(filter-out $(natmod_there),$(natmod_borrowed)))
natmod_tree_text = $< includes $(natmod_not_there), one of MicroPython's own sources: set MPY_DIR to a tree that has it
natmod_tree_hint = $(if $(natmod_not_there),printf '%s\n' $(call natmod_quote,$(natmod_tree_text)) >&2;)
define natmod_compile
$(if $(filter none,$(natmod_compiler)),@$(natmod_no_compiler))
$(ECHO) "$(if $(filter %.S,$<),AS,$(if $(call natmod_cxx,$<),CXX,CC)) $<"
@rm -f $(natmod_list)
$(Q)$(call natmod_compiling,$(natmod_own_list)) || { rm -f $(natmod_own_list); $(natmod_observe); $(natmod_tree_hint) exit 1; }
$(natmod_list_note)
endef

natmod_python_tools = $(natmod_mpy_cross)
natmod_python_command = $(MPY_CROSS) $(MPY_CROSS_FLAGS) -o $@ $<
define natmod_python
$(ECHO) "MPY $<"
$(Q)$(natmod_python_command)
@printf '%s\n' $(call natmod_quote,$@: $<) $(call natmod_quote,$(natmod_did)) >$@.d
endef

$(BUILD)/%.o: %.c $(CONFIG_H) natmod-always
	$(call natmod_if_changed,compile)

$(BUILD)/%.o: %.S $(CONFIG_H) natmod-always
	$(call natmod_if_changed,compile)

$(BUILD)/%.S.o: %.S $(CONFIG_H) natmod-always
	$(call natmod_if_changed,compile)

$(BUILD)/%.cpp.o: %.cpp $(CONFIG_H) natmod-always
	$(call natmod_if_changed,compile)

$(BUILD)/%.cc.o: %.cc $(CONFIG_H) natmod-always
	$(call natmod_if_changed,compile)

$(BUILD)/%.cxx.o: %.cxx $(CONFIG_H) natmod-always
	$(call natmod_if_changed,compile)

$(BUILD)/%.C.o: %.C $(CONFIG_H) natmod-always
	$(call natmod_if_changed,compile)

# What C++ needs of its language's run-time library, in C, and what checks call.
natmod_is_checks = $(filter $(natmod_checks_object),$@)
natmod_runtime_source = $(if $(natmod_is_checks),$(natmod_checks_source),$(natmod_cxx_source))
natmod_runtime_tools = $(natmod_compiler)
natmod_runtime_command = $(call natmod_compiling_runtime,$(natmod_list))
natmod_compiling_runtime = $(CC) $(natmod_tells) $(if $(natmod_is_checks),$(natmod_checks_cflags),$(CFLAGS)) \
	-o $@ -c $(natmod_runtime_source)
define natmod_runtime
$(ECHO) "CC $(natmod_runtime_source)"
@rm -f $(natmod_list)
$(Q)$(call natmod_compiling_runtime,$(natmod_own_list)) || { rm -f $(natmod_own_list); exit 1; }
$(natmod_list_note)
endef

$(natmod_cxx_runtime) $(natmod_checks_object): $(CONFIG_H) natmod-always
	$(call natmod_if_changed,runtime)

$(BUILD)/%.mpy: %.py natmod-always
	$(call natmod_if_changed,python)

$(BUILD)/%.py.mpy: %.py natmod-always
	$(call natmod_if_changed,python)

# Patterns do not reach above the folder.
define natmod_rule_above
$(if $(filter %.py,$(1)),$(call natmod_part,$(1)): $(1) natmod-always,$(call natmod_object,$(1)): $(1) $(CONFIG_H) natmod-always)
	$$(call natmod_if_changed,$(if $(filter %.py,$(1)),python,compile))
endef
$(foreach source,$(SRC),$(if $(findstring ../,$(source)),$(eval $(call natmod_rule_above,$(source)))))

# Nobody sees what another linker than ours reads, so that links at every build.
natmod_link_tools = $(natmod_linker) $(natmod_compiler)
natmod_link_command = $(natmod_linking) -o $@ $(filter-out $(natmod_not_linked),$^)
natmod_is_foreign = $(filter-out file,$(origin MPY_LD))
define natmod_link
$(ECHO) "LINK $@"
$(if $(natmod_is_foreign),@$(natmod_observe))
$(Q)$(natmod_link_command)
$(natmod_note) >$@.did
endef

ifneq ($(natmod_native),)
$(natmod_native): $(CONFIG_H) $(SRC_O) $(natmod_ld_files) natmod-always
	$(if $(natmod_is_foreign),$(call natmod_anyway,link),$(call natmod_if_changed,link))
endif

# All architectures have one MOD.mpy: it is made again when it is another one than BUILD made last.
$(natmod_made_stamp): natmod-always
	@cmp -s $(MOD).mpy $@.mpy || touch $@

natmod_merge_tools = $(natmod_linker)
natmod_merge_command = $(MPY_TOOL) --merge -o $@ $(filter-out natmod-always $(call natmod_both_ways,$(natmod_made_stamp)),$^)
define natmod_merge
$(ECHO) "GEN $@"
$(Q)$(natmod_merge_command)
@cp $@ $(natmod_made_stamp).mpy
$(if $(SRC_MPY),@$(natmod_observe))
$(natmod_note) >$(natmod_made_stamp).did
endef

$(MOD).mpy: $(natmod_made_stamp) $(natmod_native) $(SRC_MPY) natmod-always
	$(call natmod_if_changed,merge)

# Headers that were read the last time, and the commands.
-include $(wildcard $(natmod_qstr_stamp).d $(SRC_O:.o=.d) $(SRC_MPY:.mpy=.mpy.d) $(natmod_native:=.did) $(natmod_made_stamp).did)
