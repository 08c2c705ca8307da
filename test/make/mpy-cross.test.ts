/** natmod as the mpy-cross of natmod, under names that do not tell. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { readMpy } from '../../natmod-rules/package/index.ts';
import { makefile } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { bytesOf, inFolder, join, natmod, runMake, runNatmod, writeFiles } from './support/doors.ts';

const PYTHON = { 'part.py': 'x = 6 * 7\n', Makefile: makefile('SRC = part.py') };

/** A script that notes each start; more than a few would be without end. */
function writeWrapper(dir: string): string {
  const path = join(dir, 'wrapper');
  const text = [
    '#!/bin/sh',
    `echo started >>'${join(dir, 'starts')}'`,
    `[ "$(wc -l <'${join(dir, 'starts')}')" -lt 6 ] || exit 1`,
    `exec '${process.execPath}' '${natmod}' mpy-cross "$@"`,
  ];
  writeFileSync(path, `${text.join('\n')}\n`, { mode: 0o755 });
  return path;
}

const starts = (dir: string) => readFileSync(join(dir, 'starts'), 'utf8').trim().split('\n').length;

testWith({ tool: 'make' }, 'natmod that is its own mpy-cross by name, by a script or by a link compiles once', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, PYTHON);
    const wrapper = writeWrapper(dir);
    mkdirSync(join(dir, 'bin'));
    symlinkSync(wrapper, join(dir, 'bin', 'mpy-cross'));
    const PATH = `${join(dir, 'bin')}${delimiter}${process.env.PATH}`;
    const words = ['mpy-cross', '-march=x64', '-o', 'part.mpy', 'part.py'];
    const own = `"${process.execPath}" "${natmod}" mpy-cross`;
    const rounds: [string, NodeJS.ProcessEnv, limit: number][] = [
      ['a script', { MPY_CROSS: `"${wrapper}"` }, 1],
      ['a link on PATH', { PATH }, 1],
      ['both', { MPY_CROSS: `"${wrapper}"`, PATH }, 2],
      ['its own name', { MPY_CROSS: own, PATH }, 1],
    ];
    for (const [title, env, limit] of rounds) {
      writeFileSync(join(dir, 'starts'), '');
      const { exitCode, stderr } = await runNatmod(dir, words, env);
      t.is(exitCode, 0, `${title}: ${stderr}`);
      t.true(starts(dir) <= limit, title);
      t.notThrows(() => readMpy(bytesOf(join(dir, 'part.mpy')), 'part.mpy'));
    }
    writeFileSync(join(dir, 'starts'), '');
    const built = await runNatmod(dir, ['build', '--arch', 'x64', '--no-cache'], { MPY_CROSS: `"${wrapper}"`, PATH });
    t.is(built.exitCode, 0, built.stderr);
    t.is(starts(dir), 2);
    writeFileSync(join(dir, 'starts'), '');
    const made = await runMake(dir, ['ARCH=x64', `MPY_CROSS="${wrapper}"`], { PATH });
    t.is(made.exitCode, 0, made.stdout + made.stderr);
    t.true(starts(dir) <= 3);
  }),
);
