/**
 * Levels of optimisation: bytes and instructions of four examples at work, against the plain form, which has the
 * reference linker's bytes. Instructions are counted where QEMU and a MicroPython are there, or a core that makes calls
 * (docs/profile.md).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.cjs';
import { findFirmware } from '../bootstrap/firmware.mjs';
import { findOnPath, run } from '../bootstrap/processes.mjs';
import { findRuntime } from '../bootstrap/runtimes.mjs';
import { findWindowedCompiler } from '../bootstrap/xtensa-windowed.mjs';
import { archesToBuild } from './builds.mjs';
import { workCalls } from './work-calls.mjs';

const WORK = ['heapq', 're', 'deflate', 'framebuf'];
const LEVELS = /** @type {const} */ (['balanced', 'size', 'speed']);
/** Of the bytes of all. */
const AIMS = { balanced: { aim: 0.94 }, size: { aim: 0.88 }, speed: {} };

/**
 * @typedef {object} Figures
 * @property {number} bytes of the .mpy file
 * @property {number} [instructions]
 */

/** @param {import('./rows.mjs').Print} print */
export async function levels(print) {
  ensureCompiled();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  const bytes = new Map(/** @type {[string, number][]} */ (['none', ...LEVELS].map((level) => [level, 0])));
  try {
    const windowed = findWindowedCompiler() === undefined ? [] : ['xtensawin'];
    for (const arch of [...archesToBuild(undefined), 'xtensa', ...windowed]) {
      const plain = await figuresOf(folder, arch, 'none');
      for (const level of LEVELS) {
        const figures = await figuresOf(folder, arch, level);
        for (const [name, { bytes: size, instructions }] of figures) {
          const was = plain.get(name);
          const row = { what: `${name}, ${arch}, ${level}`, against: 'the plain form' };
          print({ ...row, ours: size, other: was?.bytes, unit: 'B' });
          const aim = level === 'balanced' ? { aim: 1.02 } : {};
          if (instructions !== undefined)
            print({ ...row, ...aim, ours: instructions, other: was?.instructions, unit: 'instr' });
          bytes.set(level, (bytes.get(level) ?? 0) + size);
        }
      }
      for (const { bytes: size } of plain.values()) bytes.set('none', (bytes.get('none') ?? 0) + size);
    }
    for (const level of LEVELS) {
      const [ours, other] = [bytes.get(level), bytes.get('none')];
      print({ what: `all, ${level}`, ours, other, against: 'the plain form', unit: 'B', ...AIMS[level] });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {string} arch
 * @param {string} level
 * @returns {Promise<Map<string, Figures>>} by example
 */
async function figuresOf(folder, arch, level) {
  const out = join(folder, level);
  mkdirSync(out, { recursive: true });
  const words = ['--arch', arch, '--dir', join(projectDir, 'examples'), '--out', out, '--optimize', level];
  await natmod(['build', '--module', WORK.join(','), ...words], out);
  const canRun = canCount(arch);
  /** @type {Map<string, Figures>} */
  const figures = new Map();
  for (const name of WORK) {
    const bytes = statSync(join(out, arch, `${name}_${arch}.mpy`)).size;
    figures.set(name, canRun ? { bytes, instructions: await countWork(name, arch, out, words) } : { bytes });
  }
  return figures;
}

/** @param {string} arch */
function isXtensa(arch) {
  return arch.startsWith('xtensa');
}

/** @param {string} arch */
function canCount(arch) {
  if (isXtensa(arch)) return findOnPath('qemu-system-xtensa') !== undefined;
  return !('missing' in findRuntime(arch, process.env, true)) || !('missing' in findFirmware(arch));
}

/**
 * @param {string} name
 * @param {string} arch
 * @param {string} out
 * @param {readonly string[]} words
 * @returns {Promise<number>} instructions
 */
async function countWork(name, arch, out, words) {
  const script = join(out, isXtensa(arch) ? `${name}.calls.json` : `${name}-work.py`);
  if (isXtensa(arch)) {
    writeFileSync(script, JSON.stringify(workCalls(name)));
  } else {
    const source = readFileSync(join(projectDir, 'tasks/bench/work', `${name}.py`), 'utf8');
    writeFileSync(script, source.replace('MODULE', `'${name}_${arch}'`));
  }
  const report = join(out, 'counts.json');
  await natmod(['run', '--module', name, ...words, '--profile', '--report', report, script], out);
  return JSON.parse(readFileSync(report, 'utf8')).modules[0].instructions;
}

/**
 * @param {readonly string[]} words
 * @param {string} cwd
 */
async function natmod(words, cwd) {
  const result = await run(process.execPath, [join(projectDir, 'bin/natmod.cjs'), ...words], { cwd });
  if (result.exitCode !== 0) throw new Error(`natmod ${words.join(' ')} failed:\n${result.stdout}${result.stderr}`);
}
