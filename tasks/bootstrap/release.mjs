/**
 * `npm run release -- VERSION`: everything between "main is good" and the two commands that cannot be taken back, which
 * it prints. `--skip-tests` is for trying it out.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { npmCommand } from './dependencies.mjs';
import { run } from './processes.mjs';
import { runMain, SetupError, say } from './report.mjs';

await runMain(async () => {
  const [version = '', ...more] = process.argv.slice(2);
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new SetupError('a version is wanted', 'npm run release -- 1.2.3');

  // 1. The tree is what was committed, and there is something to tell.
  if ((await command(['git', 'status', '--porcelain'])).trim() !== '') throw new SetupError('commit or stash first');
  const changes = readFileSync('CHANGELOG.md', 'utf8');
  const [, unreleased = ''] = /^## Unreleased\n([\s\S]*?)^## /m.exec(changes) ?? [];
  if (unreleased.trim() === '') throw new SetupError('CHANGELOG.md has nothing under "Unreleased"');

  // 2. Everything passes, and the package works where it will be installed.
  if (!more.includes('--skip-tests')) {
    await npm('test');
    await npm('run', 'try-install');
  }

  // 3. What is unreleased becomes the version.
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync('CHANGELOG.md', changes.replace('## Unreleased\n', `## Unreleased\n\n## ${version} (${date})\n`));
  await npm('version', '--no-git-tag-version', version);

  // 4. A commit and its tags; the one of the major version is what workflows name: `uses: OWNER/natmod@v1`.
  const [major = ''] = version.split('.');
  const files = ['CHANGELOG.md', 'package.json', 'package-lock.json'].filter((file) => existsSync(file));
  await command(['git', 'add', ...files]);
  await command(['git', 'commit', '--message', `Version ${version}`]);
  await command(['git', 'tag', `v${version}`]);
  await command(['git', 'tag', '--force', `v${major}`]);

  say(`version ${version} is ready. To publish it:
  git push origin HEAD v${version} && git push --force origin v${major}
  npm publish`);
  return 0;
});

/** @param {string[]} words @returns {Promise<string>} what it printed */
async function command([program = '', ...args]) {
  const { exitCode, stdout, stderr } = await run(program, args);
  if (exitCode !== 0) throw new SetupError(`${program} ${args.join(' ')} failed`, (stderr || stdout).trim());
  return stdout;
}

/** @param {string[]} words */
async function npm(...words) {
  const [program, ...first] = npmCommand();
  const { exitCode } = await run(program, [...first, ...words], { show: true });
  if (exitCode !== 0) throw new SetupError(`npm ${words.join(' ')} failed`);
}
