import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { provideEmulator } from '../../tasks/bootstrap/emulators.mjs';
import { sayTo } from '../../tasks/bootstrap/report.mjs';
import { installPackages, missingPackages } from '../../tasks/bootstrap/system-packages.mjs';

/** Makes PATH one folder with these shell scripts in it, for one serial test. */
function onlyPrograms(t: ExecutionContext, programs: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
  const before = process.env.PATH;
  process.env.PATH = folder;
  t.teardown(() => {
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const CROSS = { what: 'cross compiler', programs: ['x-gcc'], packages: ['gcc-x', 'libc-x'] };

test.serial('a program of the user outside the system folders is enough', async (t) => {
  onlyPrograms(t, { 'x-gcc': '', 'dpkg-query': 'echo nothing' });
  t.deepEqual(await missingPackages([CROSS]), { packages: [], tools: [] });
});

test.serial('of a missing tool only the packages that are not installed are wanted', async (t) => {
  onlyPrograms(t, { 'dpkg-query': 'echo "libc-x installed"; echo "gcc-x config-files"; exit 1' });
  t.deepEqual(await missingPackages([CROSS]), { packages: ['gcc-x'], tools: [CROSS] });
});

test.serial(
  'packages are installed with one apt-get, without questions and without what is only recommended',
  async (t) => {
    const folder = onlyPrograms(t, { 'apt-get': 'echo "$DEBIAN_FRONTEND $@" >> "$0.log"' });
    t.is(await installPackages(['gcc-x', 'libc-x'], 0), undefined);
    const lines = readFileSync(join(folder, 'apt-get.log'), 'utf8').trim().split('\n');
    const installs = lines.filter((line) => line.includes(' install '));
    t.is(installs.length, 1);
    t.regex(installs[0]!, /^noninteractive .* install --yes --no-install-recommends gcc-x libc-x$/);
  },
);

test.serial('an install that fails is tried again with fresh lists', async (t) => {
  const body =
    'case "$*" in *update*) touch "$0.fresh";; *) test -e "$0.fresh" || { echo "E: 404" >&2; exit 100; };; esac';
  onlyPrograms(t, { 'apt-get': `PATH=/usr/bin:/bin; ${body}` });
  t.is(await installPackages(['gcc-x'], 0), undefined);
});

test.serial('an apt that cannot fetch gives its reason and the command to type', async (t) => {
  onlyPrograms(t, { 'apt-get': 'echo "W: Failed to fetch the list" >&2; echo "E: no network" >&2; exit 100' });
  const failure = await installPackages(['gcc-x'], 0);
  t.is(
    failure?.missing,
    'apt-get update failed: Failed to fetch the list; no network\n' +
      'when that is mended, run: apt-get update && apt-get install --no-install-recommends gcc-x',
  );
});

test.serial('who is not root gets the command to type, and nothing says that packages are installed', async (t) => {
  onlyPrograms(t, { 'apt-get': 'exit 1' });
  const said = new PassThrough();
  sayTo(said);
  t.teardown(() => sayTo(process.stdout));
  const failure = await installPackages(['gcc-x', 'libc-x'], 1000);
  t.is(said.read(), null);
  await installPackages(['gcc-x'], 0);
  t.is(`${said.read()}`, 'natmod: installing gcc-x\n');
  t.is(failure?.missing, 'as root, run: apt-get install --no-install-recommends gcc-x libc-x');
});

test.serial('in CI who is not root is let, and the files of packages stay in the cache', async (t) => {
  const folder = onlyPrograms(t, { 'apt-get': '', sudo: 'printf "%s\n" "$*" >> "$0.log"' });
  const { CI, NATMOD_CACHE } = process.env;
  Object.assign(process.env, { CI: 'true', NATMOD_CACHE: folder });
  t.teardown(() => {
    for (const [name, value] of Object.entries({ CI, NATMOD_CACHE })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  t.is(await installPackages(['gcc-x'], 1000), undefined);
  const log = readFileSync(join(folder, 'sudo.log'), 'utf8');
  t.regex(
    log,
    /^-n -E apt-get .* -o Dir::Cache::archives=\S+\/packages .* install --yes --no-install-recommends gcc-x$/m,
  );
});

test.serial('a system without apt is told what to install', async (t) => {
  onlyPrograms(t, {});
  const failure = await installPackages(['gcc-x'], 0);
  t.is(failure?.missing, "install what Debian calls gcc-x with this system's own package manager");
});

test.serial('an emulator is installed where it is missing, and only there', async (t) => {
  const folder = onlyPrograms(t, { 'apt-get': 'echo "$@" >> "$0.log"', 'qemu-there-static': '' });
  t.false(await provideEmulator(['qemu-there', 'qemu-there-static'], 'qemu-user'));
  const isRoot = process.getuid?.() === 0;
  const outcome = await provideEmulator(['qemu-gone'], 'qemu-system-misc').catch((error: Error) => error.message);
  if (isRoot) {
    t.true(outcome);
    t.regex(readFileSync(join(folder, 'apt-get.log'), 'utf8'), /install .* qemu-system-misc$/m);
  } else t.regex(String(outcome), /^qemu-gone is not on PATH\n.*as root, run: apt-get install .*qemu-system-misc$/);
});
