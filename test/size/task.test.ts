import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { natmod } from '../../gulpfile.ts';
import { readBudget } from '../../natmod-rules/size/index.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { silentReport } from '../../tasks/report/report.ts';
import { findCommit } from '../../tasks/revision/checkout.ts';
import { findBaseline, OTHERS } from '../../tasks/sizes/baseline.ts';
import { projectDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource, type Rig, withRig } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';

const needs = { compiler: 'armv7m', tool: 'make' } as const;
const IDLE = `volatile mp_int_t seed;
__attribute__((noinline)) static int leaf(int x) { return x * 7 + 3; }
__attribute__((noinline)) int idle(int x) { return leaf(x) ^ x; }
__attribute__((noinline)) static mp_int_t used(mp_int_t x) { return x * 5 + (x >> 1); }
`;
const VALUE = 'mp_obj_new_int(used(seed))';

function write(rig: Rig, name = 'mine', head = IDLE): string {
  const text = makefile('SRC = mod.c');
  const own = text.replace('MOD = mod', `MOD = ${basename(name)}`);
  return rig.module(name, { Makefile: own, 'mod.c': moduleSource(VALUE, head) });
}

function words(rig: Rig, task: string, folder: string, ...more: string[]): string[] {
  return [task, '--arch', 'armv7m', '--module', folder, '--out', rig.out, ...more];
}

testWith(needs, 'gulp size: numbers of every part, symbols, a page and a report', (t) =>
  withRig(async (rig) => {
    const folder = write(rig);
    const run = await rig.gulp(
      words(rig, 'size', folder, '--symbols', '--html', 'a/size.html', '--report', 'a/size.json'),
    );
    t.is(run.status, 0, run.stderr);
    const bytes = readFileSync(join(rig.out, 'armv7m/mine.mpy')).length;
    t.regex(run.stdout, new RegExp(`^mine +armv7m +\\d+ +\\d+ +0 +4 +\\d+ +\\d+ +\\d+ +\\d+ +${bytes}$`, 'm'));
    t.regex(run.stdout, /^ +\d+ +text +mpy_init +mod\.c$/m);
    t.regex(run.stdout, /^ +\d+ +text +used +mod\.c$/m);
    t.notRegex(run.stdout, /text +idle/);
    t.regex(readFileSync(join(rig.dir, 'a/size.html'), 'utf8'), /<h2>mine for armv7m<\/h2>/);
    const { modules } = JSON.parse(readFileSync(join(rig.dir, 'a/size.json'), 'utf8'));
    t.is(modules[0].file, bytes);

    // The report is something to compare with, and so is the folder.
    const longer = IDLE.replace('x * 5', '*more * x * 5');
    write(rig, 'mine', `const char *volatile more = "nothing but a longer text";\n${longer}`);
    const byReport = await rig.natmod(words(rig, 'size', folder, '--diff', 'a/size.json', '--symbols'));
    t.is(byReport.status, 0, byReport.stderr);
    t.regex(byReport.stdout, /\+26 +new → 26 +rodata +"nothing but a longer text" +mod\.c/);
    const kept = join(rig.dir, 'kept');
    mkdirSync(join(kept, 'armv7m'), { recursive: true });
    writeFileSync(join(kept, 'armv7m/mine.mpy'), readFileSync(join(rig.out, 'armv7m/mine.mpy')));
    write(rig);
    const byFolder = await rig.natmod(words(rig, 'size', folder, '--diff', 'kept'));
    t.is(byFolder.status, 0, byFolder.stderr);
    t.regex(byFolder.stdout, new RegExp(`^mine +armv7m .* ${bytes} \\(-\\d+\\)$`, 'm'));
  }),
);

