import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ARCHES, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { abiOf, checkCompatible, type ObjectTraits, traitsOf } from '../../natmod-rules/elf/abi.ts';
import { readObject } from '../../natmod-rules/elf/object.ts';
import { formatProblem, NatmodError } from '../../natmod-rules/problem.ts';
import { Random } from '../package/random.ts';
import { findCompiler, testWith } from '../support/needs.ts';
import { bytesOf, concat } from './make-archive.ts';

const ARM: ObjectTraits = { machine: 40, is64: false, flags: 0x5000000, file: 'libm.a', member: 'sinf.o' };
const RISCV: ObjectTraits = { machine: 243, is64: false, flags: 1, file: 'libm.a', member: 'sinf.o' };
const XTENSA: ObjectTraits = { machine: 94, is64: false, flags: 0x300 };

/** An attributes section of one vendor with these bytes as attributes of the file. */
function section(vendor: string, attributes: Uint8Array): Uint8Array {
  const size = (count: number) => Uint8Array.of(count & 0xff, count >> 8, 0, 0);
  const part = concat(bytesOf('\x01'), size(attributes.length + 5), attributes);
  const name = bytesOf(`${vendor}\0`);
  return concat(bytesOf('A'), size(4 + name.length + part.length), name, part);
}

const arm = (...attributes: number[]) => section('aeabi', Uint8Array.from(attributes));
const riscv = (isa: string) => section('riscv', concat(bytesOf('\x04\x10\x05'), bytesOf(`${isa}\0`)));

function verdict(arch: ArchName, traits: ObjectTraits, extensions: readonly string[] = []): string {
  const problem = checkCompatible(archByName(arch), abiOf(traits), { extensions });
  return problem === undefined ? 'fits' : problem.message;
}

const V7M = [6, 10, 7, 0x4d, 9, 2];
const V7EM = [6, 13, 7, 0x4d, 9, 2];

test('soft and hard floats of ARM do not mix', (t) => {
  const hard = { ...ARM, attributes: arm(...V7EM, 10, 6, 23, 3, 27, 1, 28, 1) };
  const soft = { ...ARM, attributes: arm(...V7M, 23, 3) };
  t.is(verdict('armv7m', soft), 'fits');
  t.is(verdict('armv7emsp', hard), 'fits');
  t.is(verdict('armv7emdp', hard), 'fits');
  t.regex(verdict('armv7m', hard), /uses the hard-float calling convention, armv7m modules use soft floats/);
  t.regex(verdict('armv7emsp', soft), /uses the soft-float calling convention, armv7emsp modules use hard floats/);
});

test('the problem names the object, its ABI and the options of a library that fits', (t) => {
  const hard = { ...ARM, attributes: arm(...V7EM, 10, 6, 23, 3, 27, 1, 28, 1) };
  const problem = checkCompatible(archByName('armv7m'), abiOf(hard))!;
  t.is(problem.code, 'wrong-abi');
  t.is(
    formatProblem(problem),
    'libm.a(sinf.o): uses the hard-float calling convention, armv7m modules use soft floats ' +
      '(the object is ARMv7E-M, hard floats, single FPU)\n  it has to be compiled with -mthumb -mcpu=cortex-m3',
  );
});

test('an object that passes no floats fits either convention', (t) => {
  for (const attributes of [arm(...V7M), arm(...V7M, 23, 0, 28, 0), arm(...V7M, 23, 3, 28, 3)]) {
    t.is(verdict('armv7m', { ...ARM, attributes }), 'fits');
    t.is(verdict('armv7emdp', { ...ARM, attributes }), 'fits');
  }
});

