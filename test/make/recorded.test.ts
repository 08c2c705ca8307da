import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { lacksDynruntime, lostDynruntime, refusesArch, wantsArch } from '../../tasks/make/messages.ts';
import { readMakeRules } from '../../tasks/make/rules.ts';
import { readProbe } from '../../tasks/make/variables.ts';

/** Each was run on the Makefile in recorded/record.sh. */
const VERSIONS = ['3.81', '4.3', '4.4.1'];

function recorded(version: string, name: string): string {
  return readFileSync(join(fileURLToPath(new URL('recorded', import.meta.url)), version, name), 'utf8');
}

for (const version of VERSIONS) {
  test(`make ${version}: what it knows of files is read`, (t) => {
    const answer = recorded(version, 'answer.txt');
    const { rules, patterns, variables, variablePatterns, vpath, vpaths } = readMakeRules(answer);
    const none = { prerequisites: [], orderOnly: [], recipeFile: undefined, recipe: '' };
    const plain = { ...none, hasVariables: false, phony: false };
    t.deepEqual(rules.get('build/a.o'), {
      ...plain,
      target: 'build/a.o',
      prerequisites: ['a.c', 'gen.h'],
      orderOnly: ['build'],
      recipeFile: 'Makefile',
      recipe: '\tgcc $(CFLAGS) -c $<',
    });
    t.like(rules.get('build/b.o'), { prerequisites: ['b.c'], hasVariables: true, recipeFile: 'Makefile' });
    t.deepEqual(rules.get('a.c'), { ...plain, target: 'a.c' });
    t.deepEqual(rules.get('clean'), {
      ...plain,
      target: 'clean',
      recipeFile: 'Makefile',
      recipe: '\trm -rf $(BUILD)',
      phony: true,
    });
    t.false(rules.get('natmod-probe')!.hasVariables, 'those that make sets by itself are none');
    const recipe = { recipeFile: 'Makefile', recipe: '\tyacc $<' };
    t.deepEqual(patterns, [
      { target: '%.c', ...recipe },
      { target: '%.h', ...recipe },
    ]);
    t.deepEqual(variablePatterns, ['build/o%.o']);
    t.is(variables.get('CFLAGS'), '-Os $(MORE)');
    t.is(variables.get('LINES'), 'one\ntwo');
    t.deepEqual([vpath, vpaths], [['src', 'lib'], [{ pattern: '%.y', folders: ['src'] }]]);
  });

  test(`make ${version}: the values of variables are read`, (t) => {
    const found = readProbe(recorded(version, 'answer.txt'), 'mark');
    t.deepEqual(found?.get('CFLAGS'), { value: '-Os -DX=1', origin: 'file' });
    t.deepEqual(found?.get('LINES'), { value: 'one\ntwo', origin: 'file' });
    t.deepEqual(found?.get('MAKEFILE_LIST'), { value: 'Makefile probe.mk', origin: 'file' });
    t.is(found?.get('UNKNOWN')?.origin, 'undefined');
  });

  test(`make ${version}: what is missing is told by its messages`, (t) => {
    t.deepEqual(
      ['lost', 'unset', 'arch', 'rule'].map((name) => {
        const errors = recorded(version, `${name}.txt`);
        return [lacksDynruntime(errors), lostDynruntime(errors), wantsArch(errors), refusesArch(errors)];
      }),
      [
        [true, 'x/py/dynruntime.mk', false, false],
        [true, '/py/dynruntime.mk', false, false],
        [false, undefined, true, true],
        [false, undefined, false, false],
      ],
    );
  });
}
