// `natmod init NAME`: writes a small module to start from.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fail } from '../natmod-rules/problem.ts';
import { templateFiles } from './init/template.ts';
import { withDebugging } from './init/vscode.ts';
import { INIT_USAGE, readWishes } from './init/wishes.ts';
import { print, runProgram } from './report/program.ts';
import { writeWhole } from './system/files.ts';
import { findProgram } from './system/find-program.ts';
import { runProcess } from './system/processes.ts';
import { projectDir } from './system/project.ts';

/**
 * Writes the module into a folder of its name. Nothing that exists is overwritten.
 *
 * @param args the name and options
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod init', async () => {
    const wishes = readWishes(args);
    if (wishes === undefined) {
      print(INIT_USAGE);
      return;
    }
    const folder = resolve(wishes.name);
    const template = templateFiles(wishes, {
      natmod: natmodVersion(),
      make: hasProgram('gmake', 'make'),
      compiler: hasProgram('gcc', 'clang'),
      author: (await authorFromGit()) ?? `the authors of ${wishes.name}`,
      year: new Date().getFullYear(),
    });
    const files = Object.entries(withDebugging(wishes.name, template));
    const there = files.map(([path]) => path).filter((path) => existsSync(join(folder, path)));
    if (there.length > 0) {
      const hint = 'nothing was written; take another name, or remove what is there';
      fail('exists', `there is already ${there.join(', ')}`, { file: folder }, hint);
    }
    for (const [path, text] of files) await writeWhole(join(folder, path), text);
    const shown = relative('.', folder);
    print(`${files.map(([path]) => `${join(shown, path)}\n`).join('')}
Go on with:
  cd ${shown}
  npm install
  npm start
`);
  });
}

function hasProgram(...names: readonly string[]): boolean {
  return names.some((name) => findProgram(name, resolve('.')) !== undefined);
}

/** Whom git calls the author here, if it knows. */
async function authorFromGit(): Promise<string | undefined> {
  const git = findProgram('git', resolve('.'));
  if (git === undefined) return undefined;
  const { stdout } = await runProcess([git, 'config', 'user.name'], { cwd: resolve('.'), timeoutMs: 10_000 });
  return stdout.trim() || undefined;
}

/** What package.json asks for: the version, or the clone that this runs from. */
function natmodVersion(): string {
  if (!projectDir.split(sep).includes('node_modules')) return `file:${projectDir}`;
  const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string };
  return `^${version}`;
}