test('code for a larger ARM CPU than the module has is refused', (t) => {
  t.regex(verdict('armv6m', { ...ARM, attributes: arm(...V7M) }), /needs an ARMv7-M CPU, armv6m is not one/);
  t.regex(verdict('armv7m', { ...ARM, attributes: arm(...V7EM) }), /needs an ARMv7E-M CPU/);
  t.regex(verdict('armv7emdp', { ...ARM, attributes: arm(6, 10, 7, 0x41, 9, 2) }), /needs an ARMv7-A CPU/);
  t.regex(verdict('armv7m', { ...ARM, attributes: arm(6, 17, 7, 0x4d) }), /needs an ARMv8-M mainline CPU/);
  t.regex(verdict('armv7m', { ...ARM, attributes: arm(6, 99) }), /needs an ARM architecture 99 CPU/);
  t.regex(verdict('armv7m', { ...ARM, attributes: arm(6, 2, 8, 1, 9, 1) }), /contains ARM code, armv7m runs Thumb/);
  t.is(verdict('armv7emsp', { ...ARM, attributes: arm(6, 12, 7, 0x4d, 9, 1) }), 'fits');
});

test('FPU instructions need the FPU', (t) => {
  const double = { ...ARM, attributes: arm(...V7EM, 10, 8, 23, 3, 28, 1) };
  t.regex(verdict('armv7emsp', double), /contains double-precision FPU instructions, armv7emsp has a single/);
  t.is(verdict('armv7emdp', double), 'fits');
  const softfp = { ...ARM, attributes: arm(...V7M, 10, 6, 23, 3, 27, 1) };
  t.regex(verdict('armv7m', softfp), /contains single-precision FPU instructions, armv7m has no FPU/);
});

test('objects without attributes fit', (t) => {
  t.is(verdict('armv6m', ARM), 'fits');
  t.is(verdict('rv32imc', RISCV), 'fits');
  t.is(verdict('xtensa', XTENSA), 'fits');
  t.is(verdict('x64', { machine: 62, is64: true, flags: 0 }), 'fits');
});

test('another CPU or word size is refused', (t) => {
  t.regex(verdict('armv7m', RISCV), /this is code for RISC-V, 32 bits, soft floats, the module is for armv7m/);
  t.regex(verdict('x64', { machine: 62, is64: false, flags: 0 }), /32 bits/);
  t.regex(verdict('rv32imc', { ...RISCV, is64: true }), /64 bits/);
  t.is(checkCompatible(archByName('armv7m'), abiOf(RISCV))?.code, 'wrong-machine');
});

test('RISC-V float registers and RV32E are told by the header', (t) => {
  t.regex(verdict('rv32imc', { ...RISCV, flags: 3 }), /passes single-precision floats in FPU registers/);
  t.regex(verdict('rv32imc', { ...RISCV, flags: 5 }), /passes double-precision floats/);
  t.regex(verdict('rv32imc', { ...RISCV, flags: 9 }), /RV32E/);
});

test('RISC-V extensions that the module lacks are refused by name', (t) => {
  const with_ = (isa: string) => ({ ...RISCV, attributes: riscv(isa) });
  t.is(verdict('rv32imc', with_('rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0_zmmul1p0')), 'fits');
  t.is(verdict('rv32imc', with_('rv32imac')), 'fits');
  t.regex(
    verdict('rv32imc', with_('rv32i2p0_m2p0_a2p0_f2p0_c2p0_zicsr2p0')),
    /instructions of 'f', which rv32imc does not have \(the object is RISC-V rv32imafc_zicsr, soft floats\)/,
  );
  t.regex(verdict('rv32imc', with_('rv32gcv')), /'f', 'd', 'v'/);
  t.regex(verdict('rv32imc', with_('rv32i2p1_zba1p0_zcmp1p0')), /'zba', 'zcmp'/);
  t.is(verdict('rv32imc', with_('rv32i2p1_zba1p0_zcmp1p0'), ['zba', 'zcmp']), 'fits');
  t.regex(verdict('rv32imc', with_('rv64i2p1')), /contains rv64 code, rv32imc is rv32/);
  t.is(verdict('rv32imc', with_('something else')), 'fits');
});

