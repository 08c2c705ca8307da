import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countAva } from '../../tasks/bootstrap/ava-counts.mjs';
import { projectDir } from '../../tasks/bootstrap/paths.cjs';
import { run } from '../../tasks/bootstrap/processes.mjs';

/**
 * Runs ava over these tests, by name, in a folder of their own, and counts.
 * @param files JavaScript
 * @param settings more of the environment, which is empty but for PATH
 */
export async function runAva(
  files: Record<string, string>,
  args: readonly string[] = [],
  settings: Record<string, string> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-ava-'));
  try {
    symlinkSync(join(projectDir(), 'node_modules'), join(folder, 'node_modules'));
    const config = "{ files: ['*.test.js'], workerThreads: false, timeout: '2m' }";
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'ava.config.js'), `export default ${config};`);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.test.js`), text);
    const counter = countAva();
    const ava = join(projectDir(), 'node_modules/ava/entrypoints/cli.mjs');
    const result = await run(process.execPath, [ava, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, FORCE_COLOR: '1', ...settings },
      onLine: counter.line,
    });
    return { exitCode: result.exitCode, counts: counter.end(result.exitCode), output: result.stdout + result.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