testWith(
  needs,
  'a budget that is passed fails the build, and names the module, the excess and the largest symbols',
  (t) =>
    withRig(async (rig) => {
      const folder = write(rig);
      for (const task of ['build', 'size']) {
        const run = await rig.natmod(words(rig, task, folder, '--budget', '4k,mine=50'));
        t.is(run.status, 1);
        t.regex(
          run.stderr,
          /mine armv7m: error: mine for armv7m has \d+ bytes, \d+ more than its budget of 50\n +largest:\n +\d+ text /,
        );
        t.regex(run.stderr + run.stdout, /over budget: mine \(armv7m\)/);
      }
      t.is((await rig.natmod(words(rig, 'build', folder, '--budget', '4k'))).status, 0);
      const other = await rig.natmod(words(rig, 'build', folder, '--budget', 'mime=50'));
      t.is(other.status, 1);
      t.regex(other.stderr, /--budget names 'mime', and no such module was built\n +did you mean mine\?/);
    }),
);

testWith(
  { ...needs, optionalTool: 'clang' },
  'natmod size --compilers: bytes by other compilers that are here, in builds of their own',
  (t) =>
    withRig(async (rig) => {
      const folder = write(rig);
      const file = join(rig.out, 'armv7m/mine.mpy');
      const run = await rig.natmod(words(rig, 'size', folder, '--compilers'));
      t.is(run.status, 0, run.stderr);
      const module = readFileSync(file);
      const [, own, clang] = /^mine +armv7m +(\d+) +(\d+) .*(?:this build|--cc \w+)$/m.exec(run.stdout) ?? [];
      t.is(Number(own), module.length, run.stdout);
      const other = join(rig.dir, 'by-clang');
      const byClang = await rig.natmod([
        'build',
        '--arch',
        'armv7m',
        '--module',
        folder,
        '--out',
        other,
        '--cc',
        'clang',
      ]);
      t.is(byClang.status, 0, byClang.stderr);
      t.is(Number(clang), readFileSync(join(other, 'armv7m/mine.mpy')).length);
      t.deepEqual(readFileSync(file), module);
    }),
);

testWith(needs, '--keep and --why answer for modules that are up to date, too', (t) =>
  withRig(async (rig) => {
    const folder = write(rig);
    t.is((await rig.natmod(words(rig, 'build', folder))).status, 0);
    const run = await rig.natmod(words(rig, 'build', folder, '--keep', '--why', 'used', '--why', 'idle'));
    t.is(run.status, 0, run.stderr);
    t.regex(run.stdout, /is up to date/);
    t.regex(
      run.stdout,
      /left out, because nothing that mpy_init leads to refers to it: \d+ bytes\n(.*\n)* +\d+ idle \(mod\.c, \.text\.idle\)/,
    );
    t.regex(
      run.stdout,
      /used is in the module:\n +mpy_init +mod\.c.*\n +→ f_obj +mod\.c.*\n +→ f +mod\.c.*\n +→ used +mod\.c/,
    );
    t.regex(run.stdout, /idle \(mod\.c, \.text\.idle, \d+ bytes\) was left out:\n +nothing refers to it/);
    const unknown = await rig.natmod(words(rig, 'build', folder, '--why', 'usde'));
    t.is(unknown.status, 1);
    t.regex(unknown.stderr, /there is no symbol usde; did you mean used\?/);
    const plain = await rig.natmod(words(rig, 'build', folder, '--no-optimize', '--keep', '--why', 'idle'));
    t.is(plain.status, 0, plain.stderr);
    t.regex(plain.stdout, /nothing was left out/);
    t.regex(plain.stdout, /idle is in the module:\n +idle +mod\.c, \.text, in one section with mpy_init/);
  }),
);

