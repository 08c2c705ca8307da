import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { debugFile } from '../../natmod-rules/debug/index.ts';
import { moduleSource } from '../flow/support/rig.ts';
import { buildModule, run } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';
import { binutil, runSilently } from './support/listing.ts';

const HELPER = 'int twice(int x) {\n  return x + x;\n}\nint unused(int x) { return twice(x) * 3; }\n';
const MAIN = moduleSource('mp_obj_new_int(twice(21))', 'int twice(int x);\n');

/** The ELF file of a small module, and what a reader makes of it. */
function elfOf(arch: ArchName, flags: readonly string[], body: (elf: string, notes: readonly string[]) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-elf-'));
  try {
    const result = buildModule(arch, 'mod', { 'mod.c': MAIN, 'helper.c': HELPER }, { compact: true, flags });
    const { elf, notes } = debugFile(result.image, result.mpy);
    const file = join(folder, 'mod.elf');
    writeFileSync(file, elf);
    body(file, notes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lineOf(arch: ArchName, elf: string, name: string): string {
  const row = new RegExp(`^([0-9a-f]+) . ${name}$`, 'm').exec(runSilently(binutil(arch, 'nm'), [elf]));
  return runSilently(binutil(arch, 'addr2line'), ['-s', '-e', elf, row?.[1] ?? 'missing']).trim();
}

testWith(
  { compiler: 'x64', tool: 'readelf' },
  'compressed debug sections are read, and code that went leaves no lines',
  (t) => {
    for (const flags of [['-g', '-gz=zlib'], ['-g', '-gdwarf-4'], ['-g', '-gdwarf-5'], ['-g3']]) {
      elfOf('x64', flags, (elf, notes) => {
        t.deepEqual(notes, []);
        t.regex(lineOf('x64', elf, 'twice'), /^helper\.c:[12]$/);
        const lines = runSilently('readelf', ['--debug-dump=decodedline', elf]);
        t.regex(lines, /helper\.c\s+2\s/);
        t.notRegex(lines, /helper\.c\s+4\s/, 'unused() is not in the module');
        runSilently('readelf', ['-aW', '--debug-dump', elf]);
      });
    }
  },
);

testWith(
  { compiler: 'x64' },
  'functions that were kept once have both names, and the lines of the one that is there',
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'natmod-elf-'));
    try {
      const same = 'int NAME(int x) {\n  return x * x + 7;\n}\n';
      const files = { 'one.c': same.replace('NAME', 'one'), 'two.c': `\n\n\n${same.replace('NAME', 'two')}` };
      const source = moduleSource('mp_obj_new_int(one(2) + two(3))', 'int one(int x);\nint two(int x);\n');
      const { image, mpy } = buildModule('x64', 'mod', { 'mod.c': source, ...files }, { compact: true, flags: ['-g'] });
      const elf = join(folder, 'mod.elf');
      writeFileSync(elf, debugFile(image, mpy).elf);
      const lines = new Set(['one', 'two'].map((name) => lineOf('x64', elf, name)));
      t.deepEqual(lines.size, 1);
      t.regex([...lines].join(), /^(one\.c:[12]|two\.c:[45])$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

testWith({ compiler: 'x64' }, 'with -gsplit-dwarf the ELF file has lines, and it is said where the rest is', (t) => {
  elfOf('x64', ['-g', '-gsplit-dwarf'], (elf, notes) => {
    t.regex(notes.join(), /-gsplit-dwarf/);
    t.regex(run('readelf', ['--debug-dump=decodedline', elf]), /helper\.c\s+2\s/);
  });
});

testWith({ compiler: 'x64' }, 'objects without debug information keep their symbols', (t) => {
  elfOf('x64', ['-g0'], (elf, notes) => {
    t.deepEqual(notes, []);
    t.is(lineOf('x64', elf, 'twice'), '??:?');
  });
});

testWith({ compiler: 'x64' }, 'damaged debug information is left out, and nothing crashes', (t) => {
  const { image, mpy } = buildModule('x64', 'mod', { 'mod.c': MAIN, 'helper.c': HELPER }, { flags: ['-g'] });
  let left = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const objects = image.before.objects.map((object) => ({
      ...object,
      sections: object.sections.map((section) =>
        section.name.includes('debug_')
          ? { ...section, data: damaged(section.data, seed * 31 + section.index) }
          : section,
      ),
    }));
    const chunks = image.before.program.chunks.map((chunk) => {
      const index = image.before.objects.indexOf(chunk.from!);
      return index < 0 ? chunk : { ...chunk, from: objects[index]! };
    });
    const before = { ...image.before, objects, program: { ...image.before.program, chunks } };
    left += debugFile({ ...image, before }, mpy).notes.length > 0 ? 1 : 0;
  }
  t.true(left > 20, `${left} of 300 were noticed`);
});

/** Some bytes changed, and sometimes the end cut off; the same for the same seed. */
function damaged(data: Uint8Array, seed: number): Uint8Array {
  const bytes = Uint8Array.from(data);
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  if (bytes.length === 0) return bytes;
  for (let i = 0; i < 4; i++) bytes[next(bytes.length)] = next(256);
  return next(4) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes;
}

test('an ELF file is no stand-in for a module without native code', (t) => {
  t.throws(() => debugFile({} as never, new Uint8Array(4)), { message: /not a \.mpy file/ });
});
