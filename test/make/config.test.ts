import test, { type ExecutionContext } from 'ava';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { checkConfig, configFor } from '../../tasks/modules/config.ts';
import { loadConfig } from '../../tasks/modules/load-config.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { bytesOf, existsSync, inFolder, join, runMake, runNatmod, writeFiles } from './support/doors.ts';

function messages(value: unknown): string[] {
  try {
    checkConfig(value, 'natmod.config.ts');
    return [];
  } catch (error) {
    if (error instanceof NatmodError) return error.problems.map(({ message, hint }) => `${message}${hint ?? ''}`);
    throw error;
  }
}

const good = { name: 'mod', sources: ['mod.c'] };

test('a config is checked field by field, and everything wrong is told at once', (t) => {
  t.deepEqual(messages(good), []);
  t.deepEqual(messages({ ...good, arch: ['x64', 'armv7m'], architectures: { x64: { flags: ['-O2'] } } }), []);
  t.regex(messages(undefined)[0]!, /describes no module.*defineModule/);
  t.regex(messages([good])[0]!, /describes no module/);
  t.deepEqual(messages({}), ['name is missing', 'sources is missing']);
  t.regex(messages({ ...good, source: [] })[0]!, /no field source.*did you mean sources/);
  t.regex(messages({ ...good, sources: 'mod.c' })[0]!, /sources must be a list of texts/);
  t.regex(messages({ ...good, flags: [1] })[0]!, /flags must be a list of texts/);
  t.regex(messages({ ...good, arch: 'z80' })[0]!, /unknown architecture 'z80'; known are x86/);
  t.regex(messages({ ...good, floatImpl: 'half' })[0]!, /'none', 'float' or 'double'/);
  t.regex(messages({ ...good, architectures: { z80: {} } })[0]!, /architectures\.z80 is no architecture/);
  t.regex(messages({ ...good, architectures: { x64: { name: 'x' } } })[0]!, /no field architectures\.x64\.name/);
  t.regex(messages({ ...good, name: 'my-mod' })[0]!, /no Python identifier/);
  t.regex(messages({ ...good, sources: ['x.rs'] })[0]!, /unknown extension/);
  t.is(messages({ ...good, flags: 1, cc: 2, linkRuntime: 3 }).length, 3);
});

test('lists of an architecture are added, and other values replace', (t) => {
  const config = checkConfig(
    {
      ...good,
      flags: ['-DA'],
      floatImpl: 'float',
      architectures: { x64: { flags: ['-DB'], floatImpl: 'none', sources: ['x.S', 'mod.c'] } },
    },
    'f',
  );
  const { flags, floatImpl, sources, name } = configFor(config, 'x64');
  t.deepEqual(
    { flags, floatImpl, sources, name },
    { flags: ['-DA', '-DB'], floatImpl: 'none', sources: ['mod.c', 'x.S'], name: 'mod' },
  );
  t.is(configFor(config, 'armv7m').floatImpl, 'float');
});

function load(t: ExecutionContext, name: string, text: string, message?: RegExp): Promise<void> {
  return inFolder(async (dir) => {
    writeFiles(dir, { [name]: text, 'shared.ts': 'export const flags: string[] = ["-DX"];\n' });
    if (message === undefined) {
      t.is((await loadConfig(join(dir, name))).name, 'mod');
      return;
    }
    const error = await t.throwsAsync(loadConfig(join(dir, name)), { instanceOf: NatmodError });
    t.regex(error?.message ?? '', message);
  });
}

const body = `{ name: 'mod', sources: ['mod.c'] }`;

test('configs are TypeScript or JavaScript, and may import', async (t) => {
  await load(t, 'natmod.config.ts', `import { defineModule } from 'natmod';\nexport default defineModule(${body});\n`);
  await load(t, 'natmod.config.mjs', `export default ${body};\n`);
  await load(
    t,
    'natmod.config.ts',
    `import { flags } from './shared.ts';\nimport { cpus } from 'node:os';\nexport default { ...${body}, flags: [...flags, String(cpus().length)] } as const;\n`,
  );
});

