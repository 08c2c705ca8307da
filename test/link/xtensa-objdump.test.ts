import { ESP8266_ROM } from '../../natmod-rules/arch/esp8266-rom.ts';
import { archByName } from '../../natmod-rules/arch/index.ts';
import type { Archive } from '../../natmod-rules/elf/archive.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { openLibraries, runtimeLibraries } from '../../tasks/toolchain/libraries.ts';
import { compile } from '../support/compile.ts';
import { compileExamples, EXAMPLES } from '../support/example-objects.ts';
import { type LinkOptions, link } from '../support/link.ts';
import type { LinkObject } from '../support/link-fixtures.ts';
import { testWith } from '../support/needs.ts';
import { type ReadModule, readWithObjdump } from '../support/xtensa-objdump.ts';

const needed = { compiler: 'xtensa', tool: ['make', 'xtensa-lx106-elf-objdump', 'xtensa-lx106-elf-objcopy'] } as const;

/** Links, and has binutils read the result; members of libraries are found by their names. */
function linkAndRead(options: LinkOptions): ReadModule {
  const result = link(options);
  const members = new Set(
    result.image.chunks.filter(({ fromLibrary }) => fromLibrary === true).map(({ object }) => object),
  );
  const archives = (options.libraries ?? []) as readonly Archive[];
  const pulled = [...members].map((name): LinkObject => {
    const found = archives.flatMap(({ file, members: all }) => all.filter((one) => `${file}(${one.name})` === name));
    return { name, bytes: found[0]!.data() };
  });
  const fixed = new Map([...(options.rom ?? []), ...(options.externs ?? [])]);
  return readWithObjdump(result, [...options.objects, ...pulled], fixed);
}

testWith(
  { ...needed, source: true },
  'xtensa: every instruction and word of the examples is what their objects ask for',
  async (t) => {
    const tree = findMicroPythonSource() as { dir: string };
    const examples = await compileExamples('xtensa', tree.dir);
    t.true(examples.length >= EXAMPLES.length - 1);
    for (const { name, options } of examples) {
      const read = linkAndRead(options);
      t.deepEqual(read.wrong, [], name);
      t.true(read.instructions > 20 && read.literals > 0, name);
      t.log(
        `${name}: ${read.instructions} instructions, ${read.literals} literals, ${read.branches} branches, ${read.words} words`,
      );
    }
  },
);

testWith(needed, 'xtensa: members of libraries and jumps into the ROM are what their objects ask for', async (t) => {
  const arch = archByName('xtensa');
  const toolchain = await findToolchain(arch, { cwd: '/' });
  const paths = await runtimeLibraries(toolchain, arch.flags);
  const libraries = await openLibraries(paths, { cwd: '/', toolchain, cflags: arch.flags });
  const objects = compile('xtensa', {
    'main.c': `#include <math.h>
      long mpy_init(void *self, long n, long m, void *args) {
        float f = sinf(n) + powf(n, m) + expf(m); double d = sin(n) + pow(n, m) + exp(m); return f + d + n / m; }`,
  });
  const read = linkAndRead({ arch, objects, qstrs: [], sourceName: 'm.mpy', libraries, rom: ESP8266_ROM });
  t.deepEqual(read.wrong, []);
  t.true(read.instructions > 2000 && read.branches > 200);
  t.log(`${read.instructions} instructions, ${read.literals} literals, ${read.branches} branches, ${read.words} words`);
});
