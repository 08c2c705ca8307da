import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { readArchive } from '../../natmod-rules/elf/archive.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { runtimeLibraries } from '../../tasks/toolchain/libraries.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import {
  type Call,
  EMULATOR,
  type RiscvArch,
  riscvSource,
  runInModule,
  runInProgram,
  toNumber,
  ulps,
} from '../support/riscv-run.ts';

type Maths = (...args: number[]) => number;

interface Function {
  readonly name: string;
  readonly type: Call['type'];
  readonly exact?: Maths;
  readonly count: 1 | 2;
}

/** What ECMAScript has too; without `trunc`, which some releases of picolibc have wrong for large numbers. */
const EXACT: Readonly<Record<string, Maths>> = {
  ...{ sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan },
  ...{ sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh },
  ...{ exp: Math.exp, expm1: Math.expm1, log: Math.log, log2: Math.log2, log10: Math.log10, log1p: Math.log1p },
  ...{ sqrt: Math.sqrt, cbrt: Math.cbrt, floor: Math.floor, ceil: Math.ceil, fabs: Math.abs },
  ...{ pow: power, atan2: Math.atan2, hypot: Math.hypot, fmod: (x: number, y: number) => x % y },
};

const ONE_ARGUMENT =
  'sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt floor ceil trunc ' +
  'fabs round rint nearbyint logb erf erfc tgamma';
const TWO_ARGUMENTS = 'pow atan2 hypot fmod remainder nextafter copysign fdim fmax fmin';

function named(names: string, type: Call['type'], count: 1 | 2): Function[] {
  const suffix = type === 'float' ? 'f' : '';
  return names.split(' ').map((name) => ({ name: `${name}${suffix}`, type, count, exact: EXACT[name] }));
}

const FUNCTIONS = (['float', 'double'] as const).flatMap((type) => [
  ...named(ONE_ARGUMENT, type, 1),
  ...named(TWO_ARGUMENTS, type, 2),
]);

/** C has 1 for these where ECMAScript has NaN. */
function power(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
}

const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 2, 3, -2.5, 0.1, -0.3, 0.7, 1.5707963, 3.125, -4.71, 6.5, 10, -37.25, 88, -88, 100.5],
  ...[709, -745, 1000, 65536.75, 1e6, -1e7, 1e10, 1e22, 3.4e38, 1e-5, -1e-20, 1e-38, 1e-44, Infinity, -Infinity, NaN],
];

const CALLS = FUNCTIONS.flatMap(({ type, count }, index): Call[] => {
  const numbers = NUMBERS.map((x) => (type === 'float' ? Math.fround(x) : x));
  const lists = count === 1 ? numbers.map((x) => [x]) : numbers.flatMap((x) => numbers.map((y) => [x, y]));
  return lists.map((args) => ({ function: index, type, args }));
});

/** What the libraries' own algorithms are off by at most; powf and erff are the worst. */
const MOST_ULPS = 6;

async function mathParts(arch: RiscvArch) {
  const toolchain = await findToolchain(archByName(arch), { cwd: process.cwd() });
  const functions = FUNCTIONS.map(({ name }) => `F(${name})\n`).join('');
  const headers = { 'functions.h': functions };
  const objects = compile(arch, { 'math.c': riscvSource('math.c') }, { flags: toolchain.flags, headers });
  const files = await runtimeLibraries(toolchain, archByName(arch).flags);
  const libraries = files.map((file) => ({ name: file, bytes: readFileSync(file) }));
  return { objects, libraries: libraries.reverse() };
}

for (const arch of ['rv32imc', 'rv64imc'] as const) {
  const needed = { compiler: arch, tool: EMULATOR[arch] };
  testWith(
    needed,
    `${arch}: a module's functions of the C library compute what they compute in a program`,
    async (t) => {
      const { objects, libraries } = await mathParts(arch);
      const archives = libraries.map(({ name, bytes }) => readArchive(bytes, name));
      const { mpy } = link({ arch: archByName(arch), objects, qstrs: [], sourceName: 'math.mpy', libraries: archives });
      const expected = runInProgram(arch, [...objects, ...libraries], CALLS);
      t.is(expected.length, CALLS.length);
      for (const results of runInModule(arch, mpy, CALLS, [0, 8, 3400, 70008])) checkEqual(t, results, expected);
      checkExact(t, expected);
    },
  );
}

function checkEqual(t: ExecutionContext, results: readonly bigint[], expected: readonly bigint[]): void {
  const wrong = CALLS.flatMap(({ function: index, type, args }, i) => {
    const [actual, wanted] = [toNumber(results[i]!, type), toNumber(expected[i]!, type)];
    return Object.is(actual, wanted) ? [] : [`${FUNCTIONS[index]!.name}(${args}) = ${actual}, not ${wanted}`];
  });
  t.deepEqual(wrong, []);
}

/** Both could be wrong alike. */
function checkExact(t: ExecutionContext, results: readonly bigint[]): void {
  const far = CALLS.flatMap(({ function: index, type, args }, i) => {
    const { name, exact } = FUNCTIONS[index]!;
    if (exact === undefined) return [];
    const [actual, wanted] = [toNumber(results[i]!, type), exact(...args)];
    const off = ulps(actual, type === 'float' ? Math.fround(wanted) : wanted, type);
    return off <= MOST_ULPS ? [] : [`${name}(${args}) = ${actual}, not ${wanted}: ${off} ulps`];
  });
  t.deepEqual(far, []);
}
