import test from 'ava';
import { ARCHES, archByName } from '../../natmod-rules/arch/index.ts';
import * as elf from '../../natmod-rules/elf/constants.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { madeObjects, problemsOf } from '../support/link-made.ts';
import { DATA_FLAGS, type MadeSection, TEXT_FLAGS } from '../support/make-object.ts';
import { testWith } from '../support/needs.ts';

const MAIN: MadeSection = { name: '.text', flags: TEXT_FLAGS, data: 16 };
const ENTRY = { name: 'mpy_init', section: '.text', size: 16 };

for (const { name: arch, wordSize, family } of ARCHES) {
  test(`${arch}: the small form has every kind of writable section that something refers to, and refuses thread-local ones`, (t) => {
    const word = { x86: 1, x64: 1, arm: 2, xtensa: 1, riscv: wordSize === 8 ? 2 : 1 }[family];
    const outcome = (section: MadeSection) => {
      const table: MadeSection = {
        name: '.data.rel.ro',
        align: wordSize,
        data: wordSize,
        relocations: [{ offset: 0, type: word, symbol: 'variable' }],
      };
      const symbols = [ENTRY, { name: 'variable', section: section.name, size: 4 }];
      const objects = madeObjects(arch, { 'main.o': { sections: [MAIN, table, section], symbols } });
      const options = { arch: archByName(arch), objects, qstrs: [], sourceName: 'm.mpy' };
      return link({ ...options, compact: ['variables'] });
    };
    const bytes = Buffer.of(0xde, 0xad, 0xbe, 0xef);
    for (const name of ['.sdata', '.data.rel.local', '.data.rel', '.data1', '.my_table', '.tm_clone_table']) {
      const { mpy, image } = outcome({ name, flags: DATA_FLAGS, align: 16, data: bytes });
      t.true(Buffer.from(mpy).includes(bytes), name);
      const chunk = image.chunks.find((c) => c.name === name)!;
      t.is(image.place.get(chunk)!.address % 16, 0);
      // The loader puts this block right behind BSS.
      if (image.place.get(chunk)!.block === 'rodata') t.is(image.size.bss % 16, 0);
    }
    for (const name of ['.sbss', '.noinit', '.my_buffers']) {
      const { sizes } = outcome({ name, type: elf.SHT_NOBITS, flags: DATA_FLAGS, data: 20 });
      t.is(sizes.bss, 20, name);
    }
    for (const [name, type] of [
      ['.tdata', elf.SHT_PROGBITS],
      ['.tbss', elf.SHT_NOBITS],
    ] as const) {
      const problems = problemsOf(() => outcome({ name, type, flags: DATA_FLAGS | elf.SHF_TLS, data: 4 }));
      t.deepEqual(
        problems.map(({ code, where }) => [code, where?.section]),
        [['thread-local', name]],
      );
    }
  });
}

for (const { name: arch, wordSize, family } of ARCHES) {
  testWith(
    { compiler: arch },
    `${arch}: an alignment that no loader gives is refused with the variable's name`,
    (t) => {
      // Code has memory of its own there, and static variables lie beside it.
      const most = family === 'x86' || family === 'x64' ? 4096 : 4 * wordSize;
      const built = (source: string, compact: boolean) => {
        const flags = compact ? [...archByName(arch).compactFlags, '-fdata-sections'] : [];
        const objects = compile(arch, { 'main.c': source }, { flags });
        return problemsOf(() => link({ arch: archByName(arch), objects, qstrs: [], sourceName: 'm', compact }));
      };
      const outcome = (align: number) =>
        built(
          `static char buffer[64] __attribute__((aligned(${align}))); char *mpy_init(int n) { return &buffer[n]; }`,
          true,
        );
      t.deepEqual(outcome(most), []);
      const plain = (what: string) => built(`${what}; char *mpy_init(int n) { return (char *)&shared[n]; }`, false)[0];
      t.is(plain('char shared[64] __attribute__((aligned(16)))'), undefined);
      t.is(plain('char shared[64] __attribute__((aligned(64)))')?.code, 'alignment');
      // Constants lie in the text, which has a page of its own there.
      const constant = plain(`const char shared[64] __attribute__((aligned(64))) = "x"`);
      t.is(constant?.code, most > 64 ? undefined : 'alignment');
      const aligned = built('__attribute__((aligned(64))) int mpy_init(int n) { return n; }', true)[0];
      t.is(aligned?.code, most > 64 ? undefined : 'alignment');
      if (aligned !== undefined) t.regex(aligned.message, /^code in \S+ asks for an alignment of 64 bytes/);
      const [problem] = outcome(2 * most);
      t.is(problem?.code, 'alignment');
      t.is(
        problem!.message,
        `'buffer' asks for an alignment of ${2 * most} bytes, and the firmware gives a module's variables ${most} at most`,
      );
      t.regex(problem!.hint!, /m_malloc in mpy_init/);
    },
  );
}
