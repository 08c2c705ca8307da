import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, existsSync, inFolder, join, plainEnvironment, runMake, writeFiles } from './support/doors.ts';

const needed = { compiler: ['x64', 'armv7m'], tool: ['make', 'tar'] } as const;

/** Tools of ours that no user has: what the package does must not need them. */
const NOT_THERE = ['esbuild', '@esbuild', 'typescript', 'ava', '@biomejs', '@types', 'natmod'];

/** Packs natmod and puts it into `dir` as npm would, with the packages it runs on. */
async function installPacked(dir: string): Promise<string> {
  const env = plainEnvironment();
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', dir], {
    cwd: projectDir,
    env,
    timeoutMs: 120_000,
  });
  if (packed.exitCode !== 0) throw new Error(packed.stdout + packed.stderr);
  const archive = readdirSync(dir).find((name) => name.endsWith('.tgz'))!;
  const modules = join(dir, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  await run('tar', ['xzf', archive, '-C', modules], { cwd: dir });
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
