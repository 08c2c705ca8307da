import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { findProgram } from '../system/find-program.ts';

/**
 * gdb for an architecture: `gdb-multiarch`, that of the compiler, or the one of this machine for its own CPU.
 * @returns its absolute path
 * @throws NatmodError `no-gdb`
 */
export function findGdb(arch: ArchName, cwd: string): string {
  const { prefixes } = archByName(arch);
  const own =
    arch === 'x64' || arch === 'x86' ? ['gdb'] : prefixes.filter((prefix) => prefix !== '').map((p) => `${p}gdb`);
  const names = ['gdb-multiarch', ...own];
  const found = names.map((name) => findProgram(name, cwd)).find((path) => path !== undefined);
  const hint = 'Debian and Ubuntu: apt-get install gdb-multiarch; --gdb-port N serves a debugger of your own';
  return found ?? fail('no-gdb', `no gdb for ${arch} is on PATH (${names.join(', ')})`, undefined, hint);
}