test('windowed and call0 code of Xtensa do not mix', (t) => {
  const info = (abi: number) => ({
    ...XTENSA,
    attributes: bytesOf(`Xtensa_Info\0USE_ABSOLUTE_LITERALS=0\nABI=${abi}\n\0`),
  });
  t.is(verdict('xtensa', info(1)), 'fits');
  t.is(verdict('xtensawin', info(0)), 'fits');
  t.regex(verdict('xtensa', info(0)), /uses the windowed ABI, xtensa modules use call0/);
  t.regex(verdict('xtensawin', info(1)), /uses the call0 ABI, xtensawin modules use windowed/);
});

test('attributes of other vendors, sections, symbols and kinds are passed over', (t) => {
  const foreign = section('gnu', bytesOf('\x04junk'));
  const odd = arm(5, 0x58, 0, 32, 1, 0x67, 0, 65, 0x61, 0, 70, 0xff, 0x01, 6, 11);
  t.is(abiOf({ ...ARM, attributes: concat(foreign, odd.subarray(1)) }).description, 'ARMv6-M');
  t.is(abiOf({ ...ARM, attributes: bytesOf('B????') }).description, 'ARM without attributes');
});

test('damaged attributes are refused with section and offset', (t) => {
  const bad: readonly [Uint8Array, RegExp][] = [
    [bytesOf('A\xff\0\0\0aeabi\0'), /a part of 255 bytes does not fit/],
    [bytesOf('A\0\0\0\0aeabi\0'), /a part of 0 bytes/],
    [bytesOf('A\x0a\0'), /a size is cut off/],
    [bytesOf('A\x09\0\0\0aeabi'), /a text has no end/],
    [bytesOf('A\x0f\0\0\0aeabi\0\x01\x02\0\0\0'), /a part of 2 bytes/],
    [arm(6, 0x80, 0x80), /a number has no end/],
    [arm(6, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), /a number has no end/],
    [arm(5, 0x58), /a text has no end/],
  ];
  for (const [attributes, message] of bad) {
    const error = t.throws(() => abiOf({ ...ARM, attributes }), { instanceOf: NatmodError })!;
    t.is(error.problems[0]!.code, 'bad-attributes');
    t.regex(error.problems[0]!.message, message);
    t.is(error.problems[0]!.where?.section, '.ARM.attributes');
    t.is(typeof error.problems[0]!.where?.offset, 'number');
  }
});

test('every mutated attributes section ends in a value or in a problem', (t) => {
  const random = new Random(7);
  const seeds = [
    arm(...V7EM, 5, 0x58, 0, 10, 6, 23, 3, 27, 1, 28, 1, 32, 1, 0),
    riscv('rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0'),
  ];
  for (let round = 0; round < 8000; round++) {
    const which = random.below(2);
    const attributes = seeds[which]!.slice(0, random.below(4) === 0 ? random.below(50) : undefined);
    for (let i = random.below(4); i > 0; i--) attributes[random.below(attributes.length)] = random.below(256);
    try {
      const abi = abiOf({ ...[ARM, RISCV][which]!, attributes });
      for (const arch of ARCHES) checkCompatible(arch, abi);
    } catch (error) {
      if (!(error instanceof NatmodError)) throw new Error(`round ${round}`, { cause: error });
    }
  }
  t.pass();
});

for (const arch of ARCHES) {
  testWith({ compiler: arch.name }, `what the compiler makes for ${arch.name} fits ${arch.name}`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'natmod-abi-'));
    try {
      writeFileSync(join(folder, 'x.c'), 'float f(float a, double b) { return a * (float)b; }');
      execFileSync(findCompiler(arch.name)!, [...arch.flags, '-O2', '-c', 'x.c'], { cwd: folder, stdio: 'pipe' });
      const abi = abiOf(traitsOf(readObject(readFileSync(join(folder, 'x.o')), 'x.o')));
      t.is(checkCompatible(arch, abi), undefined);
      const others = ARCHES.filter((other) => other.elfMachine !== arch.elfMachine);
      for (const other of others) t.is(checkCompatible(other, abi)?.code, 'wrong-machine');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
