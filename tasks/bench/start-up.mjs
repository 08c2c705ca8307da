/**
 * How long each command needs before it does anything, beside Node alone, and gulp beside a gulpfile in plain
 * JavaScript.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.cjs';
import { timeInTurn } from './measure.mjs';

const RUNS = 11;
const gulp = join(projectDir, 'node_modules', 'gulp', 'bin', 'gulp.js');
const bin = (/** @type {string} */ name) => [process.execPath, join(projectDir, 'bin', `${name}.cjs`)];

/** @param {import('./rows.mjs').Print} print */
export async function startUp(print) {
  ensureCompiled();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    beyondNode(print, folder);
    const gulpfile = join(folder, 'gulpfile.mjs');
    symlinkSync(join(projectDir, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const lines = [
      "import gulp from 'gulp';",
      'export const build = gulp.series(async () => {});',
      'export default build;',
    ];
    writeFileSync(gulpfile, lines.join('\n'));
    const [ours, plain] = timeInTurn(
      [
        { argv: [process.execPath, gulp, '--tasks'], cwd: projectDir },
        { argv: [process.execPath, gulp, '-f', gulpfile, '--tasks'], cwd: projectDir },
      ],
      RUNS,
    );
    print({
      what: 'gulp --tasks',
      ours: ours?.wall,
      other: plain?.wall,
      against: 'a plain JavaScript gulpfile',
      aim: 1.2,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Milliseconds of CPU beyond those of `node -e 0`.
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 */
function beyondNode(print, folder) {
  const module = join(folder, 'features0');
  cpSync(join(projectDir, 'examples', 'features0'), module, { recursive: true });
  const build = [...bin('natmod'), 'build', '--arch', 'x64', '--out', join(folder, 'out')];
  const env = { ...process.env, NATMOD_CACHE: join(folder, 'cache') };
  const fixtures = join(projectDir, 'test', 'fixtures', 'link');
  const object = join(fixtures, 'x64', 'minimal', 'minimal.o');
  const link = ['--qstrs', join(fixtures, 'src', 'qstrs.h'), '-o', join(folder, 'minimal.mpy'), object];
  const commands = [
    { what: 'mpy-ld of a small object', argv: [...bin('mpy-ld'), ...link], aim: 25 },
    { what: 'mpy-ld --help', argv: [...bin('mpy-ld'), '--help'], aim: 25 },
    { what: 'mpy-tool --help', argv: [...bin('mpy-tool'), '--help'], aim: 25 },
    { what: 'natmod --help', argv: [...bin('natmod'), '--help'] },
    { what: 'natmod list', argv: [...bin('natmod'), 'list'] },
    { what: 'natmod build, nothing to do', argv: build },
  ];
  for (const { what, argv, aim } of commands) {
    const one = { argv, cwd: module, env };
    // The first start compiles and keeps what V8 made, the second may note how the settled file looks.
    timeInTurn([one], 3);
    const [ours, node] = timeInTurn([one, { argv: [process.execPath, '-e', '0'], cwd: module }], RUNS);
    const beyond = ours?.cpu.map((cpu, i) => (cpu - (node?.cpu[i] ?? 0)) * 1000);
    const goal = aim === undefined ? {} : { other: aim, aim: 1 };
    print({
      what: `${what}: CPU beyond node -e 0`,
      ours: beyond,
      ...goal,
      against: aim === undefined ? '-' : 'the aim',
      unit: 'ms',
    });
  }
}
