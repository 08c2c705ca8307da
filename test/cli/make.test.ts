/** GNU make with MicroPython's own `py/dynruntime.mk`, which calls our programs in place of its own. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { qstrText, readMpy } from '../../natmod-rules/package/index.ts';
import { type RunResult, run } from '../../tasks/bootstrap/processes.mjs';
import { findMicroPythonSource, findMpyCross } from '../../tasks/bootstrap/provide.mjs';
import { findPyelftools, type Requirements, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { launcher, makeFolder } from './run-cli.ts';

const MODULES = ['features0', 'features1', 'features2', 'features3', 'features4'];
const needed = { source: true, mpyCross: true, tool: 'make' } satisfies Requirements;

const ours = {
  MPY_LD: `"${process.execPath}" "${launcher('mpy-ld')}"`,
  MPY_TOOL: `"${process.execPath}" "${launcher('mpy-tool')}"`,
};

function hasLongJump(): boolean {
  const tree = findMicroPythonSource();
  return 'version' in tree && tree.version.localeCompare('1.27', 'en', { numeric: true }) < 0;
}

/** A copy of an example in a folder whose name has a space. */
function copyExample(t: ExecutionContext, name: string): string {
  const folder = join(makeFolder(t), name);
  cpSync(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)), folder, {
    recursive: true,
    filter: (path) => !/[/\\]build[^/\\]*$|\.mpy$/.test(path),
  });
  return folder;
}

type Variables = Readonly<Record<string, string>>;

async function make(t: ExecutionContext, folder: string, variables: Variables): Promise<string> {
  const result = await runMake(folder, variables);
  t.is(result.exitCode, 0, `${result.stdout}${result.stderr}`);
  return result.stdout;
}

function runMake(folder: string, variables: Variables): Promise<RunResult> {
  const tree = there(findMicroPythonSource());
  const all = { MPY_DIR: tree.dir, BUILD: 'build', MPY_CROSS: there(findMpyCross()).path, ...variables };
  const words = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  return run('make', words, { cwd: folder, timeoutMs: 120_000, env: plainEnvironment() });
}

/** `testWith` has seen to it that it is there. */
function there<T extends object>(found: T): Exclude<T, { readonly missing: string }> {
  if ('missing' in found) throw new Error(String(found.missing));
  return found as Exclude<T, { readonly missing: string }>;
}

/** Variables of a make around the tests would reach the Makefile. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { MAKEFLAGS, MAKELEVEL, MFLAGS, MPY_DIR, ARCH, ...rest } = process.env;
  return rest;
}

for (const arch of ['x64', 'armv7m'] as const) {
  const title = `modules for ${arch} have the bytes and the summary that the reference tools give`;
  if (arch === 'x64' && hasLongJump()) {
    test.skip(`${title} [skipped: before 1.27 they make the jump to mpy_init longer than need be]`, () => {});
    continue;
  }
  testWith({ ...needed, compiler: arch, pyelftools: true }, title, async (t) => {
    for (const name of MODULES) {
      const folder = copyExample(t, name);
      const module = join(folder, `${name}.mpy`);
      const PYTHON = there(findPyelftools()).command;
      const theirLines = await make(t, folder, { ARCH: arch, PYTHON });
      const theirs = readFileSync(module);
      rmSync(join(folder, 'build'), { recursive: true });
      rmSync(module);
      // Older versions put a path there, and not the base name.
      const sourceName = qstrText(readMpy(theirs, name).qstrs[0]!);
      const MPY_LD = `${ours.MPY_LD} --source-name "${sourceName}"`;
      const ourLines = await make(t, folder, { ARCH: arch, ...ours, MPY_LD });
      t.deepEqual(readFileSync(module), theirs, name);
      t.is(ourLines, theirLines);
    }
  });
}

testWith({ ...needed, compiler: 'x64', runtime: 'x64' }, 'modules that make built run in MicroPython', async (t) => {
  for (const name of MODULES) {
    const folder = copyExample(t, name);
    await make(t, folder, { ARCH: 'x64', ...ours });
    const files = { [`${name}.mpy`]: readFileSync(join(folder, `${name}.mpy`)) };
    const script = readFileSync(join(folder, `test_${name}.py`), 'utf8');
    const result = await runMicroPython('x64', { files, script });
    t.is(result.exitCode, 0, `${name}: ${result.stdout}${result.stderr}`);
  }
});

testWith(
  { ...needed, compiler: 'x64' },
  'the programs can be links in a folder with a space, and be verbose',
  async (t) => {
    const folder = copyExample(t, 'features2');
    const programs = join(makeFolder(t), 'my tools');
    mkdirSync(programs);
    for (const name of ['mpy-ld', 'mpy-tool'] as const) symlinkSync(launcher(name), join(programs, name));
    const output = await make(t, folder, {
      ARCH: 'x64',
      V: '1',
      MPY_LD: `"${join(programs, 'mpy-ld')}" -vvv`,
      MPY_TOOL: `"${join(programs, 'mpy-tool')}"`,
    });
    t.regex(output, /\nsections:\n/);
    t.regex(output, /R_X86_64_/);
    t.is(readMpy(readFileSync(join(folder, 'features2.mpy')), 'features2.mpy').root.children.length, 2);
  },
);

testWith(
  { ...needed, compiler: 'armv7m' },
  "LINK_RUNTIME takes what is needed from the compiler's libraries",
  async (t) => {
    const folder = copyExample(t, 'features0');
    const source = join(folder, 'features0.c');
    const text = readFileSync(source, 'utf8');
    writeFileSync(
      source,
      `${text}\nvolatile double natmod_x;\ndouble natmod_f(void) { return natmod_x * natmod_x; }\n`,
    );
    const variables = { ARCH: 'armv7m', ...ours, MPY_LD: `${ours.MPY_LD} -v`, LINK_RUNTIME: '1' };
    const output = await make(t, folder, variables);
    t.regex(output, /\nusing .*libgcc\.a\(.*\n/);
  },
);

testWith({ ...needed, compiler: 'x64' }, 'a failing link stops make and leaves no module', async (t) => {
  const folder = copyExample(t, 'features0');
  const source = join(folder, 'features0.c');
  const text = readFileSync(source, 'utf8');
  writeFileSync(source, `${text}\nvoid natmod_missing(void);\nvoid natmod_f(void) { natmod_missing(); }\n`);
  const result = await runMake(folder, { ARCH: 'x64', ...ours });
  t.is(result.exitCode, 2);
  t.regex(result.stderr, /mpy-ld: error: .*undefined symbol 'natmod_missing'/);
  t.regex(result.stdout, /\nLinkError: .*natmod_missing/);
  t.deepEqual(
    readdirSync(join(folder, 'build')).filter((file) => /\.mpy|\.tmp/.test(file)),
    [],
  );
});
