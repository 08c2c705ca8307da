import { fail } from '../../natmod-rules/problem.ts';

/** The architecture of the machine we run on, as far as MicroPython knows it. */
export function hostArchName(): string | undefined {
  return { x64: 'x64', ia32: 'x86', arm: 'armv7emsp', riscv64: 'rv64imc' }[process.arch as string];
}

/**
 * The same for a module that names none.
 * @param file its Makefile or config
 * @throws NatmodError `no-arch` on machines that MicroPython has no name for, such as those of 64-bit ARM
 */
export function neededHostArch(file: string): string {
  const message = `no architecture is named, and native modules do not run on this machine (${process.arch})`;
  return hostArchName() ?? fail('no-arch', message, { file }, 'name one with --arch NAME');
}
