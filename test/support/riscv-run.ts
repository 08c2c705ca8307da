/** Runs functions of a linked RISC-V module under QEMU's user-mode emulation, loaded as a firmware does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { MEMMOVE, MEMSET } from '../../natmod-rules/link/model/firmware.ts';
import { FUN_TABLE_MEMBERS } from '../../natmod-rules/package/fun-table.ts';
import { readMpy } from '../../natmod-rules/package/index.ts';
import { run } from './compile.ts';
import { findCompiler } from './needs.ts';

export type RiscvArch = 'rv32imc' | 'rv64imc';

export const EMULATOR: Readonly<Record<RiscvArch, string>> = { rv32imc: 'qemu-riscv32', rv64imc: 'qemu-riscv64' };

/** A function of one or two arguments, all of the same type as the result. */
export interface Call {
  /** Index in the table that the module's entry answers with. */
  readonly function: number;
  readonly type: 'float' | 'double' | 'int';
  readonly args: readonly number[];
}

const HOST = fileURLToPath(new URL('../fixtures/riscv/host.c', import.meta.url));

/**
 * Loads a module once per element of `shifts` (bytes from the start of a page, multiples of a machine word) and makes
 * all calls.
 * @returns the results, one list per loading
 */
export function runInModule(
  arch: RiscvArch,
  mpy: Uint8Array,
  calls: readonly Call[],
  shifts: readonly number[],
): bigint[][] {
  const results = runHost(arch, describeModule(mpy, calls, shifts), []);
  return shifts.map((_, i) => results.slice(i * calls.length, (i + 1) * calls.length));
}

/**
 * Loads a module and makes all calls; of one that raises an exception, the text of that is the result, and else a
 * number in hex.
 */
export function saidInModule(arch: RiscvArch, mpy: Uint8Array, calls: readonly Call[]): string[] {
  return linesOfHost(arch, describeModule(mpy, calls, [0]), []);
}

/** Makes the same calls in a program of the system's own linker: `inputs` are objects, and then libraries. */
export function runInProgram(
  arch: RiscvArch,
  inputs: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  calls: readonly Call[],
): bigint[] {
  return runHost(arch, describeCalls(calls), inputs);
}

function runHost(
  arch: RiscvArch,
  header: string,
  inputs: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): bigint[] {
  return linesOfHost(arch, header, inputs).map((line) => BigInt(`0x${line}`));
}

function linesOfHost(
  arch: RiscvArch,
  header: string,
  inputs: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-riscv-'));
  try {
    writeFileSync(join(folder, 'module.h'), header);
    const files = inputs.map(({ name, bytes }, i) => {
      const file = join(folder, `${i}-${basename(name)}`);
      writeFileSync(file, bytes);
      return file;
    });
    const flags = [...archByName(arch).flags, ...HOST_FLAGS, ...(inputs.length === 0 ? [] : ['-DDIRECT'])];
    const program = join(folder, 'host');
    run(findCompiler(arch)!, [...flags, '-I', folder, HOST, ...files, '-lgcc', '-o', program], folder);
    return run(EMULATOR[arch], [program]).trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HOST_FLAGS = [
  '-Os',
  '-ffreestanding',
  '-nostdlib',
  '-static',
  '-mcmodel=medany',
  '-fno-tree-loop-distribute-patterns',
];

function describeModule(mpy: Uint8Array, calls: readonly Call[], shifts: readonly number[]): string {
  const { root } = readMpy(mpy, 'module.mpy');
  if (root.kind !== 'native') throw new Error('not a native module');
  const { text, rodata, bssSize, relocations } = root;
  const loads = relocations.map(({ base, wordIndex, kind }) => `{${base === 'rodata' ? 1 : 0}, ${wordIndex}, ${kind}}`);
  return [
    ...['TEXT', 'RODATA', 'BSS'].map((name, i) => `#define ${name}_SIZE ${[text.length, rodata.length, bssSize][i]}`),
    `#define RELOCATION_COUNT ${loads.length}`,
    `#define FUN_TABLE_SIZE 100`,
    `#define MEMSET ${MEMSET}`,
    `#define MEMMOVE ${MEMMOVE}`,
    ...(['load_global', 'printf_', 'obj_new_str', 'raise_msg'] as const).map(
      (name) => `#define ${name.replace(/_$/, '').toUpperCase()} ${FUN_TABLE_MEMBERS.indexOf(name)}`,
    ),
    `static const uint8_t module_text[] = {${[...text].join()}};`,
    `static const uint8_t module_rodata[] = {${[...rodata, 0].join()}};`,
    `static const struct relocation relocations[] = {${[...loads, '{0, 0, 0}'].join()}};`,
    `static const uint32_t shifts[] = {${shifts.join()}};`,
    describeCalls(calls),
  ].join('\n');
}

function describeCalls(calls: readonly Call[]): string {
  const made = calls.map(({ function: index, type, args }) => {
    const kind = (type === 'double' ? 2 : 0) + args.length - 1;
    const [a, b] = args.map((value) => encode(value, type));
    return `{${index}, ${kind}, ${a}, ${b ?? 0}}`;
  });
  return `#define CALL_COUNT ${made.length}\nstatic const struct call calls[] = {${made.join()}};\n`;
}

const view = new DataView(new ArrayBuffer(8));

function encode(value: number, type: Call['type']): string {
  if (type === 'double') view.setFloat64(0, value);
  else if (type === 'int') view.setInt32(0, value);
  else view.setFloat32(0, value);
  const hex = type === 'double' ? view.getBigUint64(0).toString(16) : view.getUint32(0).toString(16);
  return `0x${hex}ull`;
}

/** The number that a result's bits stand for. */
export function toNumber(bits: bigint, type: Call['type']): number {
  view.setBigUint64(0, bits);
  if (type === 'int') return view.getInt32(4);
  return type === 'double' ? view.getFloat64(0) : view.getFloat32(4);
}

/** Text of a fixture beside `host.c`. */
export function riscvSource(name: string): string {
  return readFileSync(new URL(`../fixtures/riscv/${name}`, import.meta.url), 'utf8');
}

/** How many floating-point numbers of the type lie between two of them; 0 for two NaNs. */
export function ulps(a: number, b: number, type: Call['type']): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity;
  const distance = ordinal(a, type) - ordinal(b, type);
  return Number(distance < 0n ? -distance : distance);
}

/** Both zeros are 0. */
function ordinal(value: number, type: Call['type']): bigint {
  if (type === 'double') view.setFloat64(0, value);
  else view.setFloat32(0, value);
  const bits = type === 'double' ? view.getBigInt64(0) : BigInt(view.getInt32(0));
  const sign = type === 'double' ? -(1n << 63n) : -(1n << 31n);
  return bits < 0n ? sign - bits : bits;
}