testWith(
  { ...needs, tool: ['make', 'git'] },
  'a git revision is built beside and leaves nothing behind, whatever happens',
  (t) =>
    withRig(async (rig) => {
      const git = (...args: string[]) => {
        const own = ['-c', 'user.name=n', '-c', 'user.email=e', '-c', 'init.defaultBranch=main'];
        const { status, stderr } = spawnSync('git', [...own, ...args], { cwd: rig.dir, encoding: 'utf8' });
        t.is(status, 0, stderr);
      };
      const temporary = join(rig.dir, 'temporary');
      mkdirSync(temporary);
      const env = { TMPDIR: temporary, GIT_INDEX_FILE: join(rig.dir, 'nobody') };
      const folder = write(rig);
      const added = write(rig, 'sub/added');
      git('init', '--quiet');
      git('add', 'mine');
      git('commit', '--quiet', '-m', 'first');
      writeFileSync(join(folder, 'mod.c'), 'this is no C');
      git('commit', '--quiet', '-am', 'broken');
      write(rig, 'mine', IDLE.replace('x * 5', 'x * x * x * 5'));
      const both = ['size', '--arch', 'armv7m', '--module', `${folder},${added}`, '--out', rig.out, '--symbols'];
      const run = await rig.natmod([...both, '--diff', 'HEAD~1'], env);
      t.is(run.status, 0, run.stderr);
      t.regex(run.stdout, /^mine +armv7m +\d+ \(\+\d+\)/m);
      t.regex(run.stdout, /^added \(new\) +armv7m/m);
      t.regex(run.stdout, /\+\d+ +\d+ → \d+ +text +used +mod\.c/);
      t.deepEqual(readdirSync(temporary), []);

      const broken = await rig.natmod([...both, '--diff', 'HEAD'], env);
      t.is(broken.status, 1);
      t.regex(broken.stderr, /HEAD: mine armv7m: error: /);
      t.regex(broken.stderr + broken.stdout, /not built at HEAD: mine \(armv7m\)/);
      t.deepEqual(readdirSync(temporary), []);

      for (const revision of ['no-such-thing', '-x', '--all', 'HEAD:mine', '$(touch oops)', '']) {
        const error = await t.throwsAsync(findCommit(revision, [folder], OTHERS));
        t.regex(error.message, /is no folder and no report \(\.json\), and no revision of this repository/);
      }
      t.is((await t.throwsAsync(findCommit('HEAD', ['/'], OTHERS))).message.includes('in no git repository'), true);
      await interrupted([...both, '--diff', 'HEAD~1', '--no-cache'], rig.dir, env);
      t.deepEqual(readdirSync(temporary), []);
      git('diff', '--cached', '--quiet');
    }),
);

/** Ends gulp as Ctrl-C does, once it has begun with the other revision. */
function interrupted(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const command = [join(projectDir, 'node_modules/gulp/bin/gulp.js'), '-f', join(projectDir, 'gulpfile.ts'), ...args];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.includes('for comparison')) child.kill('SIGINT');
    });
    child.on('close', () => resolve());
  });
}

test('what cannot be understood of the options is told by name', async (t) => {
  const cases: [string[], RegExp][] = [
    [['--html', 'size.pdf'], /size\.pdf: the name for --html ends in \.html/],
    [['--report', 'size.txt'], /size\.txt: the name for --report ends in \.xml or \.json/],
    [['--diff'], /option --diff needs a value\n +for example --diff HEAD~1/],
    [['--why='], /option --why needs a value/],
    [['--why', '--keep'], /option --why needs a value/],
  ];
  for (const [options, message] of cases) t.throws(() => parseOptions(options, '/', ['size', 'build']), { message });
  const { budget, why, diff, html } = parseOptions(
    ['--budget', '4k, one=5', '--budget=two=6', '--why', 'f', '--why=g', '--diff=HEAD', '--html', 'a.html'],
    '/there',
  );
  t.throws(() => readBudget(['much']), { message: /--budget 'much' is no size/ });
  t.deepEqual(readBudget(budget), {
    every: 4096,
    named: new Map([
      ['one', 5],
      ['two', 6],
    ]),
  });
  t.deepEqual([why, diff, html], [['f', 'g'], 'HEAD', '/there/a.html']);
  const folder = join(projectDir, 'test', 'size');
  const context = { report: silentReport(), flow: natmod.flow };
  await t.throwsAsync(findBaseline('.', parseOptions([], folder), context, []), {
    message: /no module is in this folder/,
  });
});
