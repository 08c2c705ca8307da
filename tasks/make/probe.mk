# Read by make after a module's own Makefile: prints the variables named in NATMOD_VARIABLES as they are when everything
# has been read. Each value stands between two lines that begin with the mark.
.RECIPEPREFIX :=
.PHONY: natmod-probe
natmod-probe:
	$(info )
	$(foreach v,$(NATMOD_VARIABLES),$(info $(NATMOD_MARK) $(v) $(origin $(v)))$(info $($(v))))
	$(foreach v,$(NATMOD_AUTOMATIC),$(info $(NATMOD_MARK) automatic-$(v) file)$(call natmod-automatic,$(v)))
	$(info $(NATMOD_MARK) end)

# What a shell makes of a variable in a recipe, word by word.
.PHONY: natmod-words
natmod-words:
	@printf '%s\0' '$(NATMOD_MARK)' $($(NATMOD_WORDS))

# The value with $<, $@ and $* set to the mark: so it shows whether it depends on the file that is made.
natmod-automatic = $(foreach <,$(NATMOD_MARK),$(foreach @,$(NATMOD_MARK),$(foreach *,$(NATMOD_MARK),$(info -$($(1))))))

# Makefiles that other makes write have to come out as they would without us: those makes get neither -p nor -r.
# Make before 4.4 adds the variables of the command line later.
%: MAKEFLAGS := -$(subst p,,$(subst r,,$(firstword $(MAKEFLAGS)))) $(wordlist 2,99999,$(MAKEFLAGS)) \
  $(if $(filter --,$(MAKEFLAGS)),,-- $(MAKEOVERRIDES))
