import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { runStep } from '../ci/workflow.ts';
import { inFolder, install, plainEnvironment, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';
import { readPage } from './read-doc.ts';

const commandsOf = (page: string) => readPage(readFileSync(join(projectDir, 'docs', page), 'utf8')).commands;

/** What executes the commands of the other pages. */
const ELSEWHERE = ['ci.md', 'cookbook.md'];

test('every page with commands is one whose commands a test executes', (t) => {
  const pages = readdirSync(join(projectDir, 'docs')).filter((name) => name.endsWith('.md'));
  const withCommands = pages.filter((page) => commandsOf(page).length > 0);
  t.deepEqual(withCommands.sort(), [...ELSEWHERE, 'guide.md', 'measuring.md'].sort());
});

/** Runs a body beside the new modules `mymodule`, `first` and `second`, with a shell in the first. */
async function inModule(
  t: ExecutionContext,
  body: (module: string, shell: (command: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  await inFolder(async (dir) => {
    for (const name of ['mymodule', 'first', 'second']) {
      t.is((await runNatmod(dir, ['init', name])).exitCode, 0);
      install(join(dir, name));
    }
    const programs = join(dir, 'programs');
    mkdirSync(programs);
    const npx = `#!/bin/sh\nname=$1\nshift\nexec '${process.execPath}' "${join(projectDir, 'bin')}/$name.cjs" "$@"\n`;
    writeFileSync(join(programs, 'npx'), npx, { mode: 0o755 });
    const tree = findMicroPythonSource();
    const MPY_DIR = 'dir' in tree ? tree.dir : undefined;
    const env = { ...plainEnvironment(), PATH: `${programs}${delimiter}${process.env.PATH}` };
    const module = join(dir, 'mymodule');
    await body(module, async (command) => {
      const { exitCode, stdout, stderr } = await runStep(command, module, {
        ...env,
        // MicroPython's own rules are needed by the tools that stand in for its own, and by nothing else.
        ...(command.includes('MPY_LD=') ? { MPY_DIR } : {}),
      });
      t.is(exitCode, 0, `${command}\n${stdout}\n${stderr}`);
    });
  }, 'natmod-docs-');
}

testWith(
  { compiler: ['x64', 'armv7m'], tool: ['make', 'bash'], source: true },
  "the user guide's commands do what they are there for",
  (t) =>
    inModule(t, async (module, shell) => {
      const commands = commandsOf('guide.md');
      t.true(commands.length >= 5);
      for (const command of commands) {
        if (command.startsWith('make')) rmSync(join(module, 'build-armv7m'), { recursive: true, force: true });
        await shell(command);
        const isBuilt = existsSync(join(module, 'mymodule.mpy'));
        if (/ clean$/.test(command)) t.false(isBuilt, command);
        else if (command.includes('--module')) t.true(existsSync(join(module, '../first/build-x64/first.mpy')));
        else t.true(isBuilt, command);
        rmSync(join(module, 'mymodule.mpy'), { force: true });
      }
    }),
);

testWith(
  { compiler: 'armv7m', tool: ['make', 'bash', 'git'] },
  'the commands of the page about sizes compare with what it says',
  (t) =>
    inModule(t, async (module, shell) => {
      const git = 'git -c user.name=A -c user.email=a@example.org';
      await shell(`git init --quiet && git add . && ${git} commit --quiet --message first`);
      const source = join(module, 'mymodule.c');
      writeFileSync(source, readFileSync(source, 'utf8').replace('(a) +', '(a) + 1000 +'));
      await shell(`${git} commit --quiet --all --message second && npx natmod package --arch armv7m`);
      const commands = commandsOf('measuring.md');
      t.true(commands.length >= 9);
      for (const command of commands) await shell(command);
      t.true(existsSync(join(module, 'size.html')) && existsSync(join(module, 'before.json')));
    }),
);
