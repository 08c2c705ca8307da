import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { readMpy } from '../../natmod-rules/package/index.ts';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { existsSync, inFolder, install, join, plainEnvironment, writeFiles } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';

const bin = join(projectDir, 'node_modules', 'gulp', 'bin', 'gulp.js');

/** The gulpfile that the page shows. */
function gulpfile(): string {
  const page = readFileSync(join(projectDir, 'docs', 'stages.md'), 'utf8');
  return /^```js\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
}

testWith({ compiler: 'x64' }, 'the gulpfile of docs/stages.md makes a module, and watches it', (t) =>
  inFolder(async (dir) => {
    const files = { 'gulpfile.mjs': gulpfile(), 'mod.c': moduleSource('mp_obj_new_int(LIMIT)'), 'README.md': 'text' };
    writeFiles(dir, { ...files, 'part.py': 'x = 1\n' });
    install(dir);
    const result = await run(process.execPath, [bin], { cwd: dir, timeoutMs: 120_000, env: plainEnvironment() });
    t.is(result.exitCode, 0, result.stdout + result.stderr);
    const module = join(dir, 'dist', 'mymodule.mpy');
    const bytes = readFileSync(module);
    t.is(readMpy(bytes, 'mymodule.mpy').header.archNumber, 2);
    t.true(existsSync(join(dir, 'dist', 'README.md')));
    await watches(t, dir, () => !readFileSync(module).equals(bytes));
  }),
);

async function watches(t: ExecutionContext, dir: string, isNew: () => boolean): Promise<void> {
  const child = spawn(process.execPath, [bin, 'watch'], { cwd: dir, env: plainEnvironment() });
  try {
    let said = '';
    const write = () => writeFiles(dir, { 'mod.c': moduleSource('mp_obj_new_int(LIMIT + 7000)') });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    for (let tries = 0; tries < 600 && !isNew(); tries++) {
      // A change that comes before gulp watches is not noticed, so it is made until it is.
      if (said.includes("Starting 'watch'") && tries % 20 === 0) write();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    t.true(isNew(), said);
  } finally {
    child.kill();
  }
}
