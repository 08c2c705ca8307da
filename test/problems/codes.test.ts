import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test from 'ava';
import { natmod } from '../../gulpfile.ts';
import { NatmodError, type ProblemCode } from '../../natmod-rules/problem.ts';
import { problemCodes } from '../../natmod-rules/problems.ts';
import { checkRuntimes } from '../../natmod-rules/runtime/commands.ts';
import { troubleshootingPage } from '../../natmod-rules/troubleshooting.ts';
import type { Board } from '../../tasks/board/board.ts';
import { putFile } from '../../tasks/board/put-file.ts';
import { openElf } from '../../tasks/debug/module-log.ts';
import { openSession } from '../../tasks/incremental/session.ts';
import { inspect } from '../../tasks/inspect.ts';
import { selectModules } from '../../tasks/modules/select.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { findPrograms } from '../../tasks/outside-programs/read.ts';
import { publish } from '../../tasks/package.ts';
import { csmithHeaders, generate } from '../../tasks/random-programs/generate.ts';
import { Report, silentReport } from '../../tasks/report/report.ts';
import { findCommit } from '../../tasks/revision/checkout.ts';
import { scriptsOf } from '../../tasks/run/scripts.ts';
import { OTHERS } from '../../tasks/sizes/baseline.ts';
import { preprocess } from '../../tasks/stages/preprocess.ts';
import { problemsOf } from '../../tasks/stages/stage.ts';
import { projectDir } from '../../tasks/system/project.ts';
import { runInherited } from '../../tasks/system/run-inherited.ts';
import { findMpyCross } from '../../tasks/toolchain/mpy-cross.ts';
import { inFolder, runNatmod } from '../make/support/doors.ts';

/** Tests that look at the message and not at the code: which one, and a part of what it looks for. */
const BY_MESSAGE: Partial<Record<ProblemCode, readonly [file: string, text: string]>> = {
  'bad-calls': ['run/tasks.test.ts', 'a list of calls is an array of steps'],
  'bad-config': ['make/config.test.ts', 'there is no default export'],
  'bad-mpy-dir': ['flow/bad-input.test.ts', 'this is no MicroPython source tree'],
  'board-error': ['board/raw-repl.test.ts', 'strange answer'],
  'bad-level': ['flow/levels.test.ts', "MPY_OPTIMIZE is 'tiny'"],
  'cannot-count': ['run/profile.test.ts', 'cannot be counted here'],
  'cannot-read': ['flow/command-line.test.ts', 'there is no such file'],
  'cannot-write': ['cli/mpy-ld.test.ts', 'cannot write: '],
  'compile-failed': ['flow/odd-tools.test.ts', 'the compiler tells of no error, and made no object'],
  exists: ['make/init.test.ts', 'there is already'],
  'harness-failed': ['run/tasks.test.ts', 'hang xtensa load: '],
  'line-closed': ['board/faults.test.ts', 'the line is closed:'],
  'make-failed': ['flow/bad-input.test.ts', 'make cannot evaluate this Makefile'],
  'misread-options': ['tasks/options.test.ts', 'gulp does not see the task'],
  'no-baseline': ['size/task.test.ts', 'is no folder and no report'],
  'nothing-counted': ['run/profile.test.ts', 'nothing of mod has run'],
  'board-crashed': ['debug/crash-place.test.ts', 'R15|MEPC'],
  'no-address': ['debug/where.test.ts', 'has no address'],
  'no-base': ['debug/where.test.ts', '--base ADDRESS'],
  'not-an-elf': ['debug/where.test.ts', 'this is no ELF file'],
  'stripped-elf': ['debug/where.test.ts', 'was stripped'],
  'no-stub': ['debug/crash-place.test.ts', 'qemu-x86_64 is not on PATH'],
  'not-loaded': ['debug/session.test.ts', 'the modules could not be imported'],
  'no-gdb': ['debug/session.test.ts', 'no gdb for x64'],
  'other-build': ['debug/session.test.ts', 'is of another build than'],
  'over-stack-budget': ['stack/depth.test.ts', 'more than the budget of'],
  'no-compiler': ['flow/bad-input.test.ts', 'no compiler'],
  'no-dynruntime': ['flow/bad-input.test.ts', 'this is not the Makefile of a native module'],
  'no-native-part': ['cli/mpy-tool.test.ts', '-march-flags is for native code'],
  'no-externs': ['flow/libraries.test.ts', 'the file of fixed symbols cannot be read: there is no such file'],
  'no-library': ['flow/libraries.test.ts', 'this library does not exist'],
  'no-make': ['flow/bad-input.test.ts', 'GNU make not found on'],
  'no-makefile': ['flow/bad-input.test.ts', 'there is no such folder'],
  'no-objects': ['link/bad-objects.test.ts', 'there is nothing to link'],
  'no-port': ['board/deploy.test.ts', 'is no terminal device'],
  'no-repl': ['board/raw-repl.test.ts', 'does not speak raw REPL'],
  'no-runtime': ['run/tasks.test.ts', 'no emulator runs MicroPython for'],
  'no-sources': ['flow/bad-input.test.ts', 'SRC is not set'],
  'mpy-dir-replaced': ['flow/build.test.ts', 'MPY_DIR leads to no MicroPython source tree'],
  'out-of-memory': ['board/deploy.test.ts', 'out of memory on the board while'],
  'over-budget': ['size/task.test.ts', 'more than its budget'],
  'port-busy': ['board/deploy.test.ts', 'is in use by'],
  'python-failed': ['flow/odd-tools.test.ts', 'mpy-cross tells of no error, and made no file'],
  'same-output': ['flow/bad-input.test.ts', 'is already made by the module in'],
  'other-folder': ['make/goals.test.ts', 'has make work in'],
  'several-goals': ['make/goals.test.ts', 'rules for some goals only'],
  'shell-failed': ['make/shell-words.test.ts', 'the shell could not expand'],
  'shell-operator': ['make/shell-words.test.ts', 'outside of quotes'],
  timeout: ['board/deploy.test.ts', 'no end after 3 s'],
  'unknown-module': ['flow/bad-input.test.ts', 'unknown module'],
  'unknown-pass': ['cli/passes.test.ts', 'the linker has no pass'],
  'unknown-runtime': ['run/tasks.test.ts', 'unknown runtime'],
  'unknown-symbol': ['size/task.test.ts', 'there is no symbol'],
  'unknown-task': ['flow/command-line.test.ts', 'there is no task'],
  'unreadable-source': ['flow/odd-tools.test.ts', 'is no regular file'],
  'wrong-firmware': ['board/firmware-kinds.test.ts', 'this firmware loads no native modules'],
  'wrong-password': ['board/lines.test.ts', 'WebREPL refuses the password'],
};

