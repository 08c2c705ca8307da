import { archByName } from '../../natmod-rules/arch/index.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import { EMULATOR, runInModule } from '../support/riscv-run.ts';

const NAMES = Array.from({ length: 29 }, (_, i) => `v${i}`);

/**
 * A short branch over as much code as it reaches, in a function that has nothing but variables for the linker to
 * change.
 */
const SOURCE = `
static volatile int ${NAMES.join(', ')};
__attribute__((noinline)) int f0(int x) { if (x) { ${NAMES.map((name) => `${name} = x;`).join(' ')} } return v28; }
static void *const functions[] = {f0};
const void *mpy_init(void) { return functions; }
`;

for (const arch of ['rv32imc', 'rv64imc'] as const) {
  const title = `${arch}: a branch gets longer when the code that it skips does`;
  testWith({ compiler: arch, tool: EMULATOR[arch] }, title, (t) => {
    const data = archByName(arch);
    const flags = [...data.compactFlags, '-O2', '-fno-section-anchors'];
    const objects = compile(arch, { 'm.c': SOURCE }, { flags });
    const { mpy } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
    const calls = [0, 7, 0].map((x) => ({ function: 0, type: 'int' as const, args: [x] }));
    t.deepEqual(runInModule(arch, mpy, calls, [0])[0]!.map(Number), [0, 7, 7]);
  });
}