test('what is wrong with a config file is said with its place', async (t) => {
  await load(t, 'natmod.config.ts', 'export default {\n', /natmod\.config\.ts:2: .*(Expected|Unexpected)/);
  await load(t, 'natmod.config.ts', `export const a = ${body};\n`, /there is no default export/);
  await load(
    t,
    'natmod.config.ts',
    `throw new Error('not today');\nexport default ${body};\n`,
    /cannot be run: Error: not today/,
  );
  await load(
    t,
    'natmod.config.ts',
    `import './missing.ts';\nexport default ${body};\n`,
    /Could not resolve "\.\/missing\.ts"/,
  );
  await load(
    t,
    'natmod.config.ts',
    `import 'no-such-package';\nexport default ${body};\n`,
    /cannot be run: .*no-such-package/,
  );
});

testWith(
  { compiler: ['x64', 'armv7m'], tool: 'make' },
  'a config and a Makefile that say the same make the same bytes',
  (t) =>
    inFolder(async (dir) => {
      const sources = {
        'mod.c': moduleSource('mp_obj_new_int(A + LOCAL + other())', '#include "local.h"\nint other(void);'),
        'inc/local.h': '#define LOCAL 20\n',
        'sub/other.c': 'int other(void) { return EXTRA; }\n',
        'part.py': 'part = 5\n',
      };
      const config = `import { defineModule } from 'natmod';
export default defineModule({
  name: 'mod',
  sources: ['mod.c', 'sub/other.c', 'part.py'],
  arch: 'x64',
  includeFolders: ['inc'],
  flags: ['-DA=1'],
  architectures: { x64: { flags: ['-DEXTRA=300'] }, armv7m: { flags: ['-DEXTRA=400'] } },
});
`;
      const own = writeFiles(join(dir, 'config'), { ...sources, 'natmod.config.ts': config });
      const flags = 'CFLAGS_EXTRA = -Iinc -DA=1 -DEXTRA=$(if $(filter x64,$(ARCH)),3,4)00';
      const other = writeFiles(join(dir, 'make'), {
        ...sources,
        Makefile: makefile(`SRC = mod.c sub/other.c part.py\n${flags}`),
      });
      const run = await runNatmod(own, ['build', '--no-optimize']);
      t.is(run.exitCode, 0, run.stdout + run.stderr);
      t.is((await runMake(other, ['ARCH=x64'])).exitCode, 0);
      const bytes = bytesOf(join(own, 'mod.mpy'));
      t.true(bytes.equals(bytesOf(join(other, 'mod.mpy'))));
      t.is((await runNatmod(own, ['build', '--no-optimize', '--arch', 'armv7m'])).exitCode, 0);
      t.is((await runMake(other, ['ARCH=armv7m'])).exitCode, 0);
      t.true(bytesOf(join(own, 'mod.mpy')).equals(bytesOf(join(other, 'mod.mpy'))));
      if ('missing' in findRuntime('x64')) return;
      const script = 'import mod\nprint(mod.f(), mod.part)';
      t.is((await runMicroPython('x64', { files: { 'mod.mpy': bytes }, script })).stdout.trim(), '321 5');
    }),
);

testWith({ compiler: 'x64' }, 'nothing is left beside a config', (t) =>
  inFolder(async (dir) => {
    writeFiles(dir, {
      'mod.c': moduleSource(),
      'natmod.config.mjs': `import 'no-such-package';\nexport default ${body};\n`,
    });
    const run = await runNatmod(dir, ['build', '--arch', 'x64']);
    t.is(run.exitCode, 1);
    t.false(existsSync(join(dir, 'mod.mpy')));
    const { readdirSync } = await import('node:fs');
    t.deepEqual(readdirSync(dir).sort(), ['mod.c', 'natmod.config.mjs']);
  }),
);
