import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Release } from '../../tasks/bootstrap/git-source.mjs';
import { SetupError } from '../../tasks/bootstrap/report.mjs';
import { bringSources, cachedTrees } from '../../tasks/bootstrap/sources.mjs';
import { createPool } from '../../tasks/system/pool.ts';
import { type TestFunction, testWith } from '../support/needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'natmod-git-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

process.env.NATMOD_CACHE = join(folder, 'cache');
// git refuses submodules from folders otherwise.
const settings = { 'protocol.file.allow': 'always', 'user.name': 'test', 'user.email': 'test@example.invalid' };
process.env.GIT_CONFIG_COUNT = String(Object.keys(settings).length);
Object.entries(settings).forEach(([key, value], i) => {
  process.env[`GIT_CONFIG_KEY_${i}`] = key;
  process.env[`GIT_CONFIG_VALUE_${i}`] = value;
});

const sources = () => (existsSync(join(folder, 'cache/sources')) ? readdirSync(join(folder, 'cache/sources')) : []);
const noDebian = () => Promise.reject(new SetupError('no apt source of Debian is set up'));

// They share a cache.
const turns = createPool(1);
function inTurn(title: string, fn: TestFunction): void {
  testWith({ tool: 'git' }, title, (t) => turns.run(async () => fn(t)));
}

function git(repository: string, ...args: string[]): string {
  return execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function makeRepository(name: string, files: Record<string, string>): string {
  const repository = join(folder, name);
  mkdirSync(repository);
  git(repository, 'init', '--quiet');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(repository, file), text);
  git(repository, 'add', '.');
  git(repository, 'commit', '--quiet', '--message', 'files');
  return repository;
}

let made: Release | undefined;

/** A release with a submodule, and a commit behind it. */
function release(): Release {
  if (made !== undefined) return made;
  const library = makeRepository('library', { README: 'the library' });
  const tree = makeRepository('tree', { 'file.h': 'first' });
  git(tree, 'submodule', '--quiet', 'add', library, 'lib/library');
  git(tree, 'commit', '--quiet', '--message', 'library');
  git(tree, 'tag', '--annotate', 'v9.8.7', '--message', 'release');
  const commit = git(tree, 'rev-parse', 'HEAD').trim();
  writeFileSync(join(tree, 'file.h'), 'later');
  git(tree, 'commit', '--quiet', '--all', '--message', 'later');
  made = { version: '9.8.7', url: `file://${tree}`, tag: 'v9.8.7', commit, submodules: ['lib/library'] };
  return made;
}

inTurn('a tag that leads to another commit is refused, nothing is kept and nothing else is tried', async (t) => {
  const wrong = { ...release(), commit: '0'.repeat(40) };
  await t.throwsAsync(bringSources(wrong, noDebian), { message: /the tag v9\.8\.7 of .* is commit .* not 0{40}/ });
  t.deepEqual(sources(), []);
});

inTurn('without the repository the sources come from Debian, and why is told', async (t) => {
  const gone = { ...release(), url: `file://${folder}/gone` };
  const error = await t.throwsAsync(bringSources(gone, noDebian));
  t.regex(error.message, /^git cannot clone: .*gone.*; and from Debian: no apt source .*\n .*--mpy-dir DIR/);
  const fromDebian = async (suite: string) => {
    const tree = join(folder, 'cache/sources/micropython-1.2.3');
    mkdirSync(tree);
    writeFileSync(join(tree, '.natmod.json'), JSON.stringify({ recipe: 1, suite, version: '1.2.3' }));
    return true;
  };
  const { tree, isNew, whyNotGit } = await bringSources(gone, fromDebian);
  t.is(tree.version, '1.2.3');
  t.true(isNew);
  t.regex(whyNotGit ?? '', /^git cannot clone: /);
  rmSync(tree.dir, { recursive: true });
});

inTurn('a submodule that cannot be had leaves nothing', async (t) => {
  const without = { ...release(), submodules: ['lib/library', 'lib/other'] };
  await t.throwsAsync(bringSources(without, noDebian), { message: /^git cannot submodule: / });
  t.deepEqual(sources(), []);
});

inTurn('a release is brought once, with its submodule and without history', async (t) => {
  const first = await bringSources(release(), noDebian);
  t.true(first.isNew);
  t.is(first.tree.version, '9.8.7');
  t.is(readFileSync(join(first.tree.dir, 'file.h'), 'utf8'), 'first');
  t.is(readFileSync(join(first.tree.dir, 'lib/library/README'), 'utf8'), 'the library');
  t.false(existsSync(join(first.tree.dir, '.git')) || existsSync(join(first.tree.dir, 'lib/library/.git')));
  t.false((await bringSources(release(), noDebian)).isNew);
  t.deepEqual(sources(), ['micropython-9.8.7-git']);
  t.deepEqual(
    cachedTrees().map(({ suite }) => suite),
    ['git'],
  );
});
