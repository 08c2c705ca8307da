/** Linking modules of many objects: seconds and memory, which must not grow faster than the modules. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.mjs';
import { findOnPath } from '../bootstrap/processes.mjs';
import { ours } from './builds.mjs';
import { generateModules } from './generate-modules.mjs';
import { time, timeInTurn } from './measure.mjs';

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
/** Writes the largest memory of the process, in KiB, to the file that the environment names. */
const WATCH = `data:text/javascript,process.on('exit',()=>process.getBuiltinModule('fs').writeFileSync(process.env.BENCH_MEMORY,String(process.resourceUsage().maxRSS)))`;

/** @param {import('./rows.mjs').Print} print */
export async function largeModules(print) {
  ensureCompiled();
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
      const memory = join(folder, 'memory');
      const env = { ...process.env, BENCH_MEMORY: memory, NODE_OPTIONS: `--import=${WATCH}` };
      const argv = [process.execPath, join(projectDir, 'bin', 'mpy-ld.mjs'), ...words];
      const [linked] = timeInTurn([{ argv, cwd: made, env }], RUNS);
      const size = `${Math.round(statSync(mpy).size / 1024)} KB, the aim`;
      print({ what, ours: linked?.wall, other: seconds, aim: 1, against: size });
      print({ what: `${what}, CPU`, ours: linked?.cpu, other: seconds, aim: 1, against: size, unit: 'cpu s' });
      const peak = Number(readFileSync(memory, 'utf8')) / 1024;
      print({ what: `${what}, peak memory`, ours: peak, other: MOST_MEMORY, aim: 1, against: 'the aim', unit: 'MiB' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
