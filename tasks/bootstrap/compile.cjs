/** Compiles our TypeScript, with the packages that it uses, into one file of JavaScript for each program. */
const { readdirSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { projectDir } = require('./paths.cjs');

/** What has the public tasks and everything else that is loaded by name; the two others run as they are loaded. */
const NATMOD = 'natmod';
const ALONE = ['mpy-ld', 'mpy-tool'];
/** JSON beside them: the sources that each of those is made of, by its name. */
const INPUTS = 'inputs.json';
/** A program by itself, too, that the others load when they need it. */
const LATER = 'execa';
/** What a package takes of Node, and what it gets in its place. */
const ASSERT = { name: 'assert', user: 'node_modules/elfy/', instead: 'tasks/bootstrap/equal.cjs' };
/** Packages with files of their own that are no JavaScript, or of which the user's gulpfile has the same copy. */
const OUTSIDE = ['gulp', 'esbuild', '@pybricks/mpy-cross-v6'];

/**
 * Writes `natmod.js`, whose export `sources` gives each source directly in tasks/, and gulpfile.ts, by its path; and a
 * file for each of the other programs. They are for `loadProgram` of code-cache.cjs.
 *
 * @param {string} folder absolute, there
 * @returns {string[]} the packages that are part of them, by name
 * @throws {Error} with the code `MODULE_NOT_FOUND` where esbuild is not installed; what esbuild says of a source
 */
function compile(folder) {
  const esbuild = require('esbuild');
  const shared = /** @satisfies {import('esbuild').BuildOptions} */ ({
    absWorkingDir: projectDir(),
    bundle: true,
    // In this format a part that is imported later costs nothing before, built-in modules of Node included.
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    // Modules ask where they are, which CommonJS says in another way. (Tests run a copy of this file, in which the name
    // as a whole is replaced.)
    define: { [`import.meta.${'url'}`]: 'moduleUrl' },
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    legalComments: 'eof',
    logLevel: 'warning',
    metafile: true,
  });
  const alias = { [LATER]: './tasks/bootstrap/execa-later.cjs', [ASSERT.name]: `./${ASSERT.instead}` };
  const contents = `export const sources = {${entries().map(lazily).join()}};`;
  const natmod = esbuild.buildSync({
    ...shared,
    alias,
    stdin: { contents, resolveDir: projectDir(), sourcefile: `${NATMOD}.js` },
    outfile: join(folder, `${NATMOD}.js`),
    external: OUTSIDE,
  });
  const entryPoints = ALONE.map((name) => ({ in: `tasks/cli/${name}.ts`, out: name }));
  const others = esbuild.buildSync({ ...shared, alias, entryPoints, outdir: folder });
  const later = esbuild.buildSync({ ...shared, entryPoints: [LATER], outfile: join(folder, `${LATER}.js`) });
  for (const { metafile } of [natmod, others]) checkAssert(metafile);
  // The package is of type module; this says that files here are not.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(folder, INPUTS), JSON.stringify(inputsOf(others.metafile)));
  const inputs = [natmod, others, later].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const names = inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** @param {import('esbuild').Metafile} metafile */
function checkAssert({ inputs }) {
  for (const [path, { imports }] of Object.entries(inputs)) {
    if (path.includes(ASSERT.user) || imports.every((one) => one.path !== ASSERT.instead)) continue;
    throw new Error(`${path} would get ${ASSERT.instead} for ${ASSERT.name}, which is for ${ASSERT.user} only`);
  }
}

/**
 * @param {import('esbuild').Metafile} metafile
 * @returns {Record<string, string[]>} by program; files of packages are among them
 */
function inputsOf({ outputs, inputs }) {
  const programs = Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint !== undefined);
  return Object.fromEntries(
    programs.map(([path, { entryPoint = '' }]) => [basename(path, '.js'), reached(entryPoint)]),
  );

  /** What only has types or is not needed in the end counts, too: that it is not is seen by reading it. */
  function reached(/** @type {string} */ entry) {
    const all = new Set([entry]);
    for (const one of all) for (const { path } of inputs[one]?.imports ?? []) all.add(path);
    return [...all];
  }
}

function entries() {
  const tasks = readdirSync(join(projectDir(), 'tasks')).filter((name) => name.endsWith('.ts'));
  return ['gulpfile.ts', ...tasks.map((name) => `tasks/${name}`)];
}

/** @param {string} source */
function lazily(source) {
  return `${JSON.stringify(source)}: () => require(${JSON.stringify(`./${source}`)})`;
}

module.exports = { INPUTS, compile };