const own = readFileSync(new URL(import.meta.url), 'utf8');

function testTexts(): string[] {
  const folder = join(projectDir, 'test');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ts$/.test(name));
  return names
    .filter((name) => !name.endsWith('codes.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

test('every problem is reached by a test', (t) => {
  const texts = testTexts();
  const missing: string[] = [];
  for (const code of problemCodes) {
    const quoted = `'${code}'`;
    const byMessage = BY_MESSAGE[code];
    const reached =
      texts.some((text) => text.includes(quoted)) || own.includes(`raises(t, ${quoted}`) || own.includes(`[${quoted}]`);
    if (byMessage !== undefined) {
      const [file, text] = byMessage;
      const plain = readFileSync(join(projectDir, 'test', file), 'utf8').replaceAll('\\', '');
      t.true(plain.includes(text), `${code}: '${text}' is not in ${file}`);
    } else if (!reached) missing.push(code);
  }
  t.deepEqual(missing, [], 'no test reaches these');
});

test('docs/troubleshooting.md is what the table says', (t) => {
  const page = readFileSync(join(projectDir, 'docs', 'troubleshooting.md'), 'utf8');
  t.is(page, troubleshootingPage(), 'run `npm run docs -- --pages`');
});

async function raises(t: import('ava').ExecutionContext, code: ProblemCode, body: () => unknown): Promise<void> {
  try {
    await body();
    t.fail(`${code} is not raised`);
  } catch (error) {
    const problems = error instanceof NatmodError ? error.problems : problemsOf(error);
    t.is(problems?.[0]?.code, code, String(error));
  }
}

test('what is not there, or is nothing, is told by name', async (t) => {
  const context = { report: silentReport(), flow: natmod.flow };
  await raises(t, 'no-file', () => inspect(parseOptions([], '/'), context));
  await raises(t, 'no-modules', () =>
    selectModules([], {
      modules: [],
      makeVariables: [],
      mpyDir: undefined,
      cross: undefined,
      cc: undefined,
      goal: undefined,
    }),
  );
  await raises(t, 'no-mpy-cross', () => findMpyCross(undefined, '/', { MPY_CROSS: 'nowhere' }));
  await raises(t, 'bad-runtimes', () => checkRuntimes([], 'runtimes.json'));
  await raises(t, 'cannot-start', () => runInherited(['no-such-program-anywhere']));
  await raises(t, 'no-vinyl', () => pipeline(Readable.from([{}]), preprocess({ name: 'm' }), async () => {}));
});

test.serial('folders with other files, modules without tests, machines without git', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'natmod-codes-'));
  const path = process.env.PATH;
  try {
    writeFileSync(join(dir, 'Makefile'), 'MOD = x\n');
    await raises(t, 'not-ours', () => publish([], dir));
    await raises(t, 'no-script', () => scriptsOf(parseOptions(['--dir', dir], '/')));
    process.env.PATH = dir;
    await raises(t, 'no-git', () => findCommit('HEAD', [dir], OTHERS));
  } finally {
    process.env.PATH = path;
    rmSync(dir, { recursive: true, force: true });
  }
});

