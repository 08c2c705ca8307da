/** What to say of a symbol that nothing defines: who asks for it, and where it may be had. */
import { ESP8266_ROM } from '../../arch/esp8266-rom.ts';
import type { Arch } from '../../arch/index.ts';
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile, Section } from '../../elf/object.ts';
import type { Problem } from '../../problem.ts';
import { languageHint, OTHER_LIBRARY } from './language-hints.ts';

/** One relocation, seen as the use of a symbol. */
export interface Reference {
  readonly symbol: ElfSymbol;
  readonly object: ObjectFile;
  readonly section: Section;
  /** Bytes in the section. */
  readonly offset: number;
}

/** @param libraries names of the libraries that were searched in vain */
export function undefinedSymbol(reference: Reference, arch: Arch, libraries: readonly string[] = []): Problem {
  const { symbol, object, section, offset } = userOf(reference);
  const user = functionAt(object, section, offset);
  const by = user === undefined ? '' : `, which ${user} refers to`;
  return {
    code: 'undefined-symbol',
    message: `undefined symbol '${symbol.name}'${by}`,
    where: { file: object.name, section: section.name, offset, symbol: symbol.name },
    hint: isOfGlibc(object, arch) ? OTHER_LIBRARY : hintFor(symbol.name, arch, libraries),
  };
}

/** Members of its libm.a need some of libc.a. Other C libraries for this machine have no libm.a of their own. */
function isOfGlibc({ library = '' }: ObjectFile, arch: Arch): boolean {
  return isForThisMachine(arch) && /[/\\]libm(-[\d.]+)?\.a$/.test(library);
}

