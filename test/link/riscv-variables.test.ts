import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { compile, FREESTANDING, run } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import { type Call, EMULATOR, type RiscvArch, runInModule, runInProgram } from '../support/riscv-run.ts';

/** Variables of every size and kind of initial value, reached by loads, stores and additions, alone and in loops. */
const VARIABLES = `
typedef signed char i8; typedef unsigned short u16; typedef long long i64;
static int zero; static int count = 5; static char name[] = "xyz"; static int a = 1, b = 2;
static void *table[] = {&a, &b, &count}; static int cells[300]; static i8 bytes[3] = {-1, -2, -3}; static u16 halfs[5];
static i64 wide = 0x100000000LL; static struct { char c; int i; i64 w; } s = {1, 2, 3}; volatile int global;
static int *where = &cells[7]; static volatile int v1, v2; static volatile char vc = 3;
int f0(int x) { return zero += x; }
int f1(int x) { static int calls = 10; calls++; count += x; return count * 100 + calls; }
int f2(int x) { name[1] = x; return name[0] + name[1] + name[2]; }
int f3(int x) { *(int *)table[x % 3] += 10; return a + b * 100 + count; }
int f4(int x) { for (int i = 0; i < 300; i++) cells[i] += i * x; return cells[299] + cells[7] + *where; }
int f5(int x) {
  bytes[x % 3] -= x; halfs[x % 5] += 65530;
  return bytes[0] + bytes[1] * 2 + bytes[2] * 3 + halfs[0] + halfs[1] + halfs[4];
}
int f6(int x) { wide += (i64)x << 31; return wide >> 30; }
int f7(int x) { s.c += x; s.i ^= x; s.w += x; return s.c + s.i + (int)s.w; }
int f8(int x) { if (x & 1) v1 = x; else v2 = x; vc += x; return v1 * 3 + v2 + vc; }
int f9(int x) {
  int equal = cells + x == where;
  where = &cells[x % 300];
  return (int)((long)&cells[x] - (long)&cells[0]) + (equal ? 1000 : 0) + *where;
}
int f10(int x) { global += x; int r = 0; while (x-- > 0) { r += zero; v1 = v1 + 1; } return r + v1 + global; }
static void *const functions[] = {f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10};
const void *mpy_init(void) { return functions; }
`;

const CALLS: readonly Call[] = Array.from({ length: 66 }, (_, i) => ({
  function: i % 11,
  type: 'int',
  args: [((i * 7) % 250) + 1],
}));

/** Ways of compiling that reach variables in other ways. */
const WAYS: readonly (readonly string[])[] = [
  [],
  ['-O2', '-fno-section-anchors'],
  ['-O0'],
  ['-mno-explicit-relocs'],
  ['-fdata-sections', '-mno-save-restore'],
];

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  const data = archByName(arch);
  const ints = (results: readonly bigint[]) => results.map((bits) => BigInt.asIntN(32, bits));

  testWith(
    { compiler: arch, tool: EMULATOR[arch] },
    `${arch}: code that the compiler made for variables nearby reaches them in another block`,
    (t) => {
      const compileAll = (flags: readonly string[]) =>
        compile(arch, { 'm.c': VARIABLES }, { flags: [...data.compactFlags, '-msave-restore', ...flags] });
      const expected = ints(runInProgram(arch, compileAll([]), CALLS));
      for (const way of WAYS) {
        const { mpy } = link({ arch: data, objects: compileAll(way), qstrs: [], sourceName: 'm.mpy', compact: true });
        t.deepEqual(ints(runInModule(arch, mpy, CALLS, [0])[0]!), expected, way.join(' '));
      }
    },
  );

  testWith(
    { compiler: arch, tool: EMULATOR[arch], optionalTool: 'clang' },
    `${arch}: variables in code that clang made are reached, too`,
    (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'natmod-clang-'));
      try {
        writeFileSync(join(folder, 'm.c'), VARIABLES);
        const target = `--target=riscv${data.wordSize * 8}-unknown-elf`;
        const flags = [...FREESTANDING, ...data.flags, ...data.compactFlags, '-msave-restore'];
        run('clang', [target, ...flags, '-c', 'm.c', '-o', 'm.o'], folder);
        const objects = [{ name: 'm.o', bytes: readFileSync(join(folder, 'm.o')) }];
        const { mpy } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact: true });
        const expected = ints(runInProgram(arch, objects, CALLS));
        t.deepEqual(ints(runInModule(arch, mpy, CALLS, [0])[0]!), expected);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
}
