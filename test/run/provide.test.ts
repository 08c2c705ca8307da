import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inFolder, install, runNatmod } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';

testWith(
  { compiler: 'x64', tool: 'make' },
  'what runs modules is got where it is missing; in CI and offline the command that gets it is named',
  (t) =>
    inFolder(async (dir) => {
      await runNatmod(dir, ['init', 'mod']);
      const module = join(dir, 'mod');
      install(module);
      // An apt without a network, in front of the real one.
      const programs = join(dir, 'programs');
      mkdirSync(programs);
      writeFileSync(join(programs, 'apt-get'), '#!/bin/sh\necho "E: no network" >&2\nexit 100\n', { mode: 0o755 });
      writeFileSync(join(programs, 'micropython'), '#!/bin/sh\n', { mode: 0o755 });
      const PATH = `${programs}${delimiter}${process.env.PATH}`;
      const env = { PATH, NATMOD_CACHE: join(dir, 'cache'), NATMOD_OFFLINE: '', CI: '' };
      const command = /nothing runs x64 modules here: .*\n.*`natmod runtimes --add x64` gets one/;
      const tried = /nothing runs x64 modules here yet, so that is got first|getting MicroPython for x64/;

      const online = await runNatmod(module, ['run', '--arch', 'x64'], env);
      t.is(online.exitCode, 1);
      t.regex(online.stdout + online.stderr, tried);
      t.regex(online.stdout + online.stderr, /x64: apt-get update failed: no network/);
      t.regex(online.stderr, command);

      const json = await runNatmod(module, ['test', '--arch', 'x64', '--log', 'json'], env);
      t.is(json.exitCode, 1);
      for (const line of json.stdout.trim().split('\n')) t.notThrows(() => JSON.parse(line), line);
      t.regex(json.stdout + json.stderr, tried);

      for (const [words, more] of [
        [['--offline'], {}],
        [[], { CI: 'true' }],
      ] as const) {
        for (const task of ['run', 'repl']) {
          const { exitCode, stdout, stderr } = await runNatmod(module, [task, '--arch', 'x64', ...words], {
            ...env,
            ...more,
          });
          t.is(exitCode, 1);
          t.notRegex(stdout + stderr, tried, task);
          t.regex(stderr, command, task);
        }
        const tests = await runNatmod(module, ['test', '--arch', 'x64', ...words], { ...env, ...more });
        t.is(tests.exitCode, 1);
        t.notRegex(tests.stdout + tests.stderr, tried);
        t.regex(tests.stdout + tests.stderr, /natmod runtimes --add x64/);
      }
    }),
);
