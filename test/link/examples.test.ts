import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ARCHES, type ArchName } from '../../natmod-rules/arch/index.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { type CompiledExample, compileExamples, EXAMPLES } from '../support/example-objects.ts';
import { link } from '../support/link.ts';
import { findPyelftools, testWith } from '../support/needs.ts';

/**
 * It cannot link what today's compilers for Xtensa make of MP_QSTR_name: literals that are the qstr table plus an
 * offset.
 */
const QSTR_LITERALS = /^AssertionError: .*mp_native_qstr_table\+0x/;

const SEEDS = 12;

const tree = findMicroPythonSource();
const linker = 'missing' in tree ? '' : readFileSync(join(tree.dir, 'tools/mpy_ld.py'), 'utf8');
/** Older linkers write longer entry jumps and know no memset, so nothing they make can be compared. */
const tooOld = linker !== '' && !linker.includes('asm_jump_abs_word');

/** Links many modules in one process; the answer for each is the error, or an empty line. */
const DRIVER = `
import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
import mpy_ld
for job in json.load(open('jobs.json')):
    sys.argv = ['mpy_ld.py'] + job
    said = io.StringIO()
    error = ''
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            mpy_ld.main()
    except SystemExit:
        error = said.getvalue()
    except Exception as er:
        error = type(er).__name__ + ': ' + str(er)
    print(json.dumps(error))
`;

interface Reference {
  readonly error: string;
  readonly mpy: Buffer | undefined;
}

function linkReferences(arch: ArchName, examples: readonly CompiledExample[], seed = 0): Reference[] {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-reference-'));
  try {
    const jobs = examples.map((example, i) => {
      const { options, config, libraries, externs } = example;
      const dir = join(folder, String(i));
      mkdirSync(dir);
      writeFileSync(join(dir, 'config.h'), config);
      const objects = options.objects.map(({ name, bytes }) => {
        writeFileSync(join(dir, name), bytes);
        return join(dir, name);
      });
      const own = ['--arch', arch, '--qstrs', join(dir, 'config.h'), '-o', join(dir, 'out.mpy')];
      const source = [`--source-name=${options.sourceName}`];
      const linked = [...libraries.map((path) => `-l${path}`), ...externs.flatMap((path) => ['--externs', path])];
      return [...own, ...source, ...linked, ...objects];
    });
    writeFileSync(join(folder, 'jobs.json'), JSON.stringify(jobs));
    const { command } = findPyelftools() as { command: string };
    const tools = join((tree as { dir: string }).dir, 'tools');
    const PYTHONPATH = fileURLToPath(new URL('../support/oracle', import.meta.url));
    const run = spawnSync(command, ['-c', DRIVER, tools], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, PYTHONPATH, PYTHONHASHSEED: String(seed), PYTHONDONTWRITEBYTECODE: '1' },
    });
    const errors = run.stdout.split('\n').filter((line) => line !== '');
    if (errors.length !== examples.length) throw new Error(run.stdout + run.stderr);
    return errors.map((line, i) => {
      const file = join(folder, String(i), 'out.mpy');
      return { error: JSON.parse(line) as string, mpy: existsSync(file) ? readFileSync(file) : undefined };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const { name: arch } of ARCHES) {
  if (linker !== '' && !linker.includes(`"${arch}": ArchData(`)) continue;
  const title = `${arch}: the examples link to what the reference linker makes of them, but for its defects`;
  if (tooOld) {
    test.skip(`${title} [skipped: MicroPython before 1.27 (MPY_DIR may name a later one)]`, (t) => t.pass());
    continue;
  }
  testWith({ compiler: arch, source: true, pyelftools: true, tool: 'make' }, title, async (t) => {
    const examples = await compileExamples(arch, (tree as { dir: string }).dir);
    t.true(examples.length >= EXAMPLES.length - 1);
    const references = linkReferences(arch, examples);
    for (const [i, example] of examples.entries()) {
      const { error, mpy } = references[i]!;
      const own = Buffer.from(link(example.options).mpy);
      if (arch === 'xtensa') t.regex(error, QSTR_LITERALS, example.name);
      else if (mpy !== undefined && !mpy.equals(own) && example.libraries.length > 0) {
        t.true(isOneOfMany(arch, example, own), example.name);
      } else {
        t.is(error, '', example.name);
        t.is(own.toString('hex'), mpy?.toString('hex') ?? '', example.name);
      }
    }
  });
}

/** It pulls the members of libraries in the order of a hash set: what we make is one of the modules it makes. */
function isOneOfMany(arch: ArchName, example: CompiledExample, own: Buffer): boolean {
  for (let seed = 1; seed <= SEEDS; seed++) {
    if (linkReferences(arch, [example], seed)[0]!.mpy?.equals(own) === true) return true;
  }
  return false;
}