/** The function that refers to a section of its object, if one does. */
export function userOfSection(object: ObjectFile, { index }: Section): string | undefined {
  for (const section of object.sections) {
    const use = section.relocations.find(({ symbol }) => symbol.shndx === index);
    if (use === undefined || (section.flags & elf.SHF_ALLOC) === 0) continue;
    const user = userOf({ symbol: use.symbol, object, section, offset: use.offset });
    const name = functionAt(object, user.section, user.offset);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Xtensa code refers to symbols through literals; the instruction that loads the literal tells more. */
export function userOf(reference: Reference): Reference {
  const { object, section: literals, offset: literal } = reference;
  if (!literals.name.startsWith('.literal')) return reference;
  for (const section of object.sections) {
    const load = section.relocations.find(
      ({ symbol, addend }) => symbol.shndx === literals.index && symbol.value + addend === literal,
    );
    if (load !== undefined) return { ...reference, section, offset: load.offset };
  }
  return reference;
}

/** The function (or object) that covers a byte of a section. */
export function functionAt(object: ObjectFile, section: Section, offset: number): string | undefined {
  let best: ElfSymbol | undefined;
  for (const symbol of object.symbols) {
    if (symbol.shndx !== section.index || (symbol.type !== elf.STT_FUNC && symbol.type !== elf.STT_OBJECT)) continue;
    const start =
      symbol.type === elf.STT_FUNC && object.header.machine === elf.EM_ARM ? symbol.value & ~1 : symbol.value;
    const covers = start <= offset && offset < start + Math.max(symbol.size, 1);
    if (covers && (best === undefined || symbol.size < best.size)) best = symbol;
  }
  return best?.name;
}

const LIBGCC =
  /^__(aeabi_|gnu_|[a-z]+[sdt][ifc]([sdt][ifc])?[23]?$|muldi3|clz|ctz|ffs|popcount|parity|bswap|udivmod|divmod|ashl|ashr|lshr|riscv_)/;
const LIBM =
  /^((a?(sin|cos|tan)h?|sincos|atan2|exp(2|10)?|expm1|i?log(2|10|1p|b)?|pow(10)?|sqrt|cbrt|hypot|floor|ceil|trunc|l?l?round|l?l?rint|nearbyint|fmod|remainder|remquo|drem|fabs|fma|fmin|fmax|ldexp|frexp|modf|scalbl?n?|significand|copysign|erfc?|[lt]gamma|[jy][01n]|nextafter|nexttoward|nan|fdim|finite)[fl]?|lgamma[fl]?_r|signgam|__(fpclassify|signbit)[fl]?)$/;

/**
 * Of what compilers' run-time libraries have, the part that counts on an operating system, or on what a module cannot
 * have.
 */
const NOT_ROUTINES =
  /^__(emutls_|(de)?register_frame|frame_state_for|enable_execute_stack|[CD]TOR_LIST__|gcc_personality|clear_cache|cpu_|init_cpu|morestack|splitstack)/;

/**
 * Whether a name is of the kind that compilers call by themselves, for arithmetic that the CPU has no instruction for.
 */
export function isCompilersOwn(name: string): boolean {
  return /^__[a-z]/.test(name) && !NOT_ROUTINES.test(name) && languageHint(name) === undefined;
}

/** Arithmetic of -ftrapv. Bare-metal compilers' libraries stop the CPU at an overflow. */
const TRAPPING = /^__(add|sub|mul|neg|abs)v[sdt]i[23]$/;

/** Whether a routine is one of -ftrapv. */
export function isTrapping(name: string): boolean {
  return TRAPPING.test(name);
}

/** Whether a name is one of math.h. */
export function isMathematical(name: string): boolean {
  return LIBM.test(name);
}

const LIBC =
  /^(mem|str|is(al|dig|sp|up|lo|x|pr)|to(up|low)|abs|labs|qsort|bsearch|strto|ato|s?n?printf|malloc|free|calloc|realloc|abort|assert|__assert)/;

/** What LINK_RUNTIME links. */
const RUNTIME_LIBRARY = /^lib(gcc|m|c|clang_rt\.builtins.*)\.a$/;

/** Names that stand for one thing only, and what to do about it. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    TRAPPING,
    'compile without -ftrapv; or set LINK_RUNTIME = 1: an overflow raises a Python exception then, but where mpy-ld links it stops the CPU',
  ],
  [
    /^__(atomic|sync)_/,
    'this CPU has no instruction for it: use a plain variable, because a module runs under one lock anyway',
  ],
  [
    /^__(start|stop)_\w+$/,
    'other linkers make such a symbol of the name of a section; a module has none: put a symbol of your own at either end',
  ],
  [
    /^mp_obj_str_binary_op$/,
    'mp_obj_is_str_or_bytes asks for it, and the firmware offers it to no module: write mp_obj_is_str(o) || mp_obj_is_exact_type(o, &mp_type_bytes)',
  ],
  [
    /^mp_obj_tuple_getiter$/,
    'mp_obj_is_tuple_compatible asks for it, and the firmware offers it to no module: write mp_obj_is_exact_type(o, &mp_type_tuple)',
  ],
  [
    /^__cpu_(model|features2?|indicator_init)$/,
    'target_clones and __builtin_cpu_supports look at the CPU when a program starts, which nobody does for a module: remove them',
  ],
  [
    /^_impure_ptr$/,
    'newlib keeps there what its functions remember: take one that remembers nothing, such as lgamma_r for lgamma',
  ],
];

const MADE_OF_LOOPS = /^(strlen|memcmp)$/;
const LOOP_HINT =
  '. The compiler also makes a call of it\nof a loop: CFLAGS += -fno-tree-loop-distribute-patterns -fno-builtin keeps that a loop';

/** Whether compilers for it come with the C library of an operating system. */
function isForThisMachine({ name }: Arch): boolean {
  return name === 'x64' || name === 'x86';
}

function cLibraryHint(name: string, arch: Arch): string {
  const where = isForThisMachine(arch)
    ? "the C library here is made for a process of its own, and modules take only its mathematical functions: add a source that defines '" +
      `${name}' to SRC`
    : 'the C library has it: name the library with -l in MPY_LD_FLAGS, or add a source that defines it';
  return MADE_OF_LOOPS.test(name) ? where + LOOP_HINT : where;
}

const IN_ROM =
  "the ESP8266 has it in its ROM, so its compilers' libgcc leaves it out: set\n" +
  'MPY_EXTERN_SYM_FILE = $(MPY_DIR)/ports/esp8266/boards/eagle.rom.addr.v6.ld';

function hintFor(name: string, arch: Arch, libraries: readonly string[]): string {
  const language = languageHint(name);
  if (language !== undefined) return language;
  for (const [pattern, hint] of HINTS) if (pattern.test(name)) return hint;
  const searched = libraries
    .map((library) => library.replace(/^.*[/\\]/, ''))
    .filter((file) => RUNTIME_LIBRARY.test(file));
  if (LIBM.test(name) && libraries.some((library) => /[/\\]lib[/\\]libm$/.test(library)))
    return "MicroPython's own mathematical functions, which take the place of glibc's here, do not have it: install musl (Debian: musl-dev)";
  if (searched.length > 0 && arch.name === 'xtensa' && ESP8266_ROM.has(name)) return IN_ROM;
  if (searched.length > 0 && (LIBGCC.test(name) || LIBM.test(name)))
    return `it is not in ${searched.join(' or ')} of this compiler and CPU: add a source that defines it to SRC, or a library with -l in MPY_LD_FLAGS`;
  if (LIBGCC.test(name)) return "the compiler's run-time library (libgcc) has it: set LINK_RUNTIME = 1 in the Makefile";
  if (LIBM.test(name)) return 'the math library (libm) has it: set LINK_RUNTIME = 1 in the Makefile';
  if (/^(malloc|free|calloc|realloc)$/.test(name))
    return 'use m_malloc, m_free and m_realloc of py/dynruntime.h instead';
  if (/printf$/.test(name)) return 'use mp_printf(&mp_plat_print, ...) of py/dynruntime.h instead';
  if (name.startsWith('mp_'))
    return 'a native module can use only what py/dynruntime.h offers; this name is not among it';
  if (LIBC.test(name) || MADE_OF_LOOPS.test(name)) return cLibraryHint(name, arch);
  return 'add the source that defines it to SRC, or the library with -l in MPY_LD_FLAGS; a C function that is only inline has no definition:\nmake it static inline';
}
