import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';
import { type MpyPart, mergeMpy, readMpy, STATIC_QSTRS, writeMpy } from '../../natmod-rules/package/index.ts';
import { findMicroPythonSource, findMpyCross } from '../../tasks/bootstrap/provide.mjs';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { fileNamed, linkedFiles } from './files.ts';
import { pythonSources, wholeLanguageSource } from './python-sources.ts';
import { Random } from './random.ts';

const folder = mkdtempSync(join(tmpdir(), 'natmod-merge-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const sources = [wholeLanguageSource(1), ...pythonSources(40, 2)];
const LEVELS = [0, 1, 2, 3];

/** Every source at every optimisation level, as [source][level]. */
let compiled: Promise<MpyPart[][]> | undefined;

function compileAll(): Promise<MpyPart[][]> {
  compiled ??= Promise.all(
    sources.map((text, i) => Promise.all(LEVELS.map((level) => compile(`s${i}.O${level}`, text, [`-O${level}`])))),
  );
  return compiled;
}

async function compile(name: string, text: string, options: readonly string[]): Promise<MpyPart> {
  const cross = findMpyCross();
  if ('missing' in cross) throw new Error(cross.missing);
  const output = join(folder, `${name}.mpy`);
  writeFileSync(join(folder, `${name}.py`), text);
  await execa(cross.path, [...options, '-s', `${name}.py`, '-o', output, join(folder, `${name}.py`)]);
  return { name: output, bytes: new Uint8Array(readFileSync(output)) };
}

/** The bytes that the reference makes of each job, or its error. */
async function referenceMerges(mode: 'plain' | 'right', jobs: readonly MpyPart[][]): Promise<(Uint8Array | string)[]> {
  const source = findMicroPythonSource();
  if ('missing' in source) throw new Error(source.missing);
  const script = fileURLToPath(new URL('reference.py', import.meta.url));
  const outputs = mkdtempSync(join(folder, 'merged-'));
  const output = (i: number) => join(outputs, `${i}.mpy`);
  const input = jobs.map((job, i) => JSON.stringify([mode, output(i), ...job.map((part) => onDisk(part))])).join('\n');
  const { stdout } = await execa('python3', [script, join(source.dir, 'tools', 'mpy-tool.py')], { input });
  return stdout.split('\n').map((line, i) => (line === 'ok' ? new Uint8Array(readFileSync(output(i))) : line));
}

function onDisk({ name, bytes }: MpyPart): string {
  if (name.startsWith(folder)) return name;
  const path = join(folder, name.replaceAll('/', '-'));
  writeFileSync(path, bytes);
  return path;
}

const REFERENCE = { source: true, mpyCross: true, tool: 'python3' } as const;

testWith(REFERENCE, 'what mpy-cross makes is written back as it was read', async (t) => {
  for (const { name, bytes } of (await compileAll()).flat()) {
    t.is(Buffer.compare(writeMpy(readMpy(bytes, name)), bytes), 0, name);
  }
});

testWith(REFERENCE, 'merged Python files equal those of the reference tool', async (t) => {
  const files = await compileAll();
  const random = new Random(3);
  const jobs = Array.from({ length: 120 }, (_, i) => {
    const whole = files[0]![i % LEVELS.length]!;
    const rest = Array.from({ length: 1 + random.below(6) }, () => random.pick(random.pick(files)));
    return [whole, ...rest, ...(i % 3 === 0 ? [whole] : [])];
  });
  for (const [i, expected] of (await referenceMerges('right', jobs)).entries()) {
    if (typeof expected === 'string') return t.fail(expected);
    t.is(Buffer.compare(mergeMpy(jobs[i]!), expected), 0, jobs[i]!.map((part) => part.name).join(' '));
  }
});

testWith(REFERENCE, 'native modules with Python parts equal those of the reference tool', async (t) => {
  const files = await compileAll();
  const random = new Random(4);
  const natives = [...linkedFiles(), fileNamed('emitters.x64.mpy'), fileNamed('thumb.armv7m.mpy')];
  const jobs = natives.map((native) => {
    const parts = Array.from({ length: 1 + random.below(4) }, () => random.pick(random.pick(files)));
    parts.splice(random.below(parts.length + 1), 0, native);
    return parts;
  });
  for (const [i, expected] of (await referenceMerges('right', jobs)).entries()) {
    if (typeof expected === 'string') return t.fail(expected);
    t.is(Buffer.compare(mergeMpy(jobs[i]!), expected), 0, jobs[i]!.map((part) => part.name).join(' '));
  }
});

const LEAVES_TRY = `
for i in [0, 1, 2, 3]:
    try:
        if i == 1: continue
        if i == 3: break
    finally:
        print('finally', i)
    print('body', i)
print('done')
`;

testWith(
  { ...REFERENCE, runtime: 'x64' },
  'break and continue inside try work in a later part, where the reference fails',
  async (t) => {
    const part = await compile('leaves', LEAVES_TRY, []);
    const before = await compile('before', 'x = 1\n', []);
    const [reference] = await referenceMerges('plain', [[before, part]]);
    t.regex(String(reference), /KeyError/, 'should the reference be put right one day, this note can go');
    const { stdout } = await runMicroPython('x64', {
      files: { 'm.mpy': mergeMpy([before, part]) },
      script: 'import m',
    });
    t.is(stdout.trim().replaceAll('\r', ''), 'finally 0\nbody 0\nfinally 1\nfinally 2\nbody 2\nfinally 3\ndone');
  },
);

testWith(
  { mpyCross: true, runtime: 'x64' },
  'a merged module does in MicroPython what its sources do one after the other',
  async (t) => {
    const files = await compileAll();
    const random = new Random(5);
    for (let i = 0; i < 12; i++) {
      const picked = [
        i % 2 === 0 ? 0 : random.below(files.length),
        ...Array.from({ length: 1 + random.below(4) }, () => random.below(files.length)),
      ];
      const level = random.pick(LEVELS);
      const bytes = mergeMpy(picked.map((index) => files[index]![level]!));
      const merged = await runMicroPython('x64', { files: { 'm.mpy': bytes }, script: 'import m' });
      const plain = await runMicroPython('x64', { script: picked.map((index) => sources[index]).join('\n') });
      t.is(plain.exitCode, 0, plain.stderr);
      t.is(merged.exitCode, 0, merged.stderr);
      t.is(merged.stdout, plain.stdout, `sources ${picked} with -O${level}`);
    }
  },
);

testWith(REFERENCE, 'the static qstrs are those of the sources, in their order', async (t) => {
  const source = findMicroPythonSource();
  if ('missing' in source) return t.fail();
  const code = 'import json, makeqstrdata; print(json.dumps(makeqstrdata.static_qstr_list))';
  const { stdout } = await execa('python3', ['-c', code], { env: { PYTHONPATH: join(source.dir, 'py') } });
  t.deepEqual(JSON.parse(stdout), [...STATIC_QSTRS]);
});
