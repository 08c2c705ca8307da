/** What the linker writes by itself is what each CPU's assembler makes of the text beside it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import * as arm from '../../natmod-rules/link/families/arm/code.ts';
import type { Assembly } from '../../natmod-rules/link/families/assembly.ts';
import * as riscv from '../../natmod-rules/link/families/riscv/code.ts';
import * as x86 from '../../natmod-rules/link/families/x86/code.ts';
import * as xtensa from '../../natmod-rules/link/families/xtensa/code.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { findCompiler, testWith } from '../support/needs.ts';

/** What stands in front of each text, so that nothing is made longer or shorter. */
const KINDS: readonly {
  readonly arch: ArchName;
  readonly all: Readonly<Record<string, Assembly>>;
  readonly before?: string;
}[] = [
  { arch: 'x64', all: x86.ALL_X64 },
  { arch: 'x86', all: x86.ALL_X86 },
  { arch: 'armv6m', all: arm.ALL, before: '.syntax unified\n.thumb\n' },
  { arch: 'rv32imc', all: riscv.ALL_32, before: '.option norelax\n' },
  { arch: 'rv64imc', all: riscv.ALL_64, before: '.option norelax\n' },
  { arch: 'xtensa', all: xtensa.ALL, before: '.begin no-transform\n' },
  { arch: 'xtensawin', all: xtensa.ALL_WINDOWED, before: '.begin no-transform\n' },
];

function assemble(arch: ArchName, text: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-assembly-'));
  try {
    writeFileSync(join(folder, 'a.S'), text);
    // Some assemblers leave the distances of branches to a linker.
    const linker = '-Wl,-Ttext=0,-e,0,--no-relax,--build-id=none';
    const compiler = findCompiler(arch)!;
    const run = (program: string, args: readonly string[]) => {
      const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    };
    run(compiler, [...archByName(arch).flags, '-nostdlib', '-static', linker, 'a.S', '-o', 'a.elf']);
    run(compiler.replace(/gcc(-[\d.]+)?$/, 'objcopy'), ['-O', 'binary', '-j', '.text', 'a.elf', 'a.bin']);
    return readFileSync(join(folder, 'a.bin'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

for (const { arch, all, before = '' } of KINDS) {
  testWith({ compiler: arch }, `${arch}: code that the linker writes is what the assembler makes of its text`, (t) => {
    for (const [name, { text, code }] of Object.entries(all)) {
      t.is(hex(assemble(arch, `${before}${text}\n`)).slice(0, 2 * code.length), hex(code), name);
    }
  });
}

test('all code that is written by hand is assembled here', (t) => {
  const isAssembly = (value: unknown): value is Assembly =>
    typeof value === 'object' && value !== null && 'text' in value;
  for (const family of [arm, riscv, x86, xtensa]) {
    const written = Object.entries(family).filter(([, value]) => isAssembly(value));
    const lists = Object.values(family).filter((value) => !isAssembly(value));
    const listed = new Set(lists.flatMap((list) => Object.values(list as Record<string, unknown>)));
    t.deepEqual(
      written.filter(([, value]) => !listed.has(value)).map(([name]) => name),
      [],
    );
    t.true(written.length > 2);
  }
});

for (const arch of ['rv32imc', 'armv7m'] as const) {
  testWith(
    { compiler: arch },
    `${arch}: code of assembler sources that ask for no alignment starts where an instruction can`,
    (t) => {
      const objects = compile(arch, {
        'main.c': `extern int helper(const char *);
          void *mpy_init(void *self) { return (void *)(long)helper("four"); }`,
        'odd.S': '.section .text.odd, "ax"\n.byte 0\n',
        'helper.S':
          '.section .text.helper, "ax"\n.globl helper\n.type helper, %function\n.byte 1, 0, 1, 0\nhelper:\n.byte 1, 0\n.byte 1, 0\n',
      });
      const [main, odd, helper] = objects as [(typeof objects)[0], (typeof objects)[0], (typeof objects)[0]];
      for (const order of [objects, [odd, helper, main], [helper, odd, main]]) {
        const { mpy } = link({ arch: archByName(arch), objects: order, qstrs: [], sourceName: 'odd.mpy' });
        t.true(mpy.length > 20);
      }
    },
  );
}
