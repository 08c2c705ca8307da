import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { withCertificates } from '../../tasks/bootstrap/certificates.mjs';
import { npmCommand } from '../../tasks/bootstrap/dependencies.mjs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { executeCiFiles } from '../ci/execute.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { bytesOf, inFolder, plainEnvironment, runMake, writeFiles } from '../make/support/doors.ts';
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
      const env = withCertificates(plainEnvironment());
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

const needed = { compiler: ['x64', 'armv7m'], tool: ['make', 'tar'] } as const;

/** Tools of ours that no user has: what the package does must not need them. */
const NOT_THERE = ['esbuild', '@esbuild', 'typescript', 'ava', '@biomejs', '@types', 'natmod'];

/** Puts natmod into `dir` as npm would, with the packages it runs on. */
async function installPacked(dir: string): Promise<string> {
  const modules = join(dir, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  await run('tar', ['xzf', await packedPackage(), '-C', modules], { cwd: dir });
  cpSync(join(modules, 'package'), join(modules, 'natmod'), { recursive: true });
  rmSync(join(modules, 'package'), { recursive: true });
  for (const name of readdirSync(join(projectDir, 'node_modules'))) {
    if (name.startsWith('.') || NOT_THERE.includes(name)) continue;
    symlinkSync(join(projectDir, 'node_modules', name), join(modules, name));
  }
  return join(modules, 'natmod');
}

testWith(needed, 'the npm package builds through all doors without a compiler for TypeScript', (t) =>
  inFolder(async (dir) => {
    const natmod = await installPacked(dir);
    t.false(existsSync(join(natmod, 'tasks', 'build.ts')));
    const start = (words: readonly string[], cwd: string) =>
      run(process.execPath, [join(natmod, 'bin', 'natmod.cjs'), ...words], {
        cwd,
        env: plainEnvironment(),
        timeoutMs: 60_000,
      });
    const module = writeFiles(join(dir, 'm'), {
      Makefile: 'MOD = mod\nSRC = mod.c part.py\ninclude $(MPY_DIR)/py/dynruntime.mk\n',
      'mod.c': moduleSource(),
      'part.py': 'x = 1\n',
    });
    const built = await start(['build', '--no-optimize', '--arch', 'x64'], module);
    t.is(built.exitCode, 0, built.stdout + built.stderr);
    t.is(built.stderr, '');
    const bytes = bytesOf(join(module, 'mod.mpy'));
    rmSync(join(module, 'mod.mpy'));
    const sdk = (await start(['--sdk'], module)).stdout.trim();
    t.is(sdk, join(natmod, 'natmod-rules', 'sdk'));
    // A path with a blank goes through make with a backslash.
    const MPY_DIR = sdk.replaceAll(' ', '\\ ');
    const made = await runMake(module, [`MPY_DIR=${MPY_DIR}`, 'ARCH=x64']);
    t.is(made.exitCode, 0, made.stdout + made.stderr);
    t.true(bytesOf(join(module, 'mod.mpy')).equals(bytes));
    t.is((await start(['init', 'fresh'], dir)).exitCode, 0);
    const { devDependencies } = JSON.parse(readFileSync(join(dir, 'fresh', 'package.json'), 'utf8'));
    t.regex(devDependencies.natmod, /^\^\d/);
    const fresh = await start(['build', '--arch', 'armv7m'], join(dir, 'fresh'));
    t.is(fresh.exitCode, 0, fresh.stdout + fresh.stderr);
    const program = "import * as n from 'natmod'; console.log(Object.keys(n).sort().join());";
    const api = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: dir });
    t.regex(api.stdout, /buildModules,compile,defineModule,link,mpyCross,pack,preprocess,save,sources/);
    await checkTypes();

    async function checkTypes(): Promise<void> {
      const text = `import { buildModules, defineModule } from 'natmod';
const module = defineModule({ name: 'm', sources: ['m.c'], arch: 'x64', architectures: { armv7m: { flags: ['-O2'] } } });
// @ts-expect-error there is no such architecture
defineModule({ name: 'm', sources: [], arch: 'z80' });
// @ts-expect-error there is no such field
defineModule({ name: 'm', sources: [], flag: [] });
export const build = () => buildModules([module, './other']);
`;
      writeFiles(dir, { 'natmod.config.ts': text, 'package.json': '{ "type": "module" }' });
      const tsc = join(projectDir, 'node_modules', 'typescript', 'bin', 'tsc');
      const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
      const checked = await run(process.execPath, [tsc, ...options, 'natmod.config.ts'], { cwd: dir });
      t.is(checked.exitCode, 0, checked.stdout + checked.stderr);
    }
  }),
);

testWith(
  { compiler: ['x64', 'armv7m'], tool: ['make', 'bash'], runtime: ['x64', 'armv7m'], registry: true },
  'the commands of both CI files, executed one after the other with the packed package, end with what is published',
  executeCiFiles,
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
