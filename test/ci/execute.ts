/** The CI files of `natmod init` as a machine of GitHub's and of GitLab's executes them. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { withCertificates } from '../../tasks/bootstrap/certificates.mjs';
import { cacheDir } from '../../tasks/bootstrap/paths.cjs';
import { ciFiles } from '../../tasks/init/ci.ts';
import { inFolder, plainEnvironment, runNatmod } from '../make/support/doors.ts';
import { packedPackage } from '../support/package.ts';
import { runStep, scriptOf, standIn, stepsOf } from './workflow.ts';

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

/** Executes the commands of both files one after the other, with the packed package. */
export function executeCiFiles(t: ExecutionContext): Promise<void> {
  return inFolder(async (dir) => {
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
  });
}
