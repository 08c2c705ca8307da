import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testInTurn } from './support/in-turn.ts';
import { withRig, writeModule } from './support/rig.ts';

const tree = findMicroPythonSource() as { readonly dir: string };

/** A folder with links to all that is in another, but for some names. */
function linkAll(from: string, to: string, without: readonly string[]): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (!without.includes(name)) symlinkSync(join(from, name), join(to, name));
}

testInTurn(
  { compiler: 'x64', tool: 'make', source: true },
  "MicroPython's mathematical functions count by their content, and one that did not compile is tried again",
  (t) =>
    withRig(async (rig) => {
      const copy = join(rig.dir, 'tree');
      linkAll(tree.dir, copy, ['lib']);
      linkAll(join(tree.dir, 'lib'), join(copy, 'lib'), ['libm', 'libm_dbl']);
      for (const name of ['libm', 'libm_dbl'])
        cpSync(join(tree.dir, 'lib', name), join(copy, 'lib', name), { recursive: true });
      rig.write('m/Makefile', makefile('SRC = mod.c\nLINK_RUNTIME = 1'));
      rig.write(
        'm/mod.c',
        moduleSource('mp_obj_new_int((int)sin(angle))', 'double sin(double); static volatile double angle = 7;'),
      );
      const args = ['--arch=x64', `--mpy-dir=${copy}`];
      const build = async () => {
        const { failed, built, output, notes } = await rig.build(['m'], ...args);
        const said = failed[0]?.problems[0]?.message;
        return {
          said: said === undefined ? '' : `${said}\n${output}${notes.join('\n')}`,
          upToDate: built[0]?.upToDate,
        };
      };
      const sine = rig.read('tree/lib/libm_dbl/sin.c').toString();
      t.is((await build()).said, '');
      const right = rig.read('out/x64/mod.mpy');
      await rig.isRight(t, 'm', ...args);
      t.true((await build()).upToDate);
      rig.write('tree/lib/libm_dbl/sin.c', 'double sin(double x) { return x * 42; }\n');
      t.is((await build()).said, '');
      t.notDeepEqual(rig.read('out/x64/mod.mpy'), right);
      await rig.isRight(t, 'm', ...args);
      rig.write('tree/lib/libm_dbl/sin.c', '#error for once\n');
      const { said } = await build();
      t.regex(said, /undefined symbol 'sin'/);
      t.regex(said, /^x64: .*sin\.c is left out, as it does not compile: error: #error for once$/m);
      rig.write('tree/lib/libm_dbl/sin.c', sine);
      t.is((await build()).said, '');
      t.deepEqual(rig.read('out/x64/mod.mpy'), right);
    }),
);

testInTurn({ compiler: 'armv7m', tool: 'make' }, 'results of other code of natmod are not used', (t) =>
  withRig(async (rig) => {
    writeModule(rig);
    const clone = join(rig.dir, 'clone');
    mkdirSync(clone);
    for (const name of ['bin', 'tasks', 'natmod-rules', 'gulpfile.ts', 'package.json', '.gulp.mjs'])
      cpSync(join(projectDir, name), join(clone, name), { recursive: true });
    // What is compiled of the clone is kept in there.
    linkAll(join(projectDir, 'node_modules'), join(clone, 'node_modules'), ['.cache']);
    const build = () => {
      const { words, env } = rig.command(['m'], '--explain');
      const natmod = join(clone, 'bin/natmod.cjs');
      return execFileSync(process.execPath, [natmod, ...words], { env, cwd: rig.dir, encoding: 'utf8', stdio: 'pipe' });
    };
    t.regex(build(), /compile two\.c: nothing is known/);
    t.regex(build(), /up to date/);
    // Not even when size and time stay the same.
    const edits = [
      ['tasks/report/describe-link.ts', 'ESP8266', 'ESP8265'],
      ['tasks/make/goals.ts', 'MAX_GOALS = 40', 'MAX_GOALS = 41'],
    ] as const;
    for (const [file, before, after] of edits) {
      const path = join(clone, file);
      const { atime, mtime } = statSync(path);
      writeFileSync(path, readFileSync(path, 'utf8').replace(before, after));
      utimesSync(path, atime, mtime);
      t.regex(build(), /compile two\.c: nothing is known/, file);
      t.regex(build(), /up to date/, file);
    }
  }),
);
