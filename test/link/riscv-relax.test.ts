import { archByName } from '../../natmod-rules/arch/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { mutateObject, Random } from '../support/mutate-object.ts';
import { testWith } from '../support/needs.ts';
import { type Call, EMULATOR, type RiscvArch, runInModule, runInProgram } from '../support/riscv-run.ts';

/** How many variables are written between a branch and its target: around what c.beqz, c.j and beq span. */
const COUNTS = [10, 15, 18, 20, 22, 24, 28, 125, 170, 180, 250, 340, 400];
const VARIABLES = 40;

/** Branches and loops over code that gets longer in the link, with a switch table beside it. */
function program(): string {
  const variables = Array.from({ length: VARIABLES }, (_, i) => `static volatile int v${i} = ${i};`);
  const writes = (count: number) =>
    Array.from({ length: count }, (_, i) => `v${(i * 7) % VARIABLES} = x + ${i};`).join(' ');
  const functions = COUNTS.map(
    (count, i) => `__attribute__((noinline)) int f${i}(int x) {
      if (x & 1) { ${writes(count)} }
      do { ${writes(count >> 1)} } while (x-- > 3);
      switch (x & 7) {
        case 0: v1 = 3; break; case 1: x += v2; break; case 2: return f${(i * 5) % 3}_leaf(x); case 3: x ^= v3; break;
        case 4: ${writes(7)} break; case 5: x = v5 + f${i % 3}_leaf(v4); break; default: v6 = x;
      }
      return x + v0 * 3 + v7 + v14;
    }`,
  );
  const leaves = [0, 1, 2].map((i) => `__attribute__((noinline)) int f${i}_leaf(int x) { return x * ${i + 3} + v8; }`);
  const names = COUNTS.map((_, i) => `f${i}`);
  const table = `static void *const table[] = {${names.join(', ')}};`;
  return [...variables, ...leaves, ...functions, table, 'const void *mpy_init(void) { return table; }'].join('\n');
}

const CALLS: readonly Call[] = [1, 2, 8, 13].flatMap((x) =>
  COUNTS.map((_, i) => ({ function: i, type: 'int' as const, args: [x + (i % 3)] })),
);

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  const data = archByName(arch);

  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: branches, loops, switch tables and paddings stay right when code between them grows and shrinks`,
    (t) => {
      const source = program();
      const compileWith = (flags: readonly string[]) =>
        compile(arch, { 'm.c': source }, { flags: [...data.compactFlags, '-msave-restore', ...flags] });
      const expected = runInProgram(arch, compileWith([]), CALLS);
      for (const flags of [
        ['-fno-section-anchors'],
        ['-fno-section-anchors', '-O2', '-falign-loops=16', '-falign-jumps=8', '-falign-functions=16'],
        ['-fno-section-anchors', '-fno-function-sections'],
      ]) {
        const { mpy } = link({
          arch: data,
          objects: compileWith(flags),
          qstrs: [],
          sourceName: 'm.mpy',
          compact: true,
        });
        t.deepEqual(runInModule(arch, mpy, CALLS, [0])[0], expected, flags.join(' '));
      }
      const objects = compileWith(['-fno-section-anchors']);
      const unrelaxed = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: ['variables'] });
      t.deepEqual(runInModule(arch, unrelaxed.mpy, CALLS, [0])[0], expected, 'without relaxation');
    },
  );

  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: assembler code keeps its alignments and distances`,
    (t) => {
      const assembler = `
      .macro put n
      .rept \\n
      addi a0, a0, 3
      .endr
      .endm
      .text
      .globl f
      .type f, @function
    f: mv a5, ra
      li a3, 0
      li a4, 3
      beqz a0, 9f
      put 130
      call near
      .p2align 4
    1: put 1010
      bnez a0, 2f
      call near
    2: addi a3, a3, 1
      bltu a3, a4, 1b
      j 3f
      .p2align 3
    near: addi a0, a0, -5
      ret
    3: la a1, words
      lw a2, 4(a1)
      add a0, a0, a2
      lw a2, here + 4
      add a0, a0, a2
    9: mv ra, a5
      ret
      .section .rodata
      .p2align 2
    words: .word 3b - 1b, 9b - near, here - words
    here: .word 9b + 2 - 2b, 2b - f
    `;
      const main = 'int f(int x); static void *const table[] = {f}; const void *mpy_init(void) { return table; }';
      const objects = compile(arch, { 'm.c': main, 'f.S': assembler }, { flags: data.compactFlags });
      const small = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
      const plain = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy' });
      const call = (x: number): Call => ({ function: 0, type: 'int', args: [x] });
      const chunk = small.image.chunks.find(({ object }) => object === 'f.o')!;
      t.true(chunk.size < plain.image.chunks.find(({ object, role }) => object === 'f.o' && role === 'text')!.size);
      const [result] = runInModule(arch, small.mpy, [call(0), call(-4000)], [0]);
      t.is(result![0], 0n);
      t.true(BigInt.asIntN(32, result![1]!) > -4000n);
    },
  );
}

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  testWith(
    { compiler: arch },
    `${arch}: a damaged object that asks for relaxation ends in a module or a problem`,
    (t) => {
      const random = new Random(0x72656c61);
      const { compactFlags } = archByName(arch);
      const sources = {
        'm.c': `static int a = 3, b; int g(int x); int f(int x) { b += x; if (a & 1) a = g(x) + g(a); return g(b) + a; }
        const void *mpy_init(void) { return f; }`,
        'g.c': 'static char c[9]; int g(int x) { for (int i = 0; i < x; i++) c[i % 9] += x; return c[x & 7]; }',
      };
      const objects = compile(arch, sources, { flags: [...compactFlags, '-msave-restore', '-falign-loops=8'] });
      const fixtures = [{ arch: archByName(arch), name: 'relaxed', objects }];
      let linked = 0;
      for (let i = 0; i < 1500; i++) {
        const damaged = objects.map((object, at) =>
          at === i % 2 ? { ...object, bytes: mutateObject(object.bytes, random, fixtures) } : object,
        );
        try {
          link({ arch: archByName(arch), objects: damaged, qstrs: [], sourceName: 'm.mpy', compact: true });
          linked++;
        } catch (error) {
          if (!(error instanceof NatmodError)) throw error;
        }
      }
      t.true(linked > 150, `${linked} linked`);
    },
  );
}
