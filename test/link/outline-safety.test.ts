/**
 * Code that is correct and that no compiler writes from C, or that relies on more than the usual calling convention.
 */
import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { outlineRules } from '../../natmod-rules/link/families/riscv/outline.ts';
import { halves } from '../../natmod-rules/link/families/types.ts';
import { makeChunk } from '../../natmod-rules/link/model/model.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import { type Call, EMULATOR, runInModule, runInProgram } from '../support/riscv-run.ts';

const REPEATED = 'slli a5, a0, 3; xor a5, a5, a0; slli a4, a5, 2; add a0, a4, a5; ori a0, a0, 9';
/** The same as numbers: 0x00351793, and so on. */
const AS_DATA = '.4byte 0x00351793; .2byte 0x8fa9; .4byte 0x00279713, 0x00f70533, 0x00956513';

/** Assembler functions by what is special of them; each has the repeated code where something else would break it. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  plain: `plain: ${REPEATED}; addi a0, a0, 1; ${REPEATED}; addi a0, a0, 4; ret`,
  // As the division routines of libgcc: the callee keeps t0.
  keeps_return: `keeps_return: mv t0, ra; jal keeps_t0; addi a0, a0, 2; jr t0
    .section .text.keeps_t0, "ax"
    keeps_t0: ${REPEATED}; addi a0, a0, 3; ret`,
  // And through the pair of instructions, with a function in between.
  keeps_value: `keeps_value: mv t2, ra; li t0, 99; call between; add a0, a0, t0; jr t2
    .section .text.between, "ax"
    between: mv t1, ra; addi a0, a0, 3; jal deep; jr t1
    .section .text.deep, "ax"
    deep: ${REPEATED}; ret`,
  // Something in t0 over a jump through a table.
  table_jump: `table_jump: li t0, 77; ${REPEATED}; lla a5, table; LOAD a5, 0(a5); jr a5
    li a0, 0
    inside: add a0, a0, t0; ret
    .section .rodata.table, "a"; .balign 8; table: WORD inside; .section .text`,
  // The same through the distance to a place in the code.
  distance_jump: `distance_jump: li t0, 78; ${REPEATED}; lla a5, 1f; addi a5, a5, 4; jr a5
    1: li a0, 0; nop
    add a0, a0, t0; ret`,
  other_link: `other_link: li t0, 5; ${REPEATED}; jal t1, small; add a0, a0, t0; ret
    small: addi a0, a0, 3; jr t1`,
  argument: `argument: mv t2, ra; li t0, 6; ${REPEATED}; jal takes_t0; jr t2
    .section .text.takes_t0, "ax"
    takes_t0: add a0, a0, t0; ret`,
  result: `result: mv t2, ra; jal gives_t0; add a0, a0, t0; jr t2
    .section .text.gives_t0, "ax"
    gives_t0: li t0, 7; ${REPEATED}; ret`,
  other_section: `other_section: li t0, 9; ${REPEATED}; j second
    .section .text.second, "ax"
    second: add a0, a0, t0; ret`,
  branch_out: `branch_out: li t0, 10; ${REPEATED}; bnez a0, third; ret
    .section .text.third, "ax"
    third: add a0, a0, t0; ret`,
  reads_data: `reads_data: lla a5, numbers; lw a4, 4(a5); lw a5, 12(a5); add a0, a0, a4; xor a0, a0, a5; ret
    .section .text.numbers, "ax"
    .balign 4; numbers: ${AS_DATA}; .2byte 0x8082`,
  reads_object: `reads_object: lla a5, object; lw a4, 4(a5); lw a5, 12(a5); add a0, a0, a4; xor a0, a0, a5; ret
    .section .text.object, "ax"; .type object, @object
    .balign 4; object: ${REPEATED}; ret`,
};

for (const arch of ['rv32imc', 'rv64imc'] as const) {
  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: outlining leaves alone what t0 is needed for, and data among code`,
    (t) => {
      const data = archByName(arch);
      const names = Object.keys(FUNCTIONS);
      const wide = data.wordSize === 8;
      const code = names.map((name) => `.section .text.${name}, "ax"\n.globl ${name}\n${FUNCTIONS[name]}`).join('\n');
      const assembler = `.option relax\n${code}`
        .replaceAll('LOAD', wide ? 'ld' : 'lw')
        .replaceAll('WORD', wide ? '.dword' : '.word');
      const main = `int ${names.map((name) => `${name}(int)`).join()};
        static void *const table[] = {${names.join()}};
        const void *mpy_init(void) { return table; }`;
      const objects = compile(arch, { 'm.c': main, 'a.S': assembler }, { flags: data.compactFlags });
      const calls: Call[] = names.flatMap((_, index) =>
        [5, -9].map((x) => ({ function: index, type: 'int' as const, args: [x] })),
      );
      const expected = runInProgram(arch, objects, calls);
      const { mpy, image } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
      const got = runInModule(arch, mpy, calls, [0])[0]!;
      names.forEach((name, i) => {
        t.deepEqual(got.slice(2 * i, 2 * i + 2), expected.slice(2 * i, 2 * i + 2), name);
      });
      t.true(image.chunks.some(({ name }) => name.startsWith('.text.outlined')));
    },
  );
}

const XTENSA_REPEATED = 'addi a2, a2, 1; add a3, a2, a2; sub a4, a3, a2; xor a2, a4, a3; or a3, a3, a2; add a2, a2, a3';
/** `one` holds the repeated code, in a section by itself. */
const XTENSA: Readonly<Record<string, string>> = {
  'a branch to another section, whose code returns by a0': `_beqz a2, away; ${XTENSA_REPEATED}; memw; ${XTENSA_REPEATED}; _beqz a3, away; 1: _j 1b
    .section .text.away, "ax"
    away: ret.n`,
  'a function in the middle that call0 reaches': `memw; ${XTENSA_REPEATED}; ret.n
    inner: addi a2, a2, 3; ${XTENSA_REPEATED}; ret.n
    .section .text.calls, "ax"; .globl calls
    calls: addi a1, a1, -16; s32i a0, a1, 0; call0 inner; l32i a0, a1, 0; addi a1, a1, 16; ret.n`,
  'an object among the code': `${XTENSA_REPEATED}; ret.n; .type object, @object; object: ${XTENSA_REPEATED}; ret.n`,
  'code that goes on behind the end of its section': `${XTENSA_REPEATED}; ${XTENSA_REPEATED}`,
};

