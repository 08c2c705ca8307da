#!/bin/sh
# What a version of make answers, for test/make/recorded.test.ts.
# usage: sh record.sh PATH-OF-MAKE, in this folder; writes into a folder of the version's name
set -eu
make=$1
version=$("$make" --version | sed -n '1s/^GNU Make //p')
probe=$(cd ../../../tasks/make && pwd)/probe.mk
here=$(pwd)
folder=$(mktemp -d /tmp/recorded-XXXXXX)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$version" "$folder/src" "$folder/lib"
cp "$probe" "$folder/probe.mk"
cd "$folder"
cat > Makefile <<'END'
MOD = sample
SRC = a.c b.c gen.c
BUILD = build
CFLAGS = -Os $(MORE)
MORE := -DX=1
define LINES
one
two
endef
VPATH = src:lib
vpath %.y src
all: $(BUILD)/a.o
$(BUILD)/a.o: a.c gen.h | $(BUILD)
	gcc $(CFLAGS) -c $<
$(BUILD)/b.o: CFLAGS += -O3
$(BUILD)/b.o: b.c
	gcc $(CFLAGS) \
	  -c $<
build/o%.o: CFLAGS += -O1
%.c %.h: %.y
	yacc $<
$(BUILD):
	mkdir -p $@
.PHONY: clean
clean::
	rm -rf $(BUILD)
END
touch a.c b.c gen.h src/gen.y
ask() { env -i PATH="$PATH" LC_MESSAGES=C "$make" --no-print-directory "$@"; }
env -i PATH="$PATH" LC_MESSAGES=C NATMOD_PROBE=1 NATMOD_MARK=mark NATMOD_VARIABLES='MOD SRC CFLAGS LINES MAKEFILE_LIST UNKNOWN' \
  NATMOD_AUTOMATIC=CFLAGS "$make" --no-print-directory -f Makefile -f probe.mk -r -p -s MAKECMDGOALS= natmod-probe |
  # What no reader looks at: who wrote make, when and where this was recorded, and the variables that make has by itself.
  sed -e '/^# \(Copyright\|This is free\|There is NO\|PARTICULAR\|License\|This program built\|Make data\|Finished\)/d' \
    -e '/^#  Last modified/d' -e '/(device /d' -e '/^# default$/{N;d}' -e '/^# automatic$/{N;/^# automatic\n#/!d}' \
    -e '/^# environment$/{N;d}' > "$here/$version/answer.txt"
echo 'include x/py/dynruntime.mk' > lost.mk
echo 'include $(MPY_DIR)/py/dynruntime.mk' > unset.mk
echo "\$(error architecture '\$(ARCH)' not supported)" > arch.mk
echo 'all: none.c' > rule.mk
for name in lost unset arch rule; do ask -f $name.mk > /dev/null 2> "$here/$version/$name.txt" || true; done
