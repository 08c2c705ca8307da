import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARCHES as ALL, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { buildId, nativeParts } from '../../natmod-rules/debug/index.ts';
import { findWindowedCompiler } from '../../tasks/bootstrap/xtensa-windowed.mjs';
import { allModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { runBuild } from '../support/build.ts';
import { testWith } from '../support/needs.ts';
import { compareFrames, compareLines } from './support/compare.ts';
import { binutil, runSilently } from './support/listing.ts';

const ARCHES = ALL.map(({ name }) => name);

/** One of each family has every example; for the others, and for the plain form, where no code moves, few will do. */
const WHOLE: readonly ArchName[] = ['x64', 'armv7m', 'xtensa', 'rv32imc'];
const FEW = ['features1', 're'];

async function buildExamples(arch: ArchName, out: string, words: readonly string[]) {
  const windowed = arch === 'xtensawin' ? findWindowedCompiler() : undefined;
  const compiler = windowed === undefined ? [] : ['--cc', windowed];
  const options = parseOptions(['--arch', arch, '--out', out, ...compiler, ...words], '/');
  const { built } = await runBuild(allModules(options), options);
  return built.filter(({ plan }) => plan.toolchain !== undefined);
}

function objectsBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.o')).map((name) => join(folder, name));
}

/**
 * Where DWARF 4 and 5 stand beside each other, readelf takes the lists of one for those of the other, also in files of
 * GNU ld.
 */
function readElf(arch: ArchName, elf: string): string {
  const text = runSilently(binutil(arch, 'readelf'), ['-aW', elf]);
  const isMixed = text.includes('.debug_ranges') && text.includes('.debug_rnglists');
  return isMixed ? text : text + runSilently(binutil(arch, 'readelf'), ['-W', '--debug-dump', elf]);
}

const pattern = /readelf: Warning|<corrupt|<unknown/i;

for (const arch of ARCHES) {
  testWith(
    { ...(arch === 'xtensawin' ? { windowed: true } : { compiler: arch }), tool: ['make', 'readelf'] },
    `${arch}: ELF files of ${WHOLE.includes(arch) ? 'all' : 'some'} examples read without a warning, and their lines are those of the objects`,
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'natmod-elf-'));
      try {
        const some = WHOLE.includes(arch) ? [] : ['--module', FEW.join(',')];
        const small = await buildExamples(arch, join(folder, 'small'), ['--debug', ...some]);
        const words = ['--debug', '--no-optimize', '--module', 'features1'];
        const plain = await buildExamples(arch, join(folder, 'plain'), words);
        t.true(small.length >= (WHOLE.includes(arch) ? 8 : 2) && plain.length === 1);
        let compared = 0;
        for (const { name, file, elf = '', plan } of [...small, ...plain]) {
          t.true(existsSync(elf), `${name} has no ELF file`);
          const text = readElf(arch, elf);
          t.false(pattern.test(text), `${name}: ${pattern.exec(text)?.[0]}`);
          if (name === 'features1') {
            const code = runSilently(binutil(arch, 'objdump'), ['-dS', elf]);
            t.true(code.includes('MP_DYNRUNTIME_INIT_ENTRY'), `${name}: no source of mpy_init`);
          }
          const [native] = nativeParts(readFileSync(file), name);
          t.true(text.includes(`Build ID: ${buildId(native!)}`), `${name}: not the build id of the module`);
          const { wrong, same, moved, instructions, missing } = compareLines(
            arch,
            elf,
            objectsBelow(join(plan.place.buildDir, 'debug')),
          );
          t.deepEqual(wrong, [], name);
          t.true(missing * 100 <= instructions, `${name}: ${missing} of ${instructions} have no line`);
          t.true(same + moved > 0, name);
          t.deepEqual(compareFrames(arch, elf), [], name);
          compared += instructions;
        }
        t.true(compared > 1000, `${compared} instructions`);
        t.log(`${arch} (${archByName(arch).family}): ${compared} instructions compared`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
}

testWith(
  { compiler: 'x64', optionalTool: 'clang', tool: ['make', 'readelf'] },
  'clang: the ELF file has the lines of the objects, with DWARF 4 and 5, where code moves and where not',
  async (t) => {
    for (const [arch, version] of [
      ['x64', '-gdwarf-5'],
      ['armv7m', '-gdwarf-4'],
      ['rv32imc', '-gdwarf-5'],
    ] as const) {
      const folder = mkdtempSync(join(tmpdir(), 'natmod-elf-'));
      try {
        const words = ['--debug', '--cc', 'clang', '--module', 'features1,re', `CFLAGS_EXTRA=${version}`];
        for (const { name, elf = '', plan } of await buildExamples(arch, folder, words)) {
          const text = readElf(arch, elf);
          t.false(pattern.test(text), name);
          const { wrong, same, moved, missing, instructions } = compareLines(
            arch,
            elf,
            objectsBelow(join(plan.place.buildDir, 'debug')),
          );
          t.deepEqual(wrong, [], `${arch} ${name} ${version}`);
          t.true(same + moved > 3);
          t.true(missing * 20 <= instructions, `${missing} of ${instructions} have no line`);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  },
);
