import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { testWith } from '../support/needs.ts';
import { readPage } from './read-doc.ts';

const natmod = join(projectDir, 'bin', 'natmod.cjs');

testWith(
  { compiler: 'x64', runtime: 'x64', tool: 'make' },
  'every recipe of the cookbook builds, and its test passes in MicroPython',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'natmod-cookbook-'));
    try {
      const { files, commands } = readPage(readFileSync(join(projectDir, 'docs/cookbook.md'), 'utf8'));
      const recipes = new Set(files.map(({ path }) => dirname(path)));
      t.true(recipes.size >= 11, [...recipes].join(' '));
      for (const recipe of recipes) {
        mkdirSync(join(folder, recipe));
        const lines = ['MPY_DIR ?= /path/to/micropython', `MOD = ${recipe}`, `SRC = ${recipe}.c`, 'ARCH ?= x64'];
        writeFileSync(join(folder, recipe, 'Makefile'), `${lines.join('\n')}\ninclude $(MPY_DIR)/py/dynruntime.mk\n`);
      }
      for (const { path, text } of files) writeFileSync(join(folder, path), text);
      t.deepEqual(commands, ['npx natmod test --arch x64']);
      const { exitCode, stdout, stderr } = await run(process.execPath, [natmod, 'test', '--arch', 'x64'], {
        cwd: folder,
        timeoutMs: 240_000,
      });
      t.is(exitCode, 0, `${stdout}\n${stderr}`);
      for (const recipe of recipes) t.regex(stdout, new RegExp(`\\b${recipe} +ok`), stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
