import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isUpToDate } from '../../tasks/bootstrap/dependencies.mjs';
import { run } from '../../tasks/bootstrap/processes.mjs';

const DEPENDENCIES = new URL('../../tasks/bootstrap/dependencies.mjs', import.meta.url).href;
const REPORT = new URL('../../tasks/bootstrap/report.mjs', import.meta.url).href;
const LOCK = { packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' } } };

function project(t: ExecutionContext, lock: object, installed?: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  mkdirSync(join(folder, 'node_modules'));
  if (installed) writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify(installed));
  return folder;
}

/** Installs with a stand-in for npm: a script whose arguments are those of npm. */
async function install(folder: string, npm: string) {
  const program = join(folder, 'npm.js');
  writeFileSync(program, npm);
  const script = `import { provideDependencies } from ${JSON.stringify(DEPENDENCIES)};
    import { runMain } from ${JSON.stringify(REPORT)};
    await runMain(async () => { console.log('work', await provideDependencies(${JSON.stringify(folder)})); return 0; });`;
  const env = { ...process.env, npm_execpath: program, NATMOD_CACHE: join(folder, 'cache') };
  return run(process.execPath, ['--input-type=module', '-e', script], { env });
}

test('packages that npm recorded as installed are not installed again', async (t) => {
  const folder = project(t, LOCK, { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'x' } } });
  t.true(isUpToDate(folder));
  const result = await install(folder, 'process.exit(1)');
  t.is(result.stdout, 'work false\n');
});

test('a missing, a changed and a half-installed set are out of date', (t) => {
  t.false(isUpToDate(project(t, LOCK)));
  t.false(isUpToDate(project(t, LOCK, { packages: {} })));
  t.false(isUpToDate(project(t, LOCK, { packages: { 'node_modules/a': { version: '0.9.0', integrity: 'x' } } })));
  t.false(isUpToDate(project(t, LOCK, { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'y' } } })));
});

test('an optional package for another system may be absent', (t) => {
  const lock = { packages: { 'node_modules/a-win32': { version: '1.0.0', optional: true } } };
  t.true(isUpToDate(project(t, lock, { packages: {} })));
});

test('npm ci is run once, without audit and with the tools for development', async (t) => {
  const folder = project(t, LOCK);
  const npm = `console.log(process.argv.slice(2).join(' '));
    require('fs').copyFileSync('package-lock.json', 'node_modules/.package-lock.json');`;
  const result = await install(folder, npm);
  t.is(
    result.stdout,
    'natmod: installing the dependencies with npm ci\nci --no-audit --no-fund --include=dev\nwork true\n',
  );
  t.true(existsSync(join(folder, 'node_modules/.package-lock.json')));
});

test('without network the message says so', async (t) => {
  const result = await install(project(t, LOCK), "console.error('npm error code ENOTFOUND'); process.exit(1);");
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /natmod: npm ci cannot reach the package registry\n {2}connect this machine/);
  t.notRegex(result.stderr, /\n\s+at /);
});

test('any other failure of npm points to its own lines', async (t) => {
  const result = await install(project(t, LOCK), "console.error('npm error code EUSAGE'); process.exit(1);");
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /npm error code EUSAGE\nnatmod: npm ci failed; its own lines above say why/);
});
