/** Makes what the npm package has instead of our TypeScript: compiled programs, the compiled gulpfile with its tasks, and types. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildCli } from './build-cli.mjs';
import { compilePackedCopy } from './compiled.mjs';
import { projectDir } from './paths.mjs';

buildCli();
compilePackedCopy();
makeTypes();

function makeTypes() {
  const types = join(projectDir(), 'dist', 'types');
  rmSync(types, { recursive: true, force: true });
  const require = createRequire(import.meta.url);
  const tsc = join(require.resolve('typescript/package.json'), '..', 'bin', 'tsc');
  const options = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', types, '--rootDir', '.'];
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json', ...options], {
    cwd: projectDir(),
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
