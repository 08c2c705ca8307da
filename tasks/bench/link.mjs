/**
 * Linking alone: in this process after warm-up, and with static libraries in a fresh one, against the reference linker.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir, requireCompiled } from '../bootstrap/compiled.cjs';
import { findOnPath, run } from '../bootstrap/processes.mjs';
import { findMicroPythonSource } from '../bootstrap/provide.mjs';
import { timeInTurn } from './measure.mjs';

const WARM_UP = 30;
const RUNS = 15;

/** @param {import('./rows.mjs').Print} print */
export async function linkSpeed(print) {
  ensureCompiled();
  const { archByName, link, readQstrs } = requireCompiled('tasks/bench.ts');
  const fixtures = join(projectDir, 'test', 'fixtures', 'link');
  const qstrs = readQstrs(readFileSync(join(fixtures, 'src', 'qstrs.h'), 'utf8'));
  for (const name of ['x64', 'armv7m', 'xtensa', 'rv32imc']) {
    const object = join(fixtures, name, 'big', 'big.o');
    const options = { arch: archByName(name), objects: [{ name: 'big.o', bytes: readFileSync(object) }], qstrs };
    const times = [];
    for (let i = 0; i < WARM_UP + RUNS; i++) {
      const start = performance.now();
      link({ ...options, sourceName: 'big.mpy' });
      if (i >= WARM_UP) times.push(performance.now() - start);
    }
    print({
      what: `link of the largest fixture in one process, ${name}`,
      ours: times,
      other: 10,
      against: 'the aim',
      aim: 1,
      unit: 'ms',
    });
  }
  await withLibraries(print);
}

/**
 * A module that needs libgcc and libm, linked by mpy-ld and by mpy_ld.py.
 * @param {import('./rows.mjs').Print} print
 */
async function withLibraries(print) {
  const what = 'link with libgcc and libm, armv7m, whole process';
  const gcc = findOnPath('arm-none-eabi-gcc');
  const source = findMicroPythonSource();
  if (gcc === undefined) return print({ what, ours: undefined, against: 'no compiler' });
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    const flags = ['-mthumb', '-mcpu=cortex-m3'];
    const ask = async (/** @type {string} */ option) => (await run(gcc, [...flags, option])).stdout.trim();
    const libraries = [await ask('-print-libgcc-file-name'), await ask('-print-file-name=libm.a')];
    const object = join(folder, 'm.o');
    const c = join(projectDir, 'tasks', 'bench', 'math.c');
    await run(gcc, [...flags, '-Os', '-fpic', '-ffreestanding', '-c', c, '-o', object]);
    const args = ['--arch', 'armv7m', ...libraries.map((l) => `-l${l}`), '-o', join(folder, 'm.mpy'), object];
    const ours = { argv: [process.execPath, join(projectDir, 'bin', 'mpy-ld.cjs'), ...args], cwd: folder };
    const tool = 'dir' in source ? join(source.dir, 'tools', 'mpy_ld.py') : '';
    const python = '/usr/bin/python3';
    if (!existsSync(tool) || (await run(python, ['-c', 'import elftools'])).exitCode !== 0) {
      const [alone] = timeInTurn([ours], 5);
      return print({ what, ours: alone?.wall, against: 'no MicroPython tree or pyelftools for mpy_ld.py' });
    }
    const env = { ...process.env, PYTHONPATH: join(projectDir, 'test', 'support', 'oracle') };
    const before = () => {
      for (const name of readdirSync(folder))
        if (name.startsWith('.mpy_ld_cache')) rmSync(join(folder, name), { recursive: true });
    };
    const [mine, theirs] = timeInTurn([ours, { argv: [python, tool, ...args], cwd: folder, env, before }], 5);
    print({ what, ours: mine?.wall, other: theirs?.wall, against: 'mpy_ld.py without its cache' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
