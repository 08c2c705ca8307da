/** Whole builds: `gulp build` against make with MicroPython's own dynruntime.mk, and against the compilers alone. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCompiled, projectDir } from '../bootstrap/compiled.cjs';
import { findOnPath, run } from '../bootstrap/processes.mjs';
import { findMicroPythonSource, findMpyCross } from '../bootstrap/provide.mjs';
import { peakMemory, time, timeInTurn } from './measure.mjs';

export const gulp = join(projectDir, 'node_modules', 'gulp', 'bin', 'gulp.js');
const RUNS = 5;

/**
 * Left out on both sides: needs Berkeley DB, an mpy-cross that knows every architecture, or another language than C.
 */
const LEFT_OUT = new Set(['btree', 'features2', 'cplusplus', 'rust', 'zig']);
/** MicroPython's examples but for btree, whose sources a tree need not have. */
const ALL = 'features0 features1 features2 features3 features4 deflate framebuf heapq random re'.split(' ');
/** Architectures of which MicroPython's makefile finds no compiler here. */
const OURS_ONLY = ['xtensa'];
const COMPILERS = {
  x86: 'i686-linux-gnu-gcc',
  x64: 'x86_64-linux-gnu-gcc',
  armv6m: 'arm-none-eabi-gcc',
  armv7m: 'arm-none-eabi-gcc',
  armv7emsp: 'arm-none-eabi-gcc',
  armv7emdp: 'arm-none-eabi-gcc',
  rv32imc: 'riscv64-unknown-elf-gcc',
  rv64imc: 'riscv64-unknown-elf-gcc',
};

