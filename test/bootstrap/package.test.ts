import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from '../../tasks/bootstrap/dependencies.mjs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { inFolder, plainEnvironment, writeFiles } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { packedPackage } from '../support/package.ts';

const STRICT = `import { buildModules, compile, defineModule, link, type ModuleConfig } from 'natmod';

const config: ModuleConfig = defineModule({ name: 'one', sources: ['one.c'], architectures: { x64: { flags: ['-DX'] } } });
export const build = (): Promise<unknown> => buildModules([config]);
export const stream: NodeJS.ReadWriteStream = compile({ arch: 'armv7m', buildDir: 'build' });
export const linked = link({ arch: 'armv7m', name: 'one' });
// @ts-expect-error the architecture is missing
compile({ buildDir: 'build' });
// @ts-expect-error there is no such field
defineModule({ name: 'one', source: ['one.c'] });
`;

const PLAIN = `// @ts-check
import { defineModule } from 'natmod';

/** @type {import('natmod').ModuleConfig} */
export const config = { name: 'one', sources: ['one.c'] };
export default defineModule(config);
// @ts-expect-error a name is text
defineModule({ name: 1, sources: [] });
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
    skipLibCheck: false,
  },
  include: ['*.ts', '*.mjs'],
};

testWith(
  { compiler: 'x64', tool: 'make', registry: true },
  'the packed package, installed into an empty folder, has programs, an API, and types for TypeScript and JavaScript',
  (t) =>
    inFolder(async (dir) => {
      const tarball = await packedPackage();
      t.true(statSync(tarball).size < 1_500_000, `${statSync(tarball).size} bytes`);
      writeFiles(dir, { 'package.json': '{ "private": true, "type": "module" }\n' });
      const env = plainEnvironment();
      const step = async (program: string, ...args: string[]) => {
        const { exitCode, stdout, stderr } = await run(program, args, { cwd: dir, env, timeoutMs: 240_000 });
        t.is(exitCode, 0, `${program} ${args.join(' ')}\n${stdout}\n${stderr}`);
        return stdout;
      };
      const [npm, ...first] = npmCommand();
      await step(npm, ...first, 'install', '--no-audit', '--no-fund', '--ignore-scripts', tarball);
      const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8'));
      const bin = (name: string) => join(dir, 'node_modules', '.bin', name);
      t.is(await step(bin('natmod'), '--version'), `${version}\n`);
      t.regex(await step(bin('mpy-ld'), '--help'), /^usage: mpy-ld/);
      t.regex(await step(bin('mpy-tool'), '--help'), /mpy-tool/);
      await step(bin('natmod'), 'init', 'one');
      await step(bin('natmod'), 'build', '--dir', 'one', '--arch', 'x64');
      t.true(existsSync(join(dir, 'one', 'one.mpy')));
      // Types: those of Node and gulp are the project's own.
      mkdirSync(join(dir, 'node_modules', '@types'), { recursive: true });
      const { packages } = JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8'));
      for (const path of Object.keys(packages).filter((name) =>
        /^node_modules\/(@types\/[^/]+|undici-types)$/.test(name),
      )) {
        cpSync(join(projectDir, path), join(dir, path), { recursive: true });
      }
      writeFiles(dir, { 'strict.ts': STRICT, 'plain.mjs': PLAIN, 'tsconfig.json': JSON.stringify(TSCONFIG) });
      await step(process.execPath, join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', dir);
    }),
);

testWith({ tool: 'git' }, 'a release takes what is unreleased, and makes a commit and two tags of it', (t) =>
  inFolder(async (dir) => {
    const [npm, ...first] = npmCommand();
    t.truthy(npm);
    for (const name of ['package.json', 'package-lock.json', 'CHANGELOG.md'])
      cpSync(join(projectDir, name), join(dir, name));
    const git = async (...args: string[]) => {
      const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
      const { exitCode, stdout, stderr } = await run('git', [...identity, ...args], { cwd: dir });
      t.is(exitCode, 0, stderr);
      return stdout;
    };
    await git('init', '--quiet');
    await git('config', 'user.name', 'A');
    await git('config', 'user.email', 'a@example.org');
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'all');
    const script = join(projectDir, 'tasks/bootstrap/release.mjs');
    const release = (...words: string[]) =>
      run(process.execPath, [script, ...words], {
        cwd: dir,
        env: { ...plainEnvironment(), npm_execpath: first[0] ?? '' },
      });
    t.regex((await release('soon')).stderr, /a version is wanted/);
    writeFileSync(join(dir, 'left'), '');
    t.regex((await release('7.8.9', '--skip-tests')).stderr, /commit or stash first/);
    await run('rm', [join(dir, 'left')]);
    const done = await release('7.8.9', '--skip-tests');
    t.is(done.exitCode, 0, done.stderr);
    t.regex(done.stdout, /git push origin HEAD v7\.8\.9 .*\n +npm publish/);
    t.is((await git('tag')).trim(), 'v7\nv7.8.9');
    t.is((await git('status', '--porcelain')).trim(), '');
    t.regex(
      readFileSync(join(dir, 'CHANGELOG.md'), 'utf8'),
      /^## Unreleased\n\n## 7\.8\.9 \(20\d\d-\d\d-\d\d\)\n\n### Added/m,
    );
    t.is(JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).version, '7.8.9');
    t.regex((await release('7.9.0', '--skip-tests')).stderr, /nothing under "Unreleased"/);
  }),
);
