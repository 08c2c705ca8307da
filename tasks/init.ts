// `natmod init NAME`: writes a small module to start from.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { checkModuleName } from '../natmod-rules/compile/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { templateFiles } from './init/template.ts';
import { print, runProgram } from './report/program.ts';
import { writeWhole } from './system/files.ts';
import { findProgram } from './system/find-program.ts';
import { projectDir } from './system/project.ts';

/**
 * Writes the module into a folder of its name. Nothing that exists is overwritten.
 *
 * @param args the name
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod init', async () => {
    const [name] = args;
    if (name === undefined || args.length > 1 || name.startsWith('-')) {
      fail('bad-option', 'one name is wanted', undefined, 'natmod init mymodule');
    }
    checkModuleName(name);
    const folder = resolve(name);
    const files = Object.entries(
      templateFiles(name, natmodVersion(), { make: hasProgram('gmake', 'make'), compiler: hasProgram('gcc', 'clang') }),
    );
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

/** What package.json asks for: the version, or the clone that this runs from. */
function natmodVersion(): string {
  if (!projectDir.split(sep).includes('node_modules')) return `file:${projectDir}`;
  const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string };
  return `^${version}`;
}