/** @param {import('./rows.mjs').Print} print */
export async function wholeBuilds(print) {
  ensureCompiled();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-bench-'));
  try {
    const reference = await findReference(folder);
    const names = archesToBuild(reference);
    oneModule(print, folder, reference);
    if (names.length > 0) allModules(print, folder, names, reference);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Architectures with a compiler that both sides can build for.
 * @param {Reference | undefined} reference
 * @returns {string[]}
 */
export function archesToBuild(reference) {
  const arches = Object.entries(COMPILERS).filter(([, compiler]) => findOnPath(compiler) !== undefined);
  const rules = reference && readFileSync(join(reference.tree, 'py', 'dynruntime.mk'), 'utf8');
  // Older trees do not know the newest architectures.
  return arches.map(([arch]) => arch).filter((arch) => rules?.includes(`,${arch})`) !== false);
}

/**
 * @typedef {object} Reference
 * @property {string} tree MicroPython's source tree
 * @property {readonly string[]} make its make with what the tree's tools need, without targets
 */

/**
 * @param {string} folder
 * @returns {Promise<Reference | undefined>} undefined when there is no tree, mpy-cross or pyelftools
 */
export async function findReference(folder) {
  const source = findMicroPythonSource();
  const cross = findMpyCross();
  if (!('dir' in source) || !('path' in cross)) return undefined;
  if ((await run('/usr/bin/python3', ['-c', 'import elftools'])).exitCode !== 0) return undefined;
  cpSync(join(projectDir, 'examples'), join(folder, 'examples'), { recursive: true });
  const variables = [`MPY_DIR=${source.dir}`, `MPY_CROSS=${cross.path}`, 'PYTHON=/usr/bin/python3'];
  return { tree: source.dir, make: ['make', '-s', ...variables] };
}

/**
 * A cold build: nothing in its folder and no object cache.
 * @param {string} out
 * @param {readonly string[]} words
 * @returns {import('./measure.mjs').Command}
 */
export function ours(out, words) {
  const argv = [process.execPath, gulp, 'build', '--no-cache', '--out', out, ...words];
  return { argv, cwd: projectDir, before: () => rmSync(out, { recursive: true, force: true }) };
}

/**
 * The same without gulp.
 * @param {string} out
 * @param {readonly string[]} words
 * @returns {import('./measure.mjs').Command}
 */
function natmod(out, words) {
  const command = ours(out, words);
  const program = join(projectDir, 'bin', 'natmod.cjs');
  const argv = command.argv.map((word) => (word === gulp ? program : word));
  // gulp stands in the project, where the modules are the examples.
  return { ...command, argv: [...argv, '--dir', join(projectDir, 'examples')] };
}

/**
 * Makes after a clean.
 * @param {string} folder has the modules in its folder `examples`
 * @param {string} shell lines of shell, one for each make
 * @returns {import('./measure.mjs').Command}
 */
export function theirs(folder, shell) {
  const before = () => {
    for (const name of readdirSync(join(folder, 'examples'))) {
      const dir = join(folder, 'examples', name);
      if (!existsSync(join(dir, 'Makefile'))) continue;
      for (const file of readdirSync(dir)) if (/^build|\.mpy$/.test(file)) rmSync(join(dir, file), { recursive: true });
    }
  };
  const env = { ...process.env, PYTHONPATH: join(projectDir, 'test', 'support', 'oracle') };
  return { argv: ['bash', '-ec', shell], cwd: folder, env, before };
}

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 * @param {Reference | undefined} reference
 */
function oneModule(print, folder, reference) {
  const tree = reference === undefined ? [] : ['--mpy-dir', reference.tree];
  const words = ['--arch', 'x64', '--module', 'features0', ...tree];
  const cold = natmod(join(folder, 'out'), words);
  const byGulp = ours(join(folder, 'out'), words);
  const known = withKnownCompiler(folder, tree);
  const doors = [
    { what: 'natmod build, one module that was never built', command: known(cold), aim: 1 },
    { what: 'natmod build --no-cache, one module', command: cold, aim: 1 },
    { what: 'gulp build, one module that was never built', command: known(byGulp), aim: 1.35 },
    { what: 'gulp build --no-cache, one module', command: byGulp, aim: 1.35 },
    // What is above it is ours.
    { what: 'gulp with a task that does nothing', command: gulpAlone(folder) },
  ];
  for (const { what, command, aim } of doors) {
    if (reference === undefined) {
      const [alone] = timeInTurn([command], RUNS);
      print({ what, ours: alone?.wall, against: 'no MicroPython tree, mpy-cross or pyelftools' });
      continue;
    }
    const against = 'make with the reference tools';
    const make = theirs(folder, `${reference.make.join(' ')} -C examples/features0 ARCH=x64`);
    const [a, b] = timeInTurn([command, make], 2 * RUNS);
    print({ what, ours: a?.wall, other: b?.wall, against, aim });
    print({ what: `${what}, CPU`, ours: a?.cpu, other: b?.cpu, against, aim, unit: 'cpu s' });
  }
}

/**
 * gulp as it is, without anything of ours.
 * @param {string} folder
 * @returns {import('./measure.mjs').Command}
 */
function gulpAlone(folder) {
  const dir = join(folder, 'gulp-alone');
  mkdirSync(dir);
  symlinkSync(join(projectDir, 'node_modules'), join(dir, 'node_modules'), 'junction');
  writeFileSync(join(dir, 'gulpfile.mjs'), 'export const build = async () => {};\n');
  return { argv: [process.execPath, gulp, '--silent', 'build'], cwd: dir };
}

/**
 * A build of somebody who has built another module before: nothing is known but what the compiler said of itself.
 * @param {string} folder
 * @param {readonly string[]} tree
 * @returns {(cold: import('./measure.mjs').Command) => import('./measure.mjs').Command}
 */
function withKnownCompiler(folder, tree) {
  const [known, cache] = [join(folder, 'cache-of-others'), join(folder, 'cache')];
  const other = natmod(join(folder, 'out'), ['--arch', 'x64', '--module', 'features1', ...tree]);
  const cached = (/** @type {readonly string[]} */ argv) => argv.filter((word) => word !== '--no-cache');
  time({ ...other, argv: cached(other.argv), env: { ...process.env, NATMOD_CACHE: known } });
  return (cold) => ({
    ...cold,
    argv: cached(cold.argv),
    env: { ...process.env, NATMOD_CACHE: cache },
    before: () => {
      cold.before?.();
      rmSync(cache, { recursive: true, force: true });
      cpSync(known, cache, { recursive: true });
    },
  });
}

/**
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 * @param {readonly string[]} arches
 * @param {Reference | undefined} reference
 */
function allModules(print, folder, arches, reference) {
  againstCompilers(print, folder, ['--arch', [...arches, ...OURS_ONLY].join(','), '--module', ALL.join(',')]);
  if (reference === undefined) return;
  const modules = modulesToBuild(reference.tree);
  const what = `${modules.length} modules × ${arches.length} architectures, cold`;
  const mine = ours(join(folder, 'out'), [
    '--arch',
    arches.join(','),
    '--module',
    modules.join(','),
    '--mpy-dir',
    reference.tree,
  ]);
  const loop = makeLoop(reference, arches, modules);
  const parallel = `printf '%s\\n' ${quoted(loop)} | xargs -P ${cpus().length} -I{} sh -c '{}'`;
  const [a, b, c] = timeInTurn([mine, theirs(folder, loop.join('\n')), theirs(folder, parallel)], RUNS);
  print({ what, ours: a?.wall, other: b?.wall, against: 'make in a loop' });
  print({ what, ours: a?.wall, other: c?.wall, against: `make, ${cpus().length} at once` });
  print({ what: `${what}, CPU`, ours: a?.cpu, other: b?.cpu, against: 'make in a loop', unit: 'cpu s' });
}

/**
 * All of MicroPython's own examples against what their compilations take without us.
 * @param {import('./rows.mjs').Print} print
 * @param {string} folder
 * @param {readonly string[]} words
 */
function againstCompilers(print, folder, words) {
  const mine = ours(join(folder, 'out'), words);
  const compilers = compilations(folder, words);
  const what = `${ALL.length} modules, ${compilers?.count ?? 0} compilations, cold`;
  if (compilers === undefined) return print({ what, ours: undefined, against: 'a verbose build shows no compilation' });
  const [whole, each, atOnce] = timeInTurn([mine, compilers.command, compilers.atOnce], 5);
  const [against, aim] = ['the compilers with the same flags, one by one', 1.25];
  const inParallel = each?.cpu.map((cpu) => cpu / cpus().length);
  print({ what, ours: whole?.wall, other: inParallel, against: `CPU of ${against} / cores`, aim });
  // Two threads of one core are no two cores: what could be reached at best.
  print({ what, ours: whole?.wall, other: atOnce?.wall, against: `the compilers, ${cpus().length} at once`, aim });
  print({ what: `${what}, CPU`, ours: whole?.cpu, other: each?.cpu, against, aim, unit: 'cpu s' });
  print({ what: `${what}, peak memory`, ours: peakMemory(mine, folder), against: '-', unit: 'MiB' });
}

/**
 * Folders of the examples that both sides can build.
 * @param {string} tree
 * @returns {string[]}
 */
function modulesToBuild(tree) {
  const linker = readFileSync(join(tree, 'tools', 'mpy_ld.py'), 'utf8');
  return readdirSync(join(projectDir, 'examples')).filter((name) => {
    const makefile = join(projectDir, 'examples', name, 'Makefile');
    if (!existsSync(makefile) || LEFT_OUT.has(name)) return false;
    const text = readFileSync(makefile, 'utf8');
    return /^MPY_SOURCES/m.test(text) ? linker.includes('--source-name') : true;
  });
}

/**
 * A make for each module and architecture; a build folder for each, or they would take each other's objects.
 * @param {Reference} reference
 * @param {readonly string[]} arches
 * @param {readonly string[]} modules
 */
export function makeLoop(reference, arches, modules) {
  // Older trees take the host's compiler for 32-bit x86, which seldom has the headers.
  const cross = (/** @type {string} */ arch) => (arch === 'x86' ? ' CROSS=i686-linux-gnu-' : '');
  return arches.flatMap((arch) =>
    modules.map(
      (name) => `${reference.make.join(' ')} -C examples/${name} ARCH=${arch} BUILD=build-${arch}${cross(arch)}`,
    ),
  );
}

/** @param {readonly string[]} lines */
function quoted(lines) {
  return lines.map((line) => `'${line}'`).join(' ');
}

/**
 * All compilations of a build without us: one after the other, and as many at once as there are cores.
 * @param {string} folder
 * @param {readonly string[]} words
 * @returns {Record<'command' | 'atOnce', import('./measure.mjs').Command> & { count: number } | undefined}
 */
function compilations(folder, words) {
  const out = join(folder, 'compilers');
  const list = join(folder, 'commands.txt');
  const { argv } = ours(out, [...words, '--verbose']);
  time({ argv: ['bash', '-c', `"$@" > "$0" 2>&1`, list, ...argv], cwd: projectDir });
  const script = readFileSync(list, 'utf8')
    .split('\n')
    .flatMap((line) => compilation(line, out));
  if (script.length === 0) return undefined;
  const file = join(folder, 'compile.sh');
  writeFileSync(file, script.join('\n'));
  const atOnce = `xargs -d '\\n' -n 1 -P ${cpus().length} bash -c < "$0"`;
  return { command: { argv: ['bash', file] }, atOnce: { argv: ['bash', '-c', atOnce, file] }, count: script.length };
}

/**
 * One line of a verbose build as a line of shell that compiles the same to nowhere.
 * @param {string} line
 * @param {string} out
 * @returns {string[]} empty when it is no compilation
 */
function compilation(line, out) {
  const command = line.replace(/^\[[\d:]+\] /, '').trim();
  const [, arch, name] = new RegExp(`-MF ${out}/([^/]+)/([^/]+)/`).exec(command) ?? [];
  if (arch === undefined || name === undefined) return [];
  const folder = join(projectDir, 'examples', name.replace(/\.[^.]*$/, '').replace(`_${arch}`, ''));
  return [`(cd '${folder}'; ${command.replace(/ -o \S+/, ' -o /dev/null').replace(/-MF \S+/, '-MF /dev/null')})`];
}
