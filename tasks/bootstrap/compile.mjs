/** Compiles our TypeScript, with the packages that it uses, into one file of JavaScript for each program. */
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectDir } from './paths.mjs';

/** What has the public tasks and everything else that is loaded by name; the two others run as they are loaded. */
const NATMOD = 'natmod';
const ALONE = ['mpy-ld', 'mpy-tool'];
/** Packages with files of their own that are no JavaScript, or of which the user's gulpfile has the same copy. */
const OUTSIDE = ['gulp', 'esbuild', '@pybricks/mpy-cross-v6'];

/**
 * Writes `natmod.js`, whose export `sources` gives each source directly in tasks/, and gulpfile.ts, by its path; and a
 * file for each of the other programs. They are for `loadProgram` of code-cache.mjs.
 *
 * @param {string} folder absolute, there
 * @returns {string[]} the packages that are part of them, by name
 * @throws {Error} with the code `MODULE_NOT_FOUND` where esbuild is not installed; what esbuild says of a source
 */
export function compile(folder) {
  const esbuild = createRequire(import.meta.url)('esbuild');
  const shared = {
    absWorkingDir: projectDir(),
    bundle: true,
    // In this format a part that is imported later costs nothing before, built-in modules of Node included.
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    // Modules ask where they are, which CommonJS says in another way.
    define: { 'import.meta.url': 'moduleUrl' },
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    legalComments: 'eof',
    logLevel: 'warning',
    metafile: true,
  };
  const contents = `export const sources = {${entries().map(lazily).join()}};`;
  const natmod = esbuild.buildSync({
    ...shared,
    stdin: { contents, resolveDir: projectDir(), sourcefile: `${NATMOD}.js` },
    outfile: join(folder, `${NATMOD}.js`),
    external: OUTSIDE,
  });
  const entryPoints = ALONE.map((name) => ({ in: `tasks/cli/${name}.ts`, out: name }));
  const others = esbuild.buildSync({ ...shared, entryPoints, outdir: folder });
  // The package is of type module; this says that files here are not.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  const inputs = [natmod, others].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const names = inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function entries() {
  const tasks = readdirSync(join(projectDir(), 'tasks')).filter((name) => name.endsWith('.ts'));
  return ['gulpfile.ts', ...tasks.map((name) => `tasks/${name}`)];
}

/** @param {string} source */
function lazily(source) {
  return `${JSON.stringify(source)}: () => require(${JSON.stringify(`./${source}`)})`;
}
