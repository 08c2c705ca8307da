import type { Arch, FloatImpl } from '../arch/index.ts';

/** What the flags of a module without a Makefile are made of. */
export interface DefaultFlags {
  /** Folder with `py/dynruntime.h`. */
  readonly mpyDir: string;
  /** The architecture's own when left out. */
  readonly floatImpl?: FloatImpl;
}

/**
 * The flags that MicroPython's flow compiles every source with, in its order, without the config header. A module's own
 * flags go behind them. `sdk/py/dynruntime.mk` says the same to make.
 */
export function defaultFlags(arch: Arch, { mpyDir, floatImpl = arch.floatImpl }: DefaultFlags): string[] {
  return [
    ...['-I.', `-I${mpyDir}`, '-std=c99', '-Os', '-Wall', '-Werror', '-DNDEBUG', '-DNO_QSTR'],
    ...['-DMICROPY_ENABLE_DYNRUNTIME', '-fpic', '-fno-common', '-U_FORTIFY_SOURCE', ...arch.flags],
    `-DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_${floatImpl.toUpperCase()}`,
  ];
}
