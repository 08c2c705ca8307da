import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { inFolder, runNatmod } from '../make/support/doors.ts';

test('compilers are shown for each architecture, and missing ones are installed or named with what to do', (t) =>
  inFolder(async (dir) => {
    const shown = await runNatmod(dir, ['compilers']);
    t.is(shown.exitCode, 0, shown.stderr);
    for (const { name } of ARCHES) t.regex(shown.stdout, new RegExp(`^  ${name} +\\S`, 'm'), name);
    t.regex((await runNatmod(dir, ['compilers', '--add', 'z80'])).stderr, /unknown architecture 'z80'/);

    // A system without compilers, whose apt has what it is asked for, and then has none of it.
    const programs = join(dir, 'programs');
    mkdirSync(programs);
    const program = (name: string, text: string) =>
      writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const log = join(dir, 'apt.log');
    program('dpkg-query', 'exit 1');
    program('sudo', 'shift 2; exec "$@"');
    program('apt-get', `echo "$*" >> '${log}'`);
    const env = { PATH: programs, HOME: dir, NATMOD_CACHE: join(dir, 'cache'), CI: 'true' };
    const added = await runNatmod(dir, ['compilers', '--add', 'armv7m,rv32imc,armv6m'], env);
    t.is(added.exitCode, 0, added.stdout + added.stderr);
    const packages = 'gcc-arm-none-eabi libnewlib-arm-none-eabi gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf';
    t.regex(readFileSync(log, 'utf8'), new RegExp(`install --yes --no-install-recommends ${packages}$`, 'm'));
    program('apt-get', 'echo "E: no network" >&2; exit 100');
    const failed = await runNatmod(dir, ['compilers', '--add', 'xtensa'], env);
    t.is(failed.exitCode, 1);
    t.regex(failed.stdout + failed.stderr, /not to be had .*no network\n.*apt-get install .*gcc-xtensa-lx106/);
  }));
