/** Which test files have to do with what has changed: those that import it, directly or by way of others. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { projectDir } from './paths.cjs';
import { run } from './processes.mjs';
import { SetupError } from './report.mjs';

const FOLDERS = ['tasks', 'natmod-rules', 'test'];

/**
 * Test files that import something which differs from a git revision, or that differ themselves.
 * @param {string} revision
 * @returns {Promise<string[]>} paths in the project
 */
export async function changedTests(revision) {
  return testsOf(await changedFiles(revision));
}

/** @param {string} revision */
async function changedFiles(revision) {
  const git = async (/** @type {string[]} */ ...words) => {
    const { exitCode, stdout, stderr } = await run('git', words, { cwd: projectDir() });
    if (exitCode !== 0) throw new SetupError(`git does not tell what has changed: ${stderr.trim()}`);
    return stdout.split('\n').filter((name) => name !== '');
  };
  const tracked = await git('diff', '--name-only', '--relative', revision);
  return [...tracked, ...(await git('ls-files', '--others', '--exclude-standard'))];
}

/**
 * @param {readonly string[]} changed paths in the project
 * @returns {string[]}
 */
export function testsOf(changed) {
  const importers = importersByFile();
  const reached = new Set(changed);
  for (const file of reached) for (const importer of importers.get(file) ?? []) reached.add(importer);
  return [...reached].filter((file) => file.endsWith('.test.ts') && existsSync(join(projectDir(), file))).sort();
}

/** @returns {Map<string, string[]>} */
function importersByFile() {
  const importers = new Map();
  for (const folder of FOLDERS) {
    const names = readdirSync(join(projectDir(), folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((one) => /\.(ts|mjs)$/.test(one))) {
      const file = normalize(`${folder}/${name}`);
      for (const [, path] of readFileSync(join(projectDir(), file), 'utf8').matchAll(/'(\.{1,2}\/[^']+)'/g)) {
        const target = normalize(join(dirname(file), path ?? ''));
        importers.set(target, [...(importers.get(target) ?? []), file]);
      }
    }
  }
  return importers;
}
