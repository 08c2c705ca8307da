/**
 * Makes what the npm package has instead of our TypeScript: compiled programs, the compiled gulpfile with its tasks,
 * and types.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compilePackedCopy } from './compiled.cjs';
import { projectDir } from './paths.cjs';

writeLicenses(compilePackedCopy());
makeTypes();

/**
 * The licenses of the packages that are compiled in, as those ask for.
 * @param {{ folder: string, packages: string[] }} copy
 */
function writeLicenses({ folder, packages }) {
  const texts = packages.map((name) => {
    const place = join(projectDir(), 'node_modules', name);
    const file = readdirSync(place).find((one) => /^(licen[cs]e|copying)/i.test(one));
    const { version, license } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
    const text = file === undefined ? `License: ${license}` : readFileSync(join(place, file), 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  writeFileSync(join(folder, 'licenses.txt'), texts.join(`\n${'-'.repeat(72)}\n\n`));
}

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
