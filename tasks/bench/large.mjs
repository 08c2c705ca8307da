/** Linking modules of many objects: seconds and memory, which must not grow faster than the modules. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.cjs';
import { findOnPath } from '../bootstrap/processes.mjs';
import { ours } from './builds.mjs';
import { generateModules } from './generate-modules.mjs';
import { peakMemory, time, timeInTurn } from './measure.mjs';

const RUNS = 3;
/** Of each object, which makes about 300 bytes of code. */
const FUNCTIONS = 11;

/** What is linked, and the most seconds for that. */
const CASES = [
  { arch: 'x64', compiler: 'x86_64-linux-gnu-gcc', objects: 1500, seconds: 2 },
  { arch: 'armv7m', compiler: 'arm-none-eabi-gcc', objects: 1500, seconds: 2 },
  { arch: 'rv32imc', compiler: 'riscv64-unknown-elf-gcc', objects: 170, seconds: 1 },
];
const MOST_MEMORY = 400;

/** @param {import('./rows.mjs').Print} print */
export async function largeModules(print) {
  ensureCompiled();
  endlessMessages(print);
  for (const { arch, compiler, objects, seconds } of CASES) {
    const what = `link of ${objects} objects, ${arch}`;
    if (findOnPath(compiler) === undefined) {
      print({ what, ours: undefined, against: `no ${compiler}` });
      continue;
    }
    const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
    try {
      generateModules(join(folder, 'src'), 1, { sources: objects - 1, functions: FUNCTIONS });
      const out = join(folder, 'out');
      time(ours(out, ['--arch', arch, '--dir', join(folder, 'src')]));
      const made = join(out, arch, 'gen0.build');
      const files = readdirSync(made).filter((name) => name.endsWith('.o'));
      const mpy = join(folder, 'gen0.mpy');
      const words = ['--arch', arch, '--small', '--qstrs', 'gen0.config.h', '-o', mpy, ...files];
      const argv = [process.execPath, join(projectDir, 'bin', 'mpy-ld.cjs'), ...words];
      const [linked] = timeInTurn([{ argv, cwd: made }], RUNS);
      const size = `${Math.round(statSync(mpy).size / 1024)} KB, the aim`;
      print({ what, ours: linked?.wall, other: seconds, aim: 1, against: size });
      print({ what: `${what}, CPU`, ours: linked?.cpu, other: seconds, aim: 1, against: size, unit: 'cpu s' });
      const peak = peakMemory({ argv, cwd: made }, folder);
      print({ what: `${what}, peak memory`, ours: peak, other: MOST_MEMORY, aim: 1, against: 'the aim', unit: 'MiB' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** What a compiler prints that has lost its way; less than half of it is too much. */
const PRINTED_MB = 100;

/**
 * A compiler that prints without end is cut: it must not take longer than printing all of it.
 * @param {import('./rows.mjs').Print} print
 */
function endlessMessages(print) {
  const what = `build with a compiler that prints ${PRINTED_MB} MB`;
  const gcc = findOnPath('x86_64-linux-gnu-gcc') ?? findOnPath('gcc');
  if (gcc === undefined || process.arch !== 'x64') return print({ what, ours: undefined, against: 'no compiler' });
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    generateModules(join(folder, 'src'), 1, { sources: 0 });
    const compiler = join(folder, 'cc');
    const lines = [
      '#!/bin/sh',
      'case "$*" in',
      `*main.c) yes 'error: no end' | head -c ${PRINTED_MB}000000 >&2; exit 1;;`,
    ];
    writeFileSync(compiler, [...lines, 'esac', `exec ${gcc} "$@"`, ''].join('\n'));
    chmodSync(compiler, 0o755);
    const build = ours(join(folder, 'out'), ['--arch', 'x64', '--dir', join(folder, 'src'), '--cc', compiler]);
    // It fails, as it should.
    const shown = join(folder, 'shown');
    const failing = { ...build, argv: ['bash', '-c', '! "$@" > "$0" 2>&1', shown, ...build.argv] };
    const alone = { argv: ['bash', '-c', '{ "$@" 2>&1 || true; } | cat > /dev/null', 'bench', compiler, 'main.c'] };
    const [built, printed] = timeInTurn([failing, alone], RUNS);
    const beyond = built?.cpu.map((cpu, i) => cpu - (printed?.cpu[i] ?? 0));
    const size = statSync(shown).size / (1 << 20);
    print({ what: `${what}: what is shown`, ours: size, other: 1, aim: 1, against: 'the aim', unit: 'MiB' });
    print({ what: `${what}, beyond it`, ours: beyond, other: 2, aim: 1, against: 'the aim', unit: 'cpu s' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
