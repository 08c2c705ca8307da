/**
 * Makes the command-line programs: esbuild puts each entry of tasks/cli, with everything it needs, into one JavaScript file in dist/.
 * `npm run build:cli` and packing run this file; a clone runs it by itself when a source has changed (see cli.mjs).
 */
import { renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distDir, programs, stampFile } from './cli.mjs';
import { makeFolders } from './make-folders.mjs';
import { projectDir } from './paths.mjs';

/** Writes dist/, each file by temporary name and rename, for several programs may start at once in a fresh clone. */
export function buildCli() {
  const esbuild = createRequire(import.meta.url)('esbuild');
  const { metafile, outputFiles } = esbuild.buildSync({
    absWorkingDir: projectDir(),
    entryPoints: programs.map((name) => ({ in: `tasks/cli/${name}.ts`, out: name })),
    outdir: distDir,
    write: false,
    metafile: true,
    bundle: true,
    // In this format a part that is imported later costs nothing before, built-in modules of Node included.
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Modules ask where they are, which CommonJS says in another way.
    banner: { js: "#!/usr/bin/env node\nconst moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'moduleUrl' },
    legalComments: 'eof',
    logLevel: 'warning',
  });
  makeFolders(distDir);
  // The package is of type module; this says that files here are not.
  write(join(distDir, 'package.json'), '{ "type": "commonjs" }\n');
  for (const { path, contents } of outputFiles) write(path, contents, 0o755);
  // Last, because it says that the others are there.
  const sources = Object.keys(metafile.inputs).filter((input) => !input.startsWith('node_modules/'));
  write(stampFile, stampText([...sources, 'package.json', 'tasks/bootstrap/build-cli.mjs']));
}

/** @param {string[]} inputs */
function stampText(inputs) {
  const entries = inputs.sort().map((input) => {
    const { mtimeMs, size } = statSync(join(projectDir(), input));
    return [input, mtimeMs, size];
  });
  return `${JSON.stringify(entries)}\n`;
}

/** @param {string} path @param {string | Uint8Array} contents @param {number} [mode] */
function write(path, contents, mode = 0o644) {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, contents, { mode });
  renameSync(temporary, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildCli();
