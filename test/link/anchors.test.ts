import { archByName } from '../../natmod-rules/arch/index.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/shrink/passes.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import { EMULATOR, runInModule } from '../support/riscv-run.ts';

/**
 * More variables than one point in their section can be near to, so that the compiler puts another one behind its end.
 */
const MANY = `
static int large[600];
static int small = 3;
static int last = 4;
__attribute__((noinline)) int f0(int x) { small += x; last += x; large[x] = small; return large[x] + last; }
static void *const functions[] = {f0};
const void *mpy_init(void) { return functions; }
`;

for (const arch of ['rv32imc', 'rv64imc'] as const) {
  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: variables named by their distance from a point behind the section`,
    (t) => {
      const data = archByName(arch);
      const objects = compile(arch, { 'm.c': MANY }, { flags: [...data.compactFlags, '-fsection-anchors'] });
      for (const compact of [true, COMPACT_PASSES.filter((pass) => pass !== 'merge-got')]) {
        const { mpy } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact });
        const calls = [1, 2].map((x) => ({ function: 0, type: 'int' as const, args: [x] }));
        t.deepEqual(runInModule(arch, mpy, calls, [0])[0]!.map(Number), [9, 13]);
      }
    },
  );
}
