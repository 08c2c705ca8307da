/**
 * Makes one file of ava's worker, which each test file has a process of: as some 600 files it takes 0.3 s to load,
 * longer than most of what is tested.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { AVA_OF_WORKER, COPIES, replaceAll, SHARED } from './compile-tests.mjs';
import { projectDir } from './paths.cjs';

const ENTRY = `globalThis[Symbol.for('${AVA_OF_WORKER}')] = () => import('ava');
await import('./node_modules/ava/lib/worker/base.js');
`;

/**
 * @returns {Promise<string[]>} arguments of Node's for ava's workers, with which they run that file
 * @throws what esbuild says of ava
 */
export async function compileAva() {
  const { outputFiles } = await build({
    ...SHARED,
    stdin: { contents: ENTRY, resolveDir: projectDir() },
    // Of a stack, ava does not show what is in a package of its name.
    outfile: `${COPIES}node_modules/ava/worker.mjs`,
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [...SHARED.plugins, { name: 'the provider of TypeScript is a part of it', setup: takeProvider }],
  });
  replaceAll({ outputFiles });
  return ['--require', join(projectDir(), 'tasks/bootstrap/ava-start.cjs')];
}

/**
 * The worker asks for it by a name in a variable, and uses nothing of it that would start a program.
 * @param {import('esbuild').PluginBuild} build
 */
function takeProvider({ onLoad, onResolve }) {
  onLoad({ filter: /[\\/]ava[\\/]lib[\\/]provider-manager\.js$/ }, async ({ path }) => {
    const text = await readFile(path, 'utf8');
    return { contents: text.replace('import(providerModule)', "import('@ava/typescript')"), loader: 'js' };
  });
  onResolve({ filter: /^execa$/ }, ({ path }) => ({ path, namespace: 'unused' }));
  onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: 'export const execa = undefined;' }));
}
