import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ensureCompiled } from '../../tasks/bootstrap/compiled.cjs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { inFolder } from '../make/support/doors.ts';

/** Tells, at the end, which of our own code has read the environment or the command line. */
const SPY = `import { writeSync } from 'node:fs';
const seen = new Set();
const note = (what) => {
  const line = new Error().stack.split('\\n').slice(3).find((one) => !one.includes('node:internal') && !one.includes('spy.mjs'));
  // What others bring reads what it wants, and Node itself looks for this one whenever it loads something.
  if (what !== 'env.WATCH_REPORT_DEPENDENCIES' && line !== undefined && line.includes(PROJECT) && !line.includes('at node_modules/') && !line.replace('/.cache/', '').includes('/node_modules/')) seen.add(what + line);
};
const spyOn = (name) => new Proxy(process[name], {
  get(target, key) { note(name + '.' + String(key)); return Reflect.get(target, key); },
  has(target, key) { note(name + '.' + String(key)); return Reflect.has(target, key); },
  ownKeys(target) { note(name); return Reflect.ownKeys(target); },
});
process.env = spyOn('env');
process.argv = spyOn('argv');
process.on('exit', () => writeSync(1, JSON.stringify([...seen])));
`;

test("import 'natmod' reads neither the environment nor the command line", async (t) => {
  // Compiling the project is no part of it.
  ensureCompiled();
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'spy.mjs'), SPY.replace('PROJECT', JSON.stringify(projectDir)));
    const read = async (rest: string) => {
      const code = `const { buildModules } = await import('natmod'); ${rest}`;
      const args = ['--import', join(folder, 'spy.mjs'), '--input-type=module', '-e', code];
      const { stdout, stderr, exitCode } = await run(process.execPath, args, { cwd: projectDir });
      t.is(exitCode, 0, stderr);
      return JSON.parse(stdout.split('\n').at(-1)!) as string[];
    };
    t.deepEqual(await read(''), []);
    // What is called may, and is seen to.
    const called = await read("await buildModules('no such folder', { cwd: '/' }).catch(() => {})");
    t.true(
      called.some((line) => line.startsWith('argv')),
      called.join('\n'),
    );
  });
});
