/**
 * Thread-local variables as plain ones, for modules that ask for it: there is one thread that runs native code at a
 * time. The words that make them are defined away, so that it works with unmodified C on every CPU. In C a variable
 * inside a function has to be static beside being thread-local, and stays so. In C++ `thread_local` alone makes it
 * static, so there that word must stay.
 */
export const TLS_AS_DATA: readonly string[] = ['-D__thread=', '-D_Thread_local=', '-Dthread_local='];

/** Flags of C sources, with those behind them that are not there already. */
export function withTlsAsData(cflags: readonly string[]): string[] {
  return [...cflags, ...TLS_AS_DATA.filter((flag) => !cflags.includes(flag))];
}
