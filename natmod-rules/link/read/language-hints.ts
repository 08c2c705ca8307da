/**
 * What to do about symbols that compilers of C++ and Rust refer to by themselves, for what a native module cannot have.
 */
import type { Problem } from '../../problem.ts';

const EXCEPTIONS =
  /^(__cxa_(throw|rethrow|begin_catch|end_catch|allocate_exception|free_exception|get_exception_ptr|end_cleanup|call_unexpected|call_terminate)|__gxx_personality_\w+|_Unwind_\w+|__aeabi_unwind_cpp_pr\d|_ZSt9terminatev|rust_eh_personality)$/;
const TYPES = /^(__dynamic_cast|__cxa_bad_cast|__cxa_bad_typeid|_ZTI\w+|_ZTS\w+|_ZTVN10__cxxabiv1\w+)$/;
const ALIGNED = /^_Z(n[wa][jm]|d[la]Pv[jm]?)St11align_val_t/;
const MEMORY = /^(_Z(n[wa][jm]|d[la]Pv)|__cxa_pure_virtual$|_ZSt\d+__throw_)/;
const CHECKS = /^__ubsan_handle_/;
const OTHER_CHECKS = /^__(asan|hwasan|msan|tsan|sanitizer_cov|cfi|gcov)_/;
const THREADS = /^(__tls_get_addr|___tls_get_addr|__aeabi_read_tp|__emutls_get_address|__emutls_[vt]\..*)$/;

/** One sentence; undefined for symbols of other kinds. */
export function languageHint(name: string): string | undefined {
  if (EXCEPTIONS.test(name))
    return 'nothing unwinds the stack of a native module: C++ without exceptions (-fno-exceptions), Rust with panic = "abort"';
  if (TYPES.test(name))
    return 'types cannot be asked for at run time (RTTI): compile with -fno-rtti, without dynamic_cast and typeid';
  if (/^__cxa_guard_/.test(name)) return 'compile with -fno-threadsafe-statics';
  if (ALIGNED.test(name))
    return "MicroPython's heap aligns to a few words only: allocate more, and round the address up, instead of alignas above that";
  if (MEMORY.test(name))
    return 'it comes with every module that has C++ sources in SRC; for objects compiled elsewhere add cxx/runtime.c of `natmod --sdk`';
  if (CHECKS.test(name))
    return '-fsanitize calls routines that come with the module when checks are asked for by --sanitize undefined, or by\nMPY_SANITIZE = undefined with the rules of `natmod --sdk`';
  if (OTHER_CHECKS.test(name))
    return 'this check or count of the compiler needs what a module cannot have: leave the flag out (docs/sanitizers.md has those that work)';
  return THREADS.test(name) ? THREAD_LOCAL_HINT : undefined;
}

/** What a member of glibc's mathematical library needs, and no module can have. */
export const OTHER_LIBRARY =
  'this is how glibc is made; take another C library: install musl (Debian: musl-dev), or, for what MicroPython itself has\n' +
  '(sin, exp, pow and so on, but not cbrt, fma or hypot), run `gulp sources`, which brings its own functions';

/** Follows "or". make compiles with the module's own flags, so that what the linker rewrites has to be asked for. */
export const SMALL_FORM_HINT =
  'build in the small form: `natmod build` without --no-optimize; with make MPY_LD_FLAGS += --small, and for static variables\n' +
  'CFLAGS_EXTRA += -fno-pic on ARM and Xtensa, -mrelax on RISC-V';

/** The same where the linker is asked for the small form already. */
const COMPILE_FOR_IT_HINT =
  'compile it for the small form, too: CFLAGS_EXTRA += -fno-pic on ARM and Xtensa, -mrelax on RISC-V; or with `natmod build`';

/** A problem as it is told of a link in the small form, which needs no advice to ask for that. */
export function inSmallForm(problem: Problem): Problem {
  const { hint } = problem;
  return hint === undefined ? problem : { ...problem, hint: hint.replace(SMALL_FORM_HINT, COMPILE_FOR_IT_HINT) };
}

export const THREAD_LOCAL_HINT =
  'remove _Thread_local/__thread, because a module runs under one lock anyway; or have all such variables of C sources made plain\n' +
  'ones: MPY_TLS_AS_DATA = 1 in the Makefile, tlsAsData: true in a config';

/** For the members of libraries, which are what they are. */
export const LIBRARY_THREADS_HINT =
  'this part of a library keeps variables for each thread: do without the function that needs it, or compile the library without threads';
