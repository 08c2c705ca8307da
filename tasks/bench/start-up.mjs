/** How long gulp needs to show the tasks, against a gulpfile in plain JavaScript. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.mjs';
import { timeInTurn } from './measure.mjs';

const RUNS = 9;
const gulp = join(projectDir, 'node_modules', 'gulp', 'bin', 'gulp.js');

/** @param {import('./index.mjs').Print} print */
export async function startUp(print) {
  ensureCompiled();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
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
    print('gulp --tasks', ours?.wall, plain?.wall, 'a plain JavaScript gulpfile (aim 1.2)');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
