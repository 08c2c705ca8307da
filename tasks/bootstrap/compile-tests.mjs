/**
 * Compiles the tests, with what they import of ours, for ava: in one go for all, because a process of its own for each
 * file would otherwise translate hundreds of sources again.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, context } from 'esbuild';
import { makeFolders } from './make-folders.cjs';
import { projectDir } from './paths.cjs';

/** Where the worker leaves a function that gives the tests its ava; that of the packages would be another one. */
export const AVA_OF_WORKER = 'natmod: ava of the worker';

/** Where the copies are, from the project's folder; not below the packages, where ava does not watch. */
export const COPIES = 'build/tests/';

/** @satisfies {import('esbuild').BuildOptions} */
export const SHARED = {
  absWorkingDir: projectDir(),
  bundle: true,
  format: /** @type {const} */ ('esm'),
  platform: /** @type {const} */ ('node'),
  target: 'node20.19',
  logLevel: /** @type {const} */ ('warning'),
  // What is CommonJS of ours, or becomes part of a copy, asks by this for Node's own modules, and for esbuild. (Tests
  // run a copy of this file, in which the name as a whole is replaced.)
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module';
globalThis.require ??= requireFrom(import.meta.${'url'});`,
  },
  plugins: [{ name: 'sources know where they are', setup: keepPlaces }],
  write: /** @type {const} */ (false),
};

/**
 * @param {{ watches: boolean }} how with `watches`, what changes is compiled again until the process ends
 * @returns {Promise<Record<string, string>>} for ava's provider of TypeScript: by each folder of tests, the folder of
 *   their copies; both end in `/`
 * @throws what esbuild says of a source
 */
export async function compileTests({ watches }) {
  const work = await context({
    ...SHARED,
    entryPoints: ['test/**/*.test.ts'],
    outbase: '.',
    outdir: COPIES,
    splitting: true,
    packages: 'external',
    sourcemap: 'linked',
    // Node reads the maps at every start, and ava the sources where they are.
    sourcesContent: false,
    plugins: [
      ...SHARED.plugins,
      { name: 'ava is that of the worker', setup: takeAva },
      { name: 'copies are replaced', setup: ({ onEnd }) => onEnd(replaceAll) },
    ],
  });
  await work.rebuild();
  if (watches) await work.watch();
  else await work.dispose();
  return { 'test/': `${COPIES}test/` };
}

/**
 * Compiles a text that imports our sources, such as `./tasks/build.ts`, and perhaps ava.
 * @param {string} contents TypeScript
 * @returns {Promise<string>} a module that runs in any folder from which ava can be imported
 */
export async function compileSource(contents) {
  const { outputFiles } = await build({
    ...SHARED,
    stdin: { contents, loader: 'ts', resolveDir: projectDir() },
    external: ['ava'],
  });
  return /** @type {import('esbuild').OutputFile} */ (outputFiles[0]).text;
}

/**
 * What a module asks of itself is its source's place, where the files beside it are.
 * @param {import('esbuild').PluginBuild} build
 */
function keepPlaces({ onLoad }) {
  onLoad({ filter: /\.[cm]?[tj]s$/ }, async ({ path }) => {
    const text = await readFile(path, 'utf8');
    const older = path.endsWith('.cjs');
    if (!older && !text.includes('import.meta')) return undefined;
    /** @type {Record<string, string>} */
    const own = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
    const names = older ? /\b__(dirname|filename)\b/g : /\bimport\.meta\.(url|dirname|filename)\b/g;
    const contents = text.replace(names, (_, word) => JSON.stringify(own[word]));
    return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
  });
}

/**
 * See `compileAva`; where the worker is ava's own, it has ava of the packages.
 * @param {import('esbuild').PluginBuild} build
 */
function takeAva({ onLoad, onResolve }) {
  onResolve({ filter: /^ava$/, namespace: 'file' }, ({ path }) => ({ path, namespace: 'worker' }));
  onResolve({ filter: /^ava$/, namespace: 'worker' }, ({ path }) => ({ path, external: true }));
  const contents = `const ofWorker = globalThis[Symbol.for('${AVA_OF_WORKER}')];
export default (await (ofWorker ? ofWorker() : import('ava'))).default;`;
  onLoad({ filter: /^ava$/, namespace: 'worker' }, () => ({ contents }));
}

/** @param {{ outputFiles?: import('esbuild').OutputFile[] }} result */
export function replaceAll({ outputFiles = [] }) {
  for (const { path, contents } of outputFiles) replace(path, contents);
}

/**
 * Another run of ava may be reading the file that was there.
 * @param {string} path
 * @param {Uint8Array} contents
 */
function replace(path, contents) {
  try {
    if (readFileSync(path).equals(contents)) return;
  } catch {
    // There was none.
    makeFolders(dirname(path));
  }
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}