test.serial("a cache of everybody's, files that are not there or too many", async (t) => {
  await inFolder(async (dir) => {
    const { NATMOD_CACHE } = process.env;
    const told: (string | undefined)[] = [];
    try {
      process.env.NATMOD_CACHE = dir;
      mkdirSync(join(dir, 'records'));
      chmodSync(join(dir, 'records'), 0o777);
      openSession(
        dir,
        { cache: true },
        new Report((event) => told.push(event.kind === 'problem' ? event.code : undefined)),
      );
    } finally {
      if (NATMOD_CACHE === undefined) delete process.env.NATMOD_CACHE;
      else process.env.NATMOD_CACHE = NATMOD_CACHE;
    }
    t.deepEqual(told, ['foreign-cache']);
    await raises(t, 'no-programs', () => findPrograms(dir));
    await raises(t, 'no-programs', () => findPrograms(join(dir, 'nowhere')));
    await raises(t, 'no-elf', () => openElf({ elf: undefined, cwd: dir, outDir: dir }));
    for (const name of ['a.elf', 'b.elf']) writeFileSync(join(dir, name), '');
    await raises(t, 'no-elf', () => openElf({ elf: undefined, cwd: dir, outDir: dir }));
  });
});

test.serial('random programs: without csmith, and with a compiler that fails', async (t) => {
  const { PATH } = process.env;
  await inFolder(async (dir) => {
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    try {
      process.env.PATH = bin;
      await raises(t, 'no-csmith', csmithHeaders);
      const long = 'i=0; while [ $i -lt 400 ]; do echo "/* a line */"; i=$((i+1)); done > program.c';
      writeFileSync(join(bin, 'csmith'), `#!/bin/sh\n${long}\n`, { mode: 0o755 });
      await raises(t, 'no-csmith', csmithHeaders);
      mkdirSync(join(dir, 'include', 'csmith'), { recursive: true });
      writeFileSync(join(bin, 'gcc'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      await raises(t, 'native-failed', () => generate(1, dir));
    } finally {
      process.env.PATH = PATH;
    }
  });
});

test('a board that does not have what it was sent', async (t) => {
  const asked: string[] = [];
  const board: Board = {
    name: 'board',
    async execute(code) {
      asked.push(code);
      return { output: 'natmod-hash: 3 sum 00000000\n', error: '' };
    },
    async reset() {},
    async close() {},
  };
  await raises(t, 'wrong-hash', () => putFile(board, '/lib/m.mpy', Uint8Array.of(1, 2, 3)));
  t.regex(asked.at(-1)!, /remove|unlink/, 'what came is taken away again');
});

test('with --log json each problem has its code, on a line of its own', async (t) => {
  const codesOf = async (...words: string[]) => {
    const { stdout, exitCode } = await runNatmod(projectDir, [...words, '--log', 'json']);
    t.is(exitCode, 1);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; code?: string });
    return events.filter(({ kind }) => kind === 'problem').map(({ code }) => code);
  };
  t.deepEqual(await codesOf('list', '--gulpfile', 'x'), ['option-of-gulp']);
  t.deepEqual(await codesOf('clean', '--html', 'x.html'), ['foreign-option']);
  t.deepEqual(await codesOf('build', '--dir', './nowhere'), ['no-makefile']);
});