for (const [what, code] of Object.entries(XTENSA)) {
  testWith({ compiler: 'xtensa' }, `xtensa: outlining leaves ${what}`, (t) => {
    const arch = archByName('xtensa');
    const make = (inside: string) => {
      const assembler = `.section .text.two, "ax"; .align 4; .globl two
        two: ${XTENSA_REPEATED}; ret.n
        .section .text.one, "ax"; .align 4; .globl one
        one: ${inside}
        .weak calls`;
      const main = `extern int one(int), two(int); __attribute__((weak)) int calls(int);
        int mpy_init(int x) { return one(x) + two(x) + calls(x); }`;
      const objects = compile('xtensa', { 'm.c': main, 'a.S': assembler }, { flags: arch.compactFlags });
      const { image } = link({ arch, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
      const { size } = image.chunks.find(({ name }) => name === '.text.one')!;
      return { size, before: image.before.selected.find(({ name }) => name === '.text.one')!.size };
    };
    const plain = make(`addi a2, a2, 5; ${XTENSA_REPEATED}; ret.n`);
    const special = make(code);
    t.true(plain.size < plain.before, 'shared where there is nothing special');
    t.is(special.size, special.before);
  });
}

test('riscv: outlining leaves code with atomic sequences, which a jump in them may keep from coming through', (t) => {
  const instructions = (low: number, high: number) => {
    const data = halves(low, high, 0x8082);
    return outlineRules(false).instructions(makeChunk({ name: '.text.f', role: 'text', align: 2, size: 6, data }));
  };
  t.is(instructions(0xa72f, 0x1007), undefined, 'lr.w a4, (a5)');
  t.is(instructions(0x1013, 0x01f0), undefined, 'slli zero, zero, 31, as before a call of a debugger');
  t.is(instructions(0x272f, 0x00d7)?.length, 2, 'amoadd.w a4, a3, (a4)');
});
