# Read by make after a module's own Makefile: prints the variables named in NATMOD_VARIABLES as they are when everything
# has been read. Each value stands between two lines that begin with the mark.
.PHONY: natmod-probe
natmod-probe:
	$(foreach v,$(NATMOD_VARIABLES),$(info $(NATMOD_MARK) $(v) $(origin $(v)))$(info $($(v))))$(info $(NATMOD_MARK) end)
