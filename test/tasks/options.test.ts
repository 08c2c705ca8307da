import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { readCommandLine } from '../../tasks/options/command-line.ts';
import { runForGulp } from '../../tasks/options/gulp.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { optionsPage } from '../../tasks/options/page.ts';
import { type TaskName, taskNames } from '../../tasks/options/tasks.ts';
import { projectDir } from '../../tasks/system/project.ts';

const parse = (...argv: string[]) => parseOptions(argv, '/home/u');
const archesOf = (...argv: string[]) => {
  const { arches } = parse(...argv);
  return Array.isArray(arches) ? arches.map((arch: { name: string }) => arch.name) : arches;
};

function problem(...argv: string[]) {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof NatmodError) return error.problems[0];
    throw error;
  }
  return undefined;
}

test('architectures are given with --arch, repeated or in a list, and with ARCH=', (t) => {
  t.is(archesOf('build'), undefined);
  t.deepEqual(archesOf('build', '--arch', 'x64,armv7m', '--arch=rv32imc', '--arch', 'x64'), [
    'x64',
    'armv7m',
    'rv32imc',
  ]);
  t.deepEqual(archesOf('build', 'ARCH=xtensa'), ['xtensa']);
  t.is(archesOf('--arch', 'all'), 'all');
});

test('an unknown or empty architecture is refused', (t) => {
  t.is(problem('--arch', 'arm')?.code, 'unknown-arch');
  t.regex(problem('--arch', 'arm')?.hint ?? '', /armv7m/);
  for (const argv of [['--arch='], ['--arch', ''], ['ARCH='], ['--arch', 'x64,']]) {
    t.is(problem(...argv)?.message, 'the architecture is empty');
  }
  t.is(problem('--arch')?.code, 'bad-option');
});

test('folders start from the folder of the caller', (t) => {
  t.is(parse('--out', 'o').outDir, resolve('/home/u/o'));
  t.is(parse('MPY_DIR=../mp').mpyDir, resolve('/home/mp'));
  t.is(parse('--mpy-dir=/mp', 'MPY_DIR=x').mpyDir, resolve('/mp'));
  t.deepEqual(parse('--module', 'a,./b').modules, ['a', resolve('/home/u/b')]);
});

test('make variables are passed on, those with a meaning here are taken', (t) => {
  const options = parse('build', 'V=1', 'CROSS=x-', 'CC=cc -m32', 'MICROPY_FLOAT_IMPL=none', 'CFLAGS_EXTRA=-DA=1 -DB');
  t.true(options.verbose);
  t.is(options.cross, 'x-');
  t.is(options.cc, 'cc -m32');
  t.deepEqual(options.makeVariables, [
    { name: 'MICROPY_FLOAT_IMPL', value: 'none' },
    { name: 'CFLAGS_EXTRA', value: '-DA=1 -DB' },
  ]);
  t.false(parse('V=0').verbose);
});

test('the number of jobs is checked', (t) => {
  t.is(parse('-j3').jobs, 3);
  t.true(parse().jobs >= 1);
  for (const jobs of ['0', '-1', 'x', '1e3', '99999']) t.is(problem(`--jobs=${jobs}`)?.code, 'bad-option');
});

test('an unknown option is refused with the nearest known one', (t) => {
  t.is(problem('--verbos')?.hint, 'did you mean --verbose?');
  t.is(problem('--mpydir=x')?.hint, 'did you mean --mpy-dir?');
  t.is(problem('-Z')?.code, 'unknown-option');
});

test('the options of gulp itself are no unknown ones', (t) => {
  const argv = [
    '--silent',
    '-LL',
    '--no-color',
    '--continue',
    '--series',
    '--cwd',
    '.',
    '-f',
    'gulpfile.ts',
    '--tasks-depth=1',
  ];
  t.is(problem(...argv), undefined);
});

test('an option where a value should be is no value', (t) => {
  t.is(problem('--out', '--verbose')?.code, 'bad-option');
});

test('a task that gulp overlooks behind an option is told, where others would be run', async (t) => {
  const run = async (...argv: string[]) => {
    const logged: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = (text: string | Uint8Array) => logged.push(String(text)) > 0;
    try {
      await runForGulp({ tasks: [], argv }, async () => {}).catch(() => {});
    } finally {
      process.stderr.write = write;
    }
    return logged.join('');
  };
  t.regex(await run('-V', 'clean', 'build'), /gulp does not see the task 'clean'/);
  t.is(await run('clean', 'build', '-V'), '');
  t.is(await run('--verbose', 'list'), '');
});

test('options of another task are refused, with the task they belong to', (t) => {
  const refused = (tasks: TaskName[], ...argv: string[]) => {
    try {
      parseOptions(argv, '/', tasks);
    } catch (error) {
      if (error instanceof NatmodError) return error.problems[0];
    }
    return undefined;
  };
  t.is(refused(['clean'], '--html', 'x.html')?.code, 'foreign-option');
  t.regex(refused(['clean'], '--html', 'x.html')?.hint ?? '', /size --html size\.html/);
  t.is(refused(['clean', 'size'], '--html', 'x.html'), undefined);
  t.is(refused(['build'], '--verbose', '--arch', 'x64', '--log=json'), undefined);
  for (const task of taskNames) t.is(refused([task], '-V', '--log', 'quiet'), undefined, task);
});

test('values of the wrong kind are refused by name', (t) => {
  const wrong = [
    ['--verbose=yes'],
    ['--no-cache=1'],
    ['--log', 'xml'],
    ['--on=moon'],
    ['--timeout=0'],
    ['--url=here'],
    ['--html=a.txt'],
    ['--module='],
    ['--budget'],
    ['--why', '--keep'],
  ];
  for (const argv of wrong) t.is(problem(...argv)?.code, 'bad-option', argv.join(' '));
});

test('docs/options.md is what the table says', (t) => {
  const page = readFileSync(join(projectDir, 'docs', 'options.md'), 'utf8');
  t.is(page, optionsPage(), 'run `npm run docs -- --pages`');
});

test('words are sorted into tasks, files and assignments', (t) => {
  const line = readCommandLine(['inspect', 'a.mpy', 'build/x', 'A=b=c', 'list']);
  t.deepEqual(line.tasks, ['inspect', 'list']);
  t.deepEqual(line.files, ['a.mpy', 'build/x']);
  t.deepEqual(line.assignments, [{ name: 'A', value: 'b=c' }]);
});
