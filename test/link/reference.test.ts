import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ARCHES, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { checkLinks } from '../support/check-links.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { FIXTURE_QSTRS, FIXTURE_SOURCES, type LinkObject } from '../support/link-fixtures.ts';
import { problemsOf } from '../support/link-made.ts';
import { findPyelftools, testWith } from '../support/needs.ts';

/** Where the reference linker is known to fail or to link wrongly; what it says then, or `wrong`. */
const DEFECTS: readonly { readonly arches: RegExp; readonly cases: RegExp; readonly says: RegExp | 'wrong' }[] = [
  { arches: /^xtensa/, cases: /^(qstr_offsets|types|memory)$/, says: /AssertionError/ },
  { arches: /^xtensa/, cases: /^two_files$/, says: 'wrong' },
];

const sources = fileURLToPath(FIXTURE_SOURCES);
const cases = readdirSync(sources, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** Older linkers write longer entry jumps and know no memset, so nothing they make can be compared. */
const tooOld = referenceSource()?.includes('asm_jump_abs_word') === false;

for (const { name: arch } of ARCHES.filter((arch) => isKnownToReference(arch.name))) {
  for (const name of cases) {
    const defect = DEFECTS.find((d) => d.arches.test(arch) && d.cases.test(name));
    const needed = { compiler: arch, source: true, pyelftools: true } as const;
    if (tooOld) {
      test.skip(`${arch}: ${name} as the reference linker has it [skipped: the linker of this MicroPython tree is too old; MPY_DIR may name a later one]`, (t) =>
        t.pass());
      continue;
    }
    if (defect !== undefined) {
      testWith(needed, `${arch}: ${name}, which the reference linker does not manage, is right`, (t) => {
        const objects = compileCase(arch, name);
        const { result, links } = linkOwn(arch, name, objects);
        t.deepEqual(links.wrong, []);
        const reference = linkReference(arch, name, objects);
        if (defect.says === 'wrong') t.notDeepEqual(reference.mpy, Buffer.from(result.mpy));
        else t.regex(reference.stderr, defect.says);
      });
    } else if (arch === 'armv6m' && name === 'switches') {
      testWith(needed, `${arch}: ${name} lacks the same symbol with both linkers`, (t) => {
        const objects = compileCase(arch, name);
        t.regex(linkReference(arch, name, objects).stderr, /undefined symbol: __gnu_thumb1_case_uqi/);
        t.deepEqual(
          problemsOf(() => linkOwn(arch, name, objects)).map((p) => p.where?.symbol),
          ['__gnu_thumb1_case_uqi'],
        );
      });
    } else {
      testWith(needed, `${arch}: ${name}, compiled here, links to what the reference linker makes of it`, (t) => {
        const objects = compileCase(arch, name);
        const { result, links } = linkOwn(arch, name, objects);
        t.deepEqual(links.wrong, []);
        const reference = linkReference(arch, name, objects);
        t.is(reference.stderr, '');
        t.is(Buffer.from(result.mpy).toString('hex'), reference.mpy!.toString('hex'));
      });
    }
  }
}

function isKnownToReference(arch: ArchName): boolean {
  return referenceSource()?.includes(`"${arch}": ArchData(`) ?? true;
}

function referenceSource(): string | undefined {
  const source = findMicroPythonSource();
  return 'missing' in source ? undefined : readFileSync(join(source.dir, 'tools', 'mpy_ld.py'), 'utf8');
}

function compileCase(arch: ArchName, name: string): LinkObject[] {
  const files = readdirSync(join(sources, name)).sort();
  const texts = Object.fromEntries(files.map((file) => [file, readFileSync(join(sources, name, file), 'utf8')]));
  // They include ../fixture.h.
  const moved = Object.fromEntries(Object.entries(texts).map(([file, text]) => [`case/${file}`, text]));
  const headers = { 'fixture.h': readFileSync(join(sources, 'fixture.h'), 'utf8') };
  return compile(arch, moved, { headers }).map((o) => ({ ...o, name: o.name.replace('case/', '') }));
}

function linkOwn(arch: ArchName, name: string, objects: readonly LinkObject[]) {
  const options = { arch: archByName(arch), objects, qstrs: FIXTURE_QSTRS, sourceName: `${name}.mpy` };
  const result = link(options);
  return { result, links: checkLinks(options.arch, objects, result) };
}

function linkReference(arch: ArchName, name: string, objects: readonly LinkObject[]) {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-reference-'));
  try {
    for (const { name: file, bytes } of objects) writeFileSync(join(folder, file), bytes);
    const { dir } = findMicroPythonSource() as { dir: string };
    const { command } = findPyelftools() as { command: string };
    const script = join(dir, 'tools', 'mpy_ld.py');
    const own = ['--arch', arch, '--qstrs', join(sources, 'qstrs.h'), '-o', `${name}.mpy`];
    const PYTHONPATH = fileURLToPath(new URL('../support/oracle', import.meta.url));
    const { stderr, stdout } = spawnSync(command, [script, ...own, ...objects.map((o) => o.name)], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH, PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1' },
    });
    const output = join(folder, `${name}.mpy`);
    return {
      stderr: stderr + (/LinkError/.test(stdout) ? stdout : ''),
      mpy: existsSync(output) ? readFileSync(output) : undefined,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
